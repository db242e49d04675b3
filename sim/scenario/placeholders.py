"""Parses placeholders in a lesson's text, such as {loss@99 | fixed}, for numbers of the run on the screen."""

import re
from dataclasses import dataclass
from typing import Literal

from ..errors import quoted, unknown
from .quantities import COUNTED, charted, only_of_weights, over_updates
from .tables import LessonStep

PlaceAxis = Literal["layer", "step", "update"]
AXES: tuple[PlaceAxis, ...] = ("layer", "step", "update")
WHOLE = ("loss", "ratio", "factor_per_layer", "memory_horizon", "first_nonfinite.layer", "first_nonfinite.step")
BROKEN = ("first_nonfinite.iteration", "first_nonfinite.layer")
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
PLACE = re.compile(r"(?:([a-z]+) +)?(\d{1,7})|([a-z]+?)s")


@dataclass(frozen=True)
class Value:
    """A quantity at an update, layer and time step, or the mean over layers and steps (None).

    Where the text names no position, the lesson step's is taken. `fixed`: of the run with the step's fixes.
    """

    name: str
    layer: int | None = None
    step: int | None = None
    update: int | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Placeholder:
    """A value, or the quotient of two, perhaps as a percentage."""

    value: Value
    over: Value | None = None
    percent: bool = False


class PlaceholderError(ValueError):
    """An invalid placeholder; the message says why."""


def parse_text(lesson_step: LessonStep) -> tuple[str | Placeholder, ...]:
    """Parse a lesson's text into words and placeholders; {{ and }} are braces. Raises PlaceholderError."""
    parts: list[str | Placeholder] = []
    end = 0
    for match in BRACES.finditer(lesson_step.text):
        parts.append(lesson_step.text[end : match.start()])
        end = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            raise PlaceholderError(f"a lone {match[0]} stands for nothing; write {match[0] * 2} for a brace")
        else:
            parts.append(_placeholder(match[1], lesson_step))
    return (*parts, lesson_step.text[end:])


def last_update(lesson_step: LessonStep) -> int:
    """The last update (from 0) that a lesson step about training mentions."""
    values = [
        value for part in parse_text(lesson_step) if isinstance(part, Placeholder) for value in (part.value, part.over)
    ]
    return max(value.update or 0 for value in (Value("", update=lesson_step.update), *values) if value)


def allowed(lesson_step: LessonStep) -> dict[str, tuple[PlaceAxis, ...]]:
    """The quantities that a lesson step's text can use, each with its axes: of its pass, or of its training run."""
    if lesson_step.update is None:
        return _by(charted(), "layer", "step") | _by(only_of_weights(), "layer") | _by(WHOLE)
    by_layer = _by(over_updates(by_layer=True), "layer", "update")
    return _by((*over_updates(), *COUNTED), "update") | by_layer | _by(BROKEN)


def _by(names: tuple[str, ...], *axes: PlaceAxis) -> dict[str, tuple[PlaceAxis, ...]]:
    return dict.fromkeys(names, axes)


def _placeholder(text: str, lesson_step: LessonStep) -> Placeholder:
    body, _, style = text.partition(" as ")
    if style and style.strip() != "%":
        raise PlaceholderError(f'{_shown(text)}: no style {quoted(style.strip())}; allowed: "as %"')
    value, *over = (_value(part, text, lesson_step) for part in body.split("/", 1))
    return Placeholder(value, over[0] if over else None, bool(style))


def _value(body: str, whole: str, lesson_step: LessonStep) -> Value:
    head, bar, run = (part.strip() for part in body.partition("|"))
    name, _, places = (part.strip() for part in head.partition("@"))
    names = allowed(lesson_step)
    if name not in names:
        raise PlaceholderError(f"{_shown(whole)}: {unknown('quantity', name, names)}")
    if bar and run != "fixed":
        raise PlaceholderError(f"{_shown(whole)}: {unknown('run', run, ['fixed'])}; without it, the run as it is")
    if bar and not lesson_step.fixes:
        raise PlaceholderError(f"{_shown(whole)}: this step has no fixes; remove | fixed, or give it fixes = [...]")
    at = {axis: getattr(lesson_step, axis) for axis in AXES}
    for place in places.split(",") if "@" in head else ():
        axis, number = _place(place.strip(), names[name], f"{_shown(whole)}: {name}")
        at[axis] = number
    layer, step, update = (at[axis] if axis in names[name] else None for axis in AXES)
    return Value(name, layer, step, update, fixed=bool(bar))


def _place(place: str, axes: tuple[PlaceAxis, ...], where: str) -> tuple[PlaceAxis, int | None]:
    """What "layer 4", "99" and "layers" mean; a bare number is of the update, of a pass of the layer."""
    if not axes:
        raise PlaceholderError(f"{where} is of the whole run; remove its place, @ {place}")
    match = PLACE.fullmatch(place)
    bare: PlaceAxis = "update" if "update" in axes else axes[0]
    axis = next((axis for axis in axes if match and axis == (match[1] or match[3] or bare)), None)
    if match is None or axis is None or (axis, match[3]) == ("update", "update"):
        words = [word for axis in axes for word in (f"{axis} N", *([f"{axis}s"] if axis != "update" else []))]
        raise PlaceholderError(f"{where}: {unknown('place', place, words)}")
    if match[2] and int(match[2]) == 0 and axis != "update":
        raise PlaceholderError(f"{where}: there is no {axis} 0; {axis}s count from 1")
    return axis, int(match[2]) if match[2] else None


def _shown(text: str) -> str:
    return quoted(f"{{{text}}}")
