"""Named arrays packed into one vector."""

import math
from collections.abc import Iterable, Mapping

from .arrays import Array

Shapes = Mapping[str, tuple[int, ...]]


def numbers(shapes: Shapes) -> int:
    """The total size of arrays of these shapes."""
    return sum(math.prod(shape) for shape in shapes.values())


def parts(rows: Array, shapes: Shapes) -> dict[str, Array]:
    """Views (n, *shape) of rows (n, numbers), by name in the order of the shapes."""
    views, end = {}, 0
    for key, shape in shapes.items():
        start, end = end, end + math.prod(shape)
        views[key] = rows[:, start:end].reshape(len(rows), *shape)
    return views


def bind(parameters: dict[str, Array], keys: Iterable[str], vector: Array) -> None:
    """Make parameters views of a vector, one after the other."""
    views = parts(vector[None], {key: parameters[key].shape for key in keys})
    for key, view in views.items():
        view[0] = parameters[key]
        parameters[key] = view[0]
