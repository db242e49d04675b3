"""Reads a user's .npz: types and shapes from the first bytes of each array, and only then the numbers."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import nearest, quoted, refuse
from ..io.npz import Header, open_archive
from .samples import CLASS_RANGE, LARGEST, MOST_FEATURES, MOST_OUTPUTS, Samples, gigabytes

NAMES = ("input", "target")
ALSO = {"input": ("x", "inputs", "features", "data"), "target": ("y", "targets", "label", "labels", "output")}
MOST_NAMES = 10  # that a message lists
NO_ARCHIVE = "is no .npz archive, or a damaged one; write it with numpy.savez(path, input=x, target=y)"
ADVICE = "write the file again with numpy.savez"


def load_npz(path: Path) -> Samples:
    """All samples of an .npz that holds `input` and `target`."""
    with open_archive(path, NO_ARCHIVE, ADVICE) as archive:
        if missing := [_missing(name, archive.names) for name in NAMES if name not in archive.names]:
            refuse(path, *missing)
        headers = {name: archive.header(name) for name in NAMES}
        problems = [text for name in NAMES if (text := _type_problem(name, headers[name]))]
        if problems := problems or _shape_problems(*headers.values()):
            refuse(path, *problems)
        return _samples(path, *(archive.array(name) for name in NAMES))


def _missing(name: str, holds: list[str]) -> str:
    also = next((hold for hold in holds if hold.lower() in ALSO[name]), "")
    near = also or nearest(name, holds)
    hint = f"rename {near} to it" if near else "add it"
    shown = ", ".join(map(quoted, holds[:MOST_NAMES])) or "no arrays"
    others = f" and {len(holds) - MOST_NAMES} others" if len(holds) > MOST_NAMES else ""
    return f"has no array {name}; it holds {shown}{others}; {hint}"


def _type_problem(name: str, header: Header) -> str:
    shape, dtype = header
    if dtype.hasobject:
        return f"{name} holds pickled Python objects, which are never read; save it as an array of numbers"
    if dtype.kind == "c":
        return f"{name} holds complex numbers; give real ones"
    if dtype.kind not in "biuf":
        return f"{name} holds {dtype}; give whole or floating numbers"
    size = math.prod(shape) * max(dtype.itemsize, 8)
    if min(shape, default=0) < 0 or size >= 2**200:  # not even a float could say how large
        return f"{name} can't be read (no array has the shape that it states); {ADVICE}"
    if size > LARGEST:
        return f"{name} takes {gigabytes(size)} as float64, and the limit is {gigabytes(LARGEST)}; give fewer samples"
    return ""


def _shape_problems(features: Header, target: Header) -> list[str]:
    """What is wrong with shapes; right: input (samples, features), target (samples,) or (samples, outputs).

    Sequences: input (samples, steps, features), target as above or with an entry a step, (samples, steps, ...).
    Images: input (samples, channels, height, width).
    """
    shape, problems = features.shape, []
    if len(shape) not in (2, 3, 4):
        problems.append(f"input has the shape {shape}; give (samples, features), (samples, steps, features) "
                     "or (samples, channels, height, width)")  # fmt: skip
    sequence = len(shape) == 3
    forms = "(samples,) or (samples, outputs)" + (" or (samples, steps, outputs)" if sequence else "")
    if len(target.shape) not in ((1, 2, 3) if sequence else (1, 2)):
        problems.append(f"target has the shape {target.shape}; give {forms}")
    elif len(target.shape) > 1 and target.dtype.kind != "f" and not (sequence and target.shape == shape[:2]):
        step_forms = " or (samples, steps)" if sequence else ""
        problems.append(
            f"target has the shape {target.shape} and whole numbers; give classes as (samples,){step_forms}, "
            "or floating numbers to regress"
        )
    elif len(target.shape) == 3 and target.shape[1] != shape[1]:
        problems.append(f"target has {target.shape[1]} steps and input has {shape[1]}; give as many of each")
    shapes = dict(zip(NAMES, (features.shape, target.shape), strict=True))
    problems += [f"{name} is empty: its shape is {shape}" for name, shape in shapes.items() if 0 in shape]
    if problems:
        return problems
    if shape[0] != target.shape[0]:
        problems.append(f"input has {shape[0]} samples and target has {target.shape[0]}; give as many of each")
    if (size := shape[-1] if len(shape) < 4 else math.prod(shape[1:])) > MOST_FEATURES:
        problems.append(f"input has {size} features, and the limit is {MOST_FEATURES}; give fewer")
    outputs = _target_shape(features.shape, target)[-1] if target.dtype.kind == "f" else 1
    if outputs > MOST_OUTPUTS:
        problems.append(f"target has {outputs} outputs, and the limit is {MOST_OUTPUTS}; give fewer")
    return problems


def _target_shape(shape: tuple[int, ...], target: Any) -> tuple[int, ...]:
    """Shape of a regressed target: (samples, outputs), or (samples, steps, outputs) where there is an entry a step."""
    if len(target.shape) == 1 or (len(shape) == 3 and shape[1] > 1 and target.shape == shape[:2]):
        return (*target.shape, 1)
    return tuple(target.shape)


def _samples(path: Path, features: Any, target: Any) -> Samples:
    with np.errstate(over="ignore"):
        numbers = features.astype(np.float64)
        regressed = target.astype(np.float64).reshape(_target_shape(features.shape, target))
    if target.dtype.kind == "f":
        problems = [_nonfinite("input", numbers), _nonfinite("target", regressed.reshape(target.shape))]
        samples = Samples(numbers, regressed, regressed.shape[-1])
    else:
        problems = [_nonfinite("input", numbers), _class_problem(target)]
        samples = Samples(numbers, target.astype(np.int64), int(target.max()) + 1)
    if any(problems):
        refuse(path, *filter(None, problems))
    return samples if numbers.ndim < 4 else _images(samples)


def _images(samples: Samples) -> Samples:
    """Images with their features in a row."""
    size, *image = samples.input.shape
    return replace(samples, input=samples.input.reshape(size, -1), image=tuple(image))


def _nonfinite(name: str, values: Any) -> str:
    index = _first(~np.isfinite(values))
    if index is None:
        return ""
    return f"{name}{list(index)} is {values[index]} (counted from 0); remove such samples or fill them in"


def _class_problem(target: Any) -> str:
    index = _first((target < 0) | (target >= MOST_OUTPUTS))
    if index is None:
        return ""
    hint = f"{CLASS_RANGE}; renumber them, or give floating numbers to regress"
    return f"target{list(index)} is {target[index]} (counted from 0); {hint}"


def _first(wrong: Any) -> tuple[int, ...] | None:
    """Indices of the first true element, if there is one."""
    if not wrong.any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
