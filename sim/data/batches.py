"""The batch that a scenario simulates."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import Problem, ScenarioError
from ..numerics.image import Image, units
from ..numerics.random_streams import stream
from ..scenario.images import image_problems
from ..scenario.kind_keys import a_kind, either, kinds_stating
from ..scenario.rules_of_data import target_problem
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
        inputs = scenario.features
        parameters = task.parameters | ({"steps": scenario.steps} if "STEPS" in task.entry.metadata else {})
        samples = task.load().load(
            stream(scenario.seed, "data", iteration), scenario.data.batch, inputs, target, **parameters
        )
        assert isinstance(samples, Samples)
        return _as_wanted(_as_images(scenario, samples), wanted)
    from .user_file import load_file

    samples = load_file(Path(scenario.data.file))
    _check(scenario, samples, wanted)
    return _as_wanted(standardized(_as_images(scenario, samples), scenario.data.standardize), wanted)


def _as_images(scenario: Scenario, samples: Samples) -> Samples:
    """With the shape of their images, if the network reads these."""
    if samples.image is not None or not scenario.reads_image:
        return samples
    height, width = scenario.image
    return replace(samples, image=(samples.input.shape[-1] // (height * width), height, width))


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
    epoch, index = divmod(iteration, size // batch)
    chosen = _shuffled(scenario.seed, epoch, size)[index * batch : (index + 1) * batch]
    return replace(samples, input=samples.input[chosen], target=samples.target[chosen])


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
    index = np.unravel_index(int(wrong.argmax()), wrong.shape)
    which = f"that of sample {int(index[0]) + 1} is {samples.target[index]:g}"
    return (
        f'"{scenario.loss.name.name}" needs numbers from 0 to 1 as targets, and {which}; give another loss such as mse'
    )


def _sequence(scenario: Scenario, samples: Samples) -> list[Problem]:
    """What is wrong with the steps of a file's samples for this kind of network."""
    steps = samples.input.shape[1] if samples.input.ndim == 3 else 1
    if samples.input.ndim == 3 and not scenario.reads_sequence:
        message = f"{a_kind(scenario.network.word)} reads no sequences, and the file's samples have {steps} steps"
        return [Problem(scenario.network.where, f"{message}; give kind {either(kinds_stating('SEQUENCE'))}")]
    if scenario.time.steps not in (None, steps):
        message = f"{scenario.time.steps} is not what the file has: {steps} step{'s' * (steps != 1)}; remove the key"
        return [Problem("time.steps", message)]
    return []


def _images(scenario: Scenario, samples: Samples) -> list[Problem]:
    """What is wrong with the images of a file's samples for this kind of network."""
    features, image = samples.features, scenario.data.image
    if not scenario.reads_image:
        if not isinstance(features, Image):
            return []
        message = f"{a_kind(scenario.network.word)} reads no images, and the file's are {features.words}"
        return [
            Problem(
                scenario.network.where,
                f"{message}; give kind {either(kinds_stating('IMAGE'))}, or input of shape (samples, features)",
            )
        ]
    if isinstance(features, Image):
        if image is not None and image != features.shape[1:]:
            message = f"{list(image)} is not what the file has: images of {features.words}; remove the key"
            return [Problem("data.image", message)]
        return list(image_problems(scenario, features))
    if image is None:
        message = f"height and width are missing: the file's samples have {features} features and no shape"
        return [Problem("data.image", f"{message}; give both, such as [8, 8]")]
    if features % (image[0] * image[1]):
        message = f"{list(image)}: {image[0]} x {image[1]} pixels do not divide the file's {features} features"
        return [Problem("data.image", message)]
    return list(image_problems(scenario, Image(features // (image[0] * image[1]), *image)))


def _check(scenario: Scenario, samples: Samples, wanted: str) -> None:
    size, has = len(samples.input), target_kind(samples)
    problems = _images(scenario, samples)
    features = units(samples.features) if problems else units(_as_images(scenario, samples).features)
    if scenario.data.batch > size:
        problems.append(Problem("data.batch", f"{scenario.data.batch} is more than the {size} samples of the file"))
    if scenario.data.inputs not in (None, features):
        what = "channels" if scenario.reads_image else "features"
        message = f"{scenario.data.inputs} is not what the file has: {features} {what}; remove the key"
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
