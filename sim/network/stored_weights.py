"""Initial parameters from a file (`network.weights`), which must have each by name and shape, and no others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from ..data.samples import Samples
from ..errors import nearest, refuse
from ..io.npz import Archive, open_archive
from ..io.safetensors import Tensors, open_tensors
from ..numerics.arrays import Array
from ..ops.base import Shape
from ..scenario.scenario import Scenario
from .layers import entry_graph, exit_graph, layer_graphs

Stored = Archive | Tensors
MOST = 8  # names that a message lists at most
ADVICE = "gradsim run --save-weights writes a file that fits"
NO_ARCHIVE = f"is no .npz archive, or a damaged one; {ADVICE}"
ENDINGS = (".safetensors", ".npz")


def parameter_shapes(scenario: Scenario, samples: Samples) -> dict[str, Shape]:
    """Shapes of all learned parameters, by their names in a dump."""
    shapes: dict[str, Shape] = {}
    number, width = 0, samples.features
    for graph, count in layer_graphs(scenario, width):
        learned = [one for one in graph.parameters if one.learned]
        for number in range(number + 1, number + 1 + count):  # noqa: B020  it goes on from graph to graph
            shapes |= {f"layers.{number}.{one.name}": one.shape for one in learned}
        width = graph.width
    for end in (entry_graph(scenario, samples.features), exit_graph(scenario, width)):
        shapes |= {one.name: one.shape for one in (end.parameters if end else ()) if one.learned}
        width = end.width if end else width
    if scenario.loss.name.entry.metadata["READOUT"]:
        shapes |= {"readout.weight": (samples.outputs, width), "readout.bias": (samples.outputs,)}
    return shapes


def check_weights(scenario: Scenario, samples: Samples) -> None:
    """Raise UserError with all problems of names, shapes and types in a scenario's file of parameters."""
    for _ in stored_weights(scenario, samples, numbers=False):
        pass


def stored_weights(scenario: Scenario, samples: Samples, *, numbers: bool = True) -> Iterator[tuple[str, Array]]:
    """Name and array of each parameter in the scenario's file (no arrays without `numbers`).

    Raises UserError: for names, shapes and types before the first array, for a number that is not finite at its array.
    """
    path = Path(scenario.network.weights or "")
    try:
        with _opened(path) as stored:
            _check(path, stored, parameter_shapes(scenario, samples))
            for name in stored.names if numbers else ():
                yield name, _numbers(path, name, stored)
    except (OSError, ValueError) as error:
        refuse(path, f"can't be read: {getattr(error, 'strerror', None) or error}; check the path and your permissions")
    except MemoryError:
        refuse(path, "does not fit into memory")


def conversion(scenario: Scenario) -> str:
    """How the file's numbers are converted to the pass's format: "float64 as float32"; "" if they are not."""
    path, form = Path(scenario.network.weights or ""), scenario.precision.format
    with _opened(path) as stored:
        kinds = sorted({_kind(stored, name) for name in stored.names} - {form})
    return f"{', '.join(kinds)} as {form}" if kinds else ""


def _opened(path: Path) -> AbstractContextManager[Stored]:
    if path.is_dir():
        refuse(path, f"is a folder; give a file ending in {' or '.join(ENDINGS)}")
    if not path.exists():
        refuse(path, "no such file; a relative path starts at the scenario file")
    if path.suffix.lower() not in ENDINGS:
        refuse(path, f"ends in {path.suffix or 'nothing'}; give a file ending in {' or '.join(ENDINGS)}")
    if not path.is_file():
        refuse(path, "is not a regular file; copy the parameters to one")
    return open_tensors(path) if path.suffix.lower() == ENDINGS[0] else open_archive(path, NO_ARCHIVE, ADVICE)


def _kind(stored: Stored, name: str) -> str:
    """The number format of an array, by its name in the formats menu or in NumPy."""
    dtype = stored.stored_as(name) if isinstance(stored, Tensors) else ""
    return "bfloat16" if dtype == "BF16" else stored.header(name).dtype.newbyteorder("=").name


def _check(path: Path, stored: Stored, expected: Mapping[str, Shape]) -> None:
    """Raise UserError with all names, shapes and types that differ from what the network has."""
    names, have = stored.names, set(stored.names)
    twice = [name for name, count in Counter(names).items() if count > 1]
    missing = [name for name in expected if name not in have]
    extra = [name for name in names if name not in expected]
    headers = {name: stored.header(name) for name in expected if name in have}
    shapes = [
        f"{name} {_shape(header.shape)} instead of {_shape(expected[name])}"
        for name, header in headers.items()
        if header.shape != expected[name]
    ]
    kinds = [
        f"{name} ({'Python objects' if header.dtype.hasobject else header.dtype})"
        for name, header in headers.items()
        if header.dtype.kind != "f" or header.dtype.itemsize > np.dtype(np.float64).itemsize
    ]
    near = nearest(missing[0], extra[:MOST]) if missing and extra else None
    problems = [
        _listed("has twice", twice),
        _listed("lacks", [f"{name} {_shape(expected[name])}" for name in missing]),
        _listed("also has", extra) + (f" ({near} may be {missing[0]})" if near else ""),
        _listed("has in another shape", shapes),
        _listed("has no floating numbers of at most 64 bits in", kinds),
    ]
    if any(problems):
        messages = [problem for problem in problems if problem]
        refuse(path, *messages[:-1], f"{messages[-1]}; {ADVICE}")


def _listed(words: str, names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return f"{words} {', '.join(names[:MOST])}{more}" if names else ""


def _shape(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))})"


def _numbers(path: Path, name: str, stored: Stored) -> Array:
    """One array; raises UserError with the first number that is not finite."""
    values: Any = stored.array(name)
    wrong = ~np.isfinite(values)
    if wrong.any():
        index = tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
        refuse(path, f"{name}{list(index)} is {values[index]} (counted from 0); give finite numbers")
    return np.asarray(values)
