"""An axis of a sweep, parsed from KEY=SPEC: a dotted key, or `fix`, and its values."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from .. import registry
from ..errors import Problem, UserError, quoted, unknown
from ..io.toml_read import toml_value

FIX, NO_FIX = "fix", "none"
FORMS = "1..100 (whole numbers), 0.1..10*25 (25 numbers, log), 0:3:25 (25 numbers, linear) or a list: relu,tanh,gelu"
MOST = 10_000  # values of an axis
FEW = {True: 3, False: 4}  # digits of a number's label, with a factor and without, where that tells it from others
DIGITS = 6  # of a number between the ends: what a person would write, and the same on every machine
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER})(?:\*(\d+))?")
LINEAR = re.compile(rf"({NUMBER}):({NUMBER}):(\d+)")
OPEN, CLOSE, QUOTES = "[{(", "]})", "\"'"


@dataclass(frozen=True)
class Axis:
    """An axis of a sweep: a dotted key, or FIX, and its values in order; `text` is how it was written."""

    key: str
    values: tuple[Any, ...]
    text: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ordered(self) -> bool:
        """Whether the values are increasing numbers."""
        numbers = [value for value in self.values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        return len(numbers) == len(self) and all(a < b for a, b in pairwise(numbers))

    @property
    def spread(self) -> bool:
        """Whether the values were computed from a range, not written one by one."""
        spec = self.text.partition("=")[2].strip()
        return bool(RANGE.fullmatch(spec) or LINEAR.fullmatch(spec))

    @property
    def logarithmic(self) -> bool:
        """Whether the values rise by about the same factor from one to the next."""
        if not (self.ordered and len(self) > 2 and self.values[0] > 0):
            return False
        first, last = self.values[1] - self.values[0], self.values[-1] - self.values[-2]
        return bool(last > 2 * first)

    def label(self, index: int) -> str:
        """The label of a value: words without quotes, numbers in as few digits as keep them distinct."""
        value = self.values[index]
        return f"{value:.{self._digits}g}" if isinstance(value, float) else self.text_of(index)

    def text_of(self, index: int) -> str:
        """A value as --set takes it, without the quotes of a word."""
        value = self.values[index]
        return f"{value:g}" if isinstance(value, float) else quoted(value).strip('"')

    @cached_property
    def _digits(self) -> int:
        few = (
            n
            for n in range(FEW[self.logarithmic], DIGITS)
            if len({f"{value:.{n}g}" for value in self.values}) == len(self)
        )
        return next(few, DIGITS)


def parse_axis(text: str) -> Axis:
    """Parse KEY=SPEC, without a scenario; raises UserError."""
    key, equals, spec = (part.strip() for part in text.partition("="))
    if not equals or not spec or not all(key.split(".")):
        raise UserError([Problem(text, f"give KEY=SPEC, such as network.depth=1..100; SPEC is {FORMS}")])
    values = tuple(_values(key, spec))
    if not 1 <= len(values) <= MOST:
        many = f"more than {MOST:,}" if len(values) > MOST else "no"
        raise UserError([Problem(key, f"{spec} has {many} values; give 1 to {MOST:,}")])
    if key == FIX:
        values = tuple(_fix_names(str(value)) for value in values)
    return Axis(key, tuple(once(values)), text)


def _values(key: str, spec: str) -> Iterator[Any]:
    if match := RANGE.fullmatch(spec):
        low, high, count = match.groups()
        yield from _logarithmic(key, spec, low, high, int(count)) if count else _whole(key, spec, low, high)
    elif match := LINEAR.fullmatch(spec):
        low, high, steps = float(match[1]), float(match[2]), _count(key, spec, match[3])
        if not math.isfinite(high - low):
            raise UserError([Problem(key, f"{spec} is wider than numbers go; give FIRST:LAST:{match[3]}, both finite")])
        yield from _spread(low, high, steps, lambda share: low + share * (high - low))
    elif ".." in spec and "," not in spec:
        raise UserError([Problem(key, f"{quoted(spec)} is no range; give {FORMS}")])
    else:
        yield from (toml_value(part) for part in _parts(key, spec))


def _whole(key: str, spec: str, low: str, high: str) -> Iterator[int]:
    try:
        first, last = int(low), int(high)
    except ValueError:
        how = f"{low}..{high}*25 for 25 numbers, log, or {low}:{high}:25, linear"
        raise UserError([Problem(key, f"{spec} has ends that are no whole numbers; say how many: {how}")]) from None
    if last < first:
        raise UserError([Problem(key, f"{spec} falls; give the smaller end first: {high}..{low}")])
    yield from range(first, min(last, first + MOST) + 1)


def _logarithmic(key: str, spec: str, low: str, high: str, count: int) -> Iterator[float]:
    first, last = float(low), float(high)
    if not 0 < first < last < math.inf:
        raise UserError([Problem(key, f"{spec} is spaced by a factor: give 0 < first < last, or {low}:{high}:{count}")])
    span = math.log(last / first)
    yield from _spread(first, last, _count(key, spec, str(count)), lambda share: first * math.exp(share * span))


def _count(key: str, spec: str, text: str) -> int:
    if not 2 <= int(text[:9]) <= MOST:
        raise UserError([Problem(key, f"{spec} asks for {text} values; give 2 to {MOST:,}")])
    return int(text)


def _spread(first: float, last: float, count: int, at: Callable[[float], float]) -> Iterator[float]:
    """Values from first to last, both as they were given."""
    yield first
    for i in range(1, count - 1):
        yield float(f"{at(i / (count - 1)):.{DIGITS}g}")
    yield last


def _parts(key: str, spec: str) -> list[str]:
    """The parts of a list between the commas that stand in no table, list or text."""
    parts, depth, quote = [""], 0, ""
    for letter in spec:
        if letter == "," and not depth and not quote:
            parts.append("")
            continue
        quote = ("" if quote == letter else quote) if quote else letter if letter in QUOTES else ""
        depth += 0 if quote else (letter in OPEN) - (letter in CLOSE)
        parts[-1] += letter
    parts = [part.strip() for part in parts]
    if not all(parts):
        raise UserError([Problem(key, f"{quoted(spec)} has an empty value; give {FORMS}")])
    return parts


def once(values: Any) -> Iterator[Any]:
    """Each value once, in order; lists and tables can't be hashed."""
    yield from {f"{type(value).__name__} {value}": value for value in values}.values()


def _fix_names(value: str) -> str:
    """One value of FIX: NO_FIX, or names joined by +; raises UserError with the nearest."""
    names = [name.strip() for name in value.split("+")]
    known = registry.names("fixes")
    for name in names:
        if name not in known and names != [NO_FIX]:
            raise UserError([Problem(FIX, unknown("fix", name, (NO_FIX, *known), registry.also("fixes")))])
    return " + ".join(names)


def fix_names(value: str) -> tuple[str, ...]:
    """The fixes of one value of FIX."""
    return () if value == NO_FIX else tuple(value.split(" + "))
