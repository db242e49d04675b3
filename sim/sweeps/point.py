"""One computed point of a sweep. Imports nothing heavy."""

from typing import NamedTuple

LONGEST = 300  # characters of a reason


class Point(NamedTuple):
    """The verdict in a word and the quantity's value, or the reason why there is none."""

    kind: str | None
    value: float | str | None
    error: str | None = None


def failed(reason: str) -> Point:
    """A point that has a reason in place of a value."""
    return Point(None, None, reason[:LONGEST])
