"""The keys that a map may have as an axis, a sensible range for each, and ranges closer and farther. Pure."""

import math
from collections.abc import Sequence
from typing import Any

from ...sim.errors import UserError
from ...sim.scenario.axis import fit_axis
from ...sim.scenario.axis_spec import FIX, NO_FIX, Axis, parse_axis
from ...sim.scenario.choice import Choice
from ...sim.scenario.fix_menu import fixes
from ...sim.scenario.fixing import obstacle
from ...sim.scenario.scenario import Scenario
from ...sim.scenario.schema import FILES
from .form_fields import fields, value_of

POINTS = 21  # values of an axis across
FEWER = 11  # of one up: as many rows as there are at 80x24
SPREAD = (5.0, 5.0)  # times smaller and larger than the present value
WIDER = {"learning_rate": (100.0, 10.0), "depth": (10.0, 4.0), "steps": (10.0, 4.0), "threshold": (30.0, 30.0)}
SEEDS = 10
MOST_FIXES = 5
WORDS = ("title", "summary", *FILES)  # nothing that has a range


def axis_keys(scenario: Scenario) -> tuple[str, ...]:
    """Those of the form that have a number or options, and fix."""
    return (*(field.key for field in fields(scenario) if _has_range(scenario, field.key, field.options)), FIX)


def values_for(scenario: Scenario, key: str, points: int = POINTS) -> str:
    """A sensible range for a key, as SPEC; empty if there is none."""
    if key == FIX:
        apply = [fix.name for fix in fixes() if not obstacle(fix.name, scenario)]
        return ",".join([NO_FIX, *apply[:MOST_FIXES]])
    field = next((field for field in fields(scenario) if field.key == key), None)
    if field is None or not _has_range(scenario, key, field.options):
        return ""
    if field.options:
        return ",".join(one for one in field.options if _taken(scenario, f"{key}={one}"))
    value = value_of(scenario, key)
    if key == "seed":
        return f"{value}..{value + SEEDS - 1}"
    down, up = WIDER.get(key.rpartition(".")[2], SPREAD)
    whole = isinstance(value, int)
    if not value:
        return _spec(0, _allowed(scenario, key, [10, 1, value] if whole else [1.0, 0.5, 0.1, value]), points)
    ends = [
        _allowed(scenario, key, [_rounded(one, whole) for one in tries])
        for tries in ((value / down, value / math.sqrt(down), value), (value * up, value * math.sqrt(up), value))
    ]
    return _spec(min(ends), max(ends), points)  # fmt: skip


def _taken(scenario: Scenario, spec: str) -> bool:
    """Whether the scenario has a place for a value, as Nesterov's way has none without a momentum."""
    try:
        fit_axis(parse_axis(spec), scenario)
    except UserError:
        return False
    return True


def usual_axes(scenario: Scenario, training: bool) -> tuple[str, str]:
    """The keys that a map begins with: what decides the verdict first, across, and how far it goes, up."""
    keys = axis_keys(scenario)
    rate = next((key for key in keys if key.endswith(".learning_rate")), "")
    init = next((key for root in ("network.recurrent_init", "network.init") for key in keys
                 if key.startswith(f"{root}.")), "")  # fmt: skip
    across = (rate if training else "") or init or FIX
    up = next((key for key in ("time.steps", "network.depth") if key in keys and key != across), "")
    return across, up


def closer(axis: Axis, index: int) -> str:
    """Half of an axis of numbers, around an index; empty if it can't be halved."""
    around = max((len(axis) - 1) // 4, 1)
    low, high = max(index - around, 0), min(index + around, len(axis) - 1)
    if not axis.ordered or high - low >= len(axis) - 1:
        return ""
    return _spec(axis.values[low], axis.values[high], max(len(axis), FEWER), axis.logarithmic)


def farther(axis: Axis, scenario: Scenario) -> str:
    """Twice an axis of numbers, as far as the key allows; empty of names."""
    if not axis.ordered or len(axis) < 2:
        return ""
    low, high = axis.values[0], axis.values[-1]
    whole = isinstance(low, int) and isinstance(high, int)
    if axis.logarithmic:
        ratio = math.sqrt(high / low)
        ends = (low / ratio, high * ratio)
    else:
        ends = (low - (high - low) / 2 if low < 0 else max(low - (high - low) / 2, 0), high + (high - low) / 2)
    digits = 6 if max(ends) < 2 * min(ends) else 2
    first, last = (_allowed(scenario, axis.key, [_rounded(end, whole, digits), own])
                   for end, own in zip(ends, (low, high), strict=True))  # fmt: skip
    return "" if (first, last) == (low, high) else _spec(first, last, max(len(axis), FEWER), axis.logarithmic)


def _has_range(scenario: Scenario, key: str, options: Sequence[str]) -> bool:
    if key in WORDS:
        return False
    value = value_of(scenario, key)
    number = isinstance(value, (int, float)) and not isinstance(value, (bool, Choice))
    return bool(options) or (number and math.isfinite(value) and value >= 0 and _takes(scenario, key, value))


def _spec(low: float, high: float, points: int, logarithmic: bool | None = None) -> str:
    """A range: whole numbers one by one if there are few, else with a factor where there is one to speak of."""
    if isinstance(low, int) and isinstance(high, int) and high - low < points:
        return f"{low}..{high}"
    if logarithmic is None:
        logarithmic = low > 0 and high / low >= 4
    return f"{low:g}..{high:g}*{points}" if logarithmic and low > 0 else f"{low:g}:{high:g}:{points}"


def _rounded(value: float, whole: bool, digits: int = 2) -> Any:
    """So many digits of a number."""
    rounded = float(f"{value:.{digits}g}")
    return max(round(rounded), 1) if whole else rounded


def _allowed(scenario: Scenario, key: str, tries: Sequence[Any]) -> Any:
    """The first value that the key takes, else the last of them."""
    return next((value for value in tries if _takes(scenario, key, value)), tries[-1])


def _takes(scenario: Scenario, key: str, value: Any) -> bool:
    try:
        scenario.edit({key: value})
    except UserError:
        return False
    return True
