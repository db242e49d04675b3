"""The probe loss, which has no target to learn, and its replacement by a task; the network and its training stay.

Imports no numba.
"""

from typing import Any

from .. import registry
from ..errors import Problem, ScenarioError, quoted
from ..scenario.scenario import Scenario, get
from .batches import load_samples

NO_TARGET = "a probe has no target, so there is nothing to learn"


def task_changes(scenario: Scenario) -> dict[str, Any]:
    """Changes by dotted key that give a probe something to learn: the targets of the user's file, or of a task.

    A task that the scenario names stays, unless its targets are random.
    """
    if scenario.data.file is not None:
        return {"loss.name": _loss_for(load_samples(scenario).target_kind)}
    random_targets = scenario.task.entry.metadata.get("RANDOM_TARGETS")
    name = _usual_task(scenario.reads_sequence) if random_targets else scenario.task.name
    metadata = registry.entry("tasks", name).metadata
    wanted: dict[str, Any] = {"loss.name": _loss_for(metadata["TARGETS"][0])}
    if name == scenario.task.name:
        return wanted
    wanted["data.task"] = name
    if scenario.reads_image:  # the task decides their size
        wanted |= {key: None for key in ("data.inputs", "data.image") if get(scenario, key) is not None}
    elif scenario.data.inputs not in (None, metadata["INPUTS"]):
        wanted["data.inputs"] = metadata["INPUTS"]
    if metadata["SAMPLES"] is not None and scenario.data.batch > metadata["SAMPLES"]:
        wanted["data.batch"] = metadata["SAMPLES"]
    length, least, _ = metadata.get("STEPS", (1, 1, 1))
    if scenario.time.steps is not None and scenario.time.steps < least:
        wanted["time.steps"] = length
    return wanted


def task_options(scenario: Scenario) -> str:
    """The same changes as options of the command line."""
    changes = task_changes(scenario).items()
    return " ".join(f"--set {key}={'' if value is None else value}" for key, value in changes)


def refuse_probe(scenario: Scenario) -> None:
    """Raise ScenarioError if a scenario has nothing to learn, with the options that give it a task."""
    if scenario.loss.is_probe:
        options = task_options(scenario)
        raise ScenarioError(
            [Problem("loss.name", f"{quoted(scenario.loss.name.name)}: {NO_TARGET}; give it a task: {options}")]
        )


def _usual_task(sequence: bool) -> str:
    """The usual task of networks that read sequences, or of others."""
    facts = {name: registry.entry("tasks", name).metadata for name in registry.names("tasks")}
    return next(name for name, fact in facts.items() if fact.get("USUAL") and ("STEPS" in fact) == sequence)


def _loss_for(target: str) -> str:
    """The usual loss of such targets."""
    facts = {name: registry.entry("losses", name).metadata for name in registry.names("losses")}
    return next(name for name, fact in facts.items() if fact["TARGET"] == target and fact.get("USUAL"))
