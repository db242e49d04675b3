"""The user's own data: an .npz holding `input` and `target`, or a .csv with the target in its last column.

What can be wrong with a file by itself is in npz_file.py and csv_file.py; here is what must fit the scenario.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import Problem, ScenarioError, refuse
from ..numerics.image import Image, units
from ..scenario.images import image_problems
from ..scenario.kind_keys import a_kind, either, kinds_stating
from ..scenario.rules_of_data import target_problem
from ..scenario.scenario import Scenario
from .csv_file import load_csv
from .npz_file import load_npz
from .samples import Samples

LOADERS = {".npz": load_npz, ".csv": load_csv}


def scenario_file(scenario: Scenario) -> Samples:
    """All samples of a scenario's file, standardised as it says; raises UserError if they do not fit the network."""
    samples = load_file(Path(scenario.data.file or ""))
    if problems := _problems(scenario, samples):
        raise ScenarioError(problems).at(scenario.data.file or "")
    if scenario.reads_image:
        samples = samples.as_images(*scenario.image)
    return standardized(samples, scenario.data.standardizes_inputs, scenario.data.standardizes_targets)


def load_file(path: Path) -> Samples:
    """All samples of a user's file; raises UserError with what is wrong, where, and what to do."""
    try:
        if path.is_dir():
            refuse(path, "is a folder; give a file ending in .npz or .csv")
        if not path.exists():
            refuse(path, "no such file; a relative path starts at the scenario file")
        if (load := LOADERS.get(path.suffix.lower())) is None:
            refuse(path, f"ends in {path.suffix or 'nothing'}; give a file ending in .npz or .csv")
        if not path.is_file():
            refuse(path, "is not a regular file; copy the data to one")
        return load(path)
    except (OSError, ValueError) as error:
        refuse(path, f"can't be read: {getattr(error, 'strerror', None) or error}; check the path and your permissions")
    except MemoryError:
        refuse(path, "does not fit into memory; give fewer samples")


def _problems(scenario: Scenario, samples: Samples) -> list[Problem]:
    """Everything in which the samples of a file do not fit the scenario."""
    size, has, data = len(samples.input), samples.target_kind, scenario.data
    problems = _image_problems(scenario, samples)
    shaped = samples.as_images(*scenario.image) if scenario.reads_image and not problems else samples
    features = units(shaped.features)
    if data.batch > size:
        problems.append(Problem("data.batch", f"{data.batch} is more than the {size} samples of the file"))
    if data.inputs not in (None, features):
        what = "channels" if scenario.reads_image else "features"
        message = f"{data.inputs} is not what the file has: {features} {what}; remove the key"
        problems.append(Problem("data.inputs", message))
    problems += _sequence_problems(scenario, samples)
    if data.standardizes_targets and has == "class":
        message = f'"{data.standardize}": the targets are classes, which have no size; give inputs or none'
        problems.append(Problem("data.standardize", message))
    share = scenario.loss.target == "probability" and has == "value"
    classes = max(samples.outputs, 2) if has == "class" else 0
    message = _share_problem(scenario, samples) if share else target_problem(scenario, "the file", (has,), classes)
    return [*problems, Problem("loss.name", message)] if message else problems


def _share_problem(scenario: Scenario, samples: Samples) -> str:
    """Names the first target that is no number from 0 to 1, if there is one."""
    wrong = (samples.target < 0) | (samples.target > 1)
    if not wrong.any():
        return ""
    index = np.unravel_index(int(wrong.argmax()), wrong.shape)
    which = f"that of sample {int(index[0]) + 1} is {samples.target[index]:g}"
    return (
        f'"{scenario.loss.name.name}" needs numbers from 0 to 1 as targets, and {which}; give another loss such as mse'
    )


def _sequence_problems(scenario: Scenario, samples: Samples) -> list[Problem]:
    """What is wrong with the steps of a file's samples for this kind of network."""
    steps = samples.input.shape[1] if samples.input.ndim == 3 else 1
    if samples.input.ndim == 3 and not scenario.reads_sequence:
        message = f"{a_kind(scenario.network.word)} reads no sequences, and the file's samples have {steps} steps"
        return [Problem(scenario.network.where, f"{message}; give kind {either(kinds_stating('SEQUENCE'))}")]
    if scenario.time.steps not in (None, steps):
        message = f"{scenario.time.steps} is not what the file has: {steps} step{'s' * (steps != 1)}; remove the key"
        return [Problem("time.steps", message)]
    return []


def _image_problems(scenario: Scenario, samples: Samples) -> list[Problem]:
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


def standardized(samples: Samples, inputs: bool, targets: bool) -> Samples:
    """Samples with inputs, targets, both or none standardised; LeCun et al. 1998, Efficient BackProp, section 4.3."""
    return replace(
        samples,
        input=_standardized(samples.input) if inputs else samples.input,
        target=_standardized(samples.target) if targets else samples.target,
    )


def _standardized(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers less their mean, over their standard deviation, by last index; 0 where all are equal."""
    rows = values.reshape(-1, values.shape[-1])
    low, high = rows.min(axis=0), rows.max(axis=0)
    scale = np.where(low < high, high / 2 - low / 2, 1.0)  # halves, so that no difference overflows
    rows = np.where(low < high, rows / scale - (low / 2 + high / 2) / scale, 0.0)
    rows = rows - rows.mean(axis=0)
    spread = rows.std(axis=0)
    columns: NDArray[np.float64] = (rows / np.where(spread > 0, spread, 1.0)).reshape(values.shape)
    return columns
