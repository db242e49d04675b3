"""A picture with its cursor."""

from dataclasses import fields
from typing import NamedTuple

from ....sim.results.trace import Trace
from ...charts.plot.area import Cursor
from ...charts.plot.grid import Picture


class Shown(NamedTuple):
    """A picture and where its cursor is."""

    picture: Picture
    cursor: Cursor


def same(one: Picture | None, other: Picture) -> bool:
    """Whether two pictures are of the same traces and say the same; arrays are not compared."""
    if type(one) is not type(other):
        return False
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(other)]  # type: ignore[arg-type]
    return all(a is b or (not isinstance(a, Trace) and not isinstance(b, Trace) and a == b) for a, b in pairs)
