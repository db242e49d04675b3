"""The batch that a scenario simulates."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import Problem, ScenarioError
from ..numerics.random_streams import stream
from ..scenario.kind_keys import a_kind
from ..scenario.rules import kinds_with, target_problem
from ..scenario.scenario import Scenario
from .samples import Samples
from .standardize import standardized


def load_samples(scenario: Scenario, iteration: int = 0) -> Samples:
    """All samples of a scenario's task or file; raises UserError for a file that can't be used.

    A task that makes its samples makes others at another update.
    """
    wanted = scenario.loss.name.entry.metadata["TARGET"]
    if scenario.data.file is None:
        task = scenario.task
        target = wanted if wanted in task.entry.metadata["TARGETS"] else task.entry.metadata["TARGETS"][0]
        inputs = scenario.inputs or scenario.network.usual_width
        parameters = task.parameters | ({"steps": scenario.steps} if "STEPS" in task.entry.metadata else {})
        samples = task.load().load(
            stream(scenario.seed, "data", iteration), scenario.data.batch, inputs, target, **parameters
        )
        assert isinstance(samples, Samples)
        return _as_wanted(samples, wanted)
    from .user_file import load_file

    samples = load_file(Path(scenario.data.file))
    _check(scenario, samples, wanted)
    return _as_wanted(standardized(samples, scenario.data.standardize), wanted)


def _as_wanted(samples: Samples, wanted: str) -> Samples:
    """Two classes as numbers, 0 and 1, where the loss wants these."""
    if wanted != "probability" or target_kind(samples) != "class":
        return samples
    return replace(samples, target=samples.target[..., None].astype(np.float64), outputs=1)


def batch_of(scenario: Scenario, samples: Samples, iteration: int = 0) -> Samples:
    """The batch of an update (from 0): fresh samples of a task that makes them, the whole set if that is the batch.

    Otherwise a part of an epoch, drawn without replacement; what is left of an epoch is less than a batch.
    """
    if scenario.data.file is None and scenario.task.entry.metadata.get("FRESH"):
        return load_samples(scenario, iteration) if iteration else samples
    batch, size = scenario.data.batch, len(samples.input)
    if batch == size:
        return samples
    epoch, place = divmod(iteration, size // batch)
    chosen = _shuffled(scenario.seed, epoch, size)[place * batch : (place + 1) * batch]
    return Samples(samples.input[chosen], samples.target[chosen], samples.outputs)


def target_kind(samples: Samples) -> str:
    """What the targets are, in the words of losses and tasks: integers are classes, all else is values."""
    return "class" if np.issubdtype(samples.target.dtype, np.integer) else "value"


@lru_cache(maxsize=2)
def _shuffled(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch (from 0)."""
    return stream(seed, "epoch", epoch).permutation(size)


def _beyond_0_and_1(scenario: Scenario, samples: Samples) -> str:
    """Names the first target that is no number from 0 to 1, if there is one."""
    wrong = (samples.target < 0) | (samples.target > 1)
    if not wrong.any():
        return ""
    place = np.unravel_index(int(wrong.argmax()), wrong.shape)
    given = f"that of sample {int(place[0]) + 1} is {samples.target[place]:g}"
    return (
        f'"{scenario.loss.name.name}" needs numbers from 0 to 1 as targets, and {given}; give another loss such as mse'
    )


def _sequence(scenario: Scenario, samples: Samples) -> list[Problem]:
    """What is wrong with the steps of a file's samples for this kind of network."""
    steps = samples.input.shape[1] if samples.input.ndim == 3 else 1
    if samples.input.ndim == 3 and not scenario.reads_sequence:
        message = f"{a_kind(scenario.network.word)} reads no sequences, and the file's samples have {steps} steps"
        return [Problem(scenario.network.where, f"{message}; give kind {kinds_with('SEQUENCE')}")]
    if scenario.time.steps not in (None, steps):
        message = f"{scenario.time.steps} is not what the file has: {steps} step{'s' * (steps != 1)}; remove the key"
        return [Problem("time.steps", message)]
    return []


def _check(scenario: Scenario, samples: Samples, wanted: str) -> None:
    size, features = len(samples.input), samples.input.shape[-1]
    has = target_kind(samples)
    problems = []
    if scenario.data.batch > size:
        problems.append(Problem("data.batch", f"{scenario.data.batch} is more than the {size} samples of the file"))
    if scenario.data.inputs not in (None, features):
        message = f"{scenario.data.inputs} is not what the file has: {features} features; remove the key"
        problems.append(Problem("data.inputs", message))
    problems += _sequence(scenario, samples)
    if scenario.data.standardize in ("targets", "both") and has == "class":
        message = f'"{scenario.data.standardize}": the targets are classes, which have no size; give inputs or none'
        problems.append(Problem("data.standardize", message))
    share = wanted == "probability" and has == "value"
    classes = max(samples.outputs, 2) if has == "class" else 0
    message = _beyond_0_and_1(scenario, samples) if share else target_problem(scenario, "the file", (has,), classes)
    if message:
        problems.append(Problem("loss.name", message))
    if problems:
        raise ScenarioError(problems).at(scenario.data.file or "")
