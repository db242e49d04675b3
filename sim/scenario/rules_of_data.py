"""Rules about combinations of task, file, batch, targets and loss."""

from collections.abc import Iterator, Sequence

from .. import registry
from ..errors import Problem
from .schema import ScenarioFields

TARGETS = {"class": "classes, which have no size,", "probability": "numbers from 0 to 1"}
"""Targets that are not of any size."""


def _task_and_file(scenario: ScenarioFields) -> Iterator[Problem]:
    if scenario.data.task is not None and scenario.data.file is not None:
        yield Problem(
            "data.task", "a task and a file can't be given together; remove one", keys=("data.task", "data.file")
        )


def _inputs(scenario: ScenarioFields) -> Iterator[Problem]:
    if scenario.reads_image:  # images.py checks these
        return
    decided = scenario.task.entry.metadata.get("INPUTS")
    wanted = scenario.data.inputs
    if scenario.data.file is None and decided and wanted not in (None, decided):
        message = f"{wanted} is not what the data have: {scenario.task.name} has {decided} inputs; remove the key"
        yield Problem("data.inputs", message, keys=("data.inputs", "data.task"))


def _standardize(scenario: ScenarioFields) -> Iterator[Problem]:
    wanted, keys = scenario.data.standardize, ("data.standardize", "data.file")
    if wanted != "none" and scenario.data.file is None:
        message = f'"{wanted}" is for a file, and the numbers of {scenario.task.name} have a usual size; remove the key'
        yield Problem("data.standardize", message, keys=keys)
    needs = TARGETS.get(scenario.loss.target)
    if scenario.data.standardizes_targets and needs is not None:
        message = f'"{wanted}": {scenario.loss.name.name} needs {needs} as targets; give inputs or none'
        yield Problem("data.standardize", message, keys=("data.standardize", "loss.name"))


def _batch(scenario: ScenarioFields) -> Iterator[Problem]:
    batch = scenario.data.batch
    samples = scenario.task.parameters.get("samples", scenario.task.entry.metadata.get("SAMPLES"))
    if scenario.data.file is None and isinstance(samples, int) and batch > samples:
        message = f"{batch} is more than the {samples} samples of {scenario.task.name}; give at most that"
        yield Problem("data.batch", message, keys=("data.batch", "data.task"))


def _target(scenario: ScenarioFields) -> Iterator[Problem]:
    if scenario.data.file is None:
        message = target_problem(scenario, scenario.task.name, scenario.task.entry.metadata["TARGETS"])
        if message:
            yield Problem("loss.name", message, keys=("loss.name", "data.task"))


def target_problem(scenario: ScenarioFields, who: str, has: Sequence[str], classes: int | None = None) -> str:
    """Why a loss can't use targets of these kinds, and which loss can; empty if it can.

    What wants probabilities takes two classes for 0 and 1, too; `classes` defaults to the task's.
    """
    classes = scenario.classes if classes is None else classes

    def fits(loss: str) -> bool:
        wanted = registry.entry("losses", loss).metadata["TARGET"]
        two = wanted == "probability" and "class" in has and classes == 2
        return wanted in (*has, "direction") or two

    if fits(name := scenario.loss.name.name):
        return ""
    wanted = scenario.loss.target
    needs = "numbers from 0 to 1, or two classes," if wanted == "probability" else f"a {wanted}"
    there = f"{classes} classes" if wanted == "probability" and classes else f"a {' or a '.join(has)}"
    others = " or ".join(filter(fits, registry.names("losses")))
    return f'"{name}" needs {needs} as target, and {who} has {there}; give {others}'


OF_DATA = (_task_and_file, _inputs, _standardize, _batch, _target)
