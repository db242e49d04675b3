"""The numbers that a preset may state as they are: its own keys, its formats, and theory of both; no simulation's."""

import math
import re
from collections.abc import Iterator
from typing import Any

from gradsim.sim import registry
from gradsim.sim.analysis.over_time import LEFT
from gradsim.sim.scenario.network import Network
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.scenario.tables import LessonStep

YEAR = re.compile(r"(?:19|20)\d\d\)")  # of a citation
NUMBER = re.compile(r"(?<![\w.-])[+-]?(\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?:/(\d+))?(%?)")
WORDS = ("title", "summary", "lesson", "expect")


def unexplained(text: str, scenarios: list[Scenario], told: LessonStep | None = None) -> list[str]:
    """The numbers of a text, without its placeholders, that none of the scenarios and no key of its step explains."""
    known = {0.0, 1.0, LEFT, *(match for scenario in scenarios for match in _known(scenario))}
    known |= {float(place) for place in (told.layer, told.step, told.update) if place is not None} if told else set()
    bare = YEAR.sub("", re.sub(r"\{[^}]*\}", "", text))
    return [match[0] for match in NUMBER.finditer(bare) if not _is_one_of(known, *match.groups())]


def _is_one_of(known: set[float], digits: str, under: str | None, percent: str) -> bool:
    """Whether a number is one of those that are known, rounded to as many digits as it is written with."""
    value = float(digits.replace(",", "")) / float(under or 1)
    if under:
        return any(math.isclose(value, number) for number in known)
    if "e" in digits:
        return any(f"{number:.0e}" == f"{value:.0e}" for number in known)
    places = len(digits.partition(".")[2])
    return any(round((100 if percent else 1) * number, places) == value for number in known)


def _known(scenario: Scenario) -> Iterator[float]:
    """Every number of the keys; of sizes also inverse and root and its inverse; facts of format and activation."""
    plain = {key: value for key, value in scenario.plain(resolved=True).items() if key not in WORDS}
    yield from map(abs, _numbers(plain))
    yield float(scenario.depth)  # which a chain's keys don't have
    metadata = registry.entry("formats", scenario.precision.format).metadata
    widths = [entry.width for entry in scenario.network.entries if entry.width]
    sizes = (scenario.depth, *widths, scenario.data.batch, scenario.inputs or 1, scenario.steps)
    for size in sizes:
        yield from (size - 1, 1 / size, math.sqrt(size), 1 / math.sqrt(size))
    yield from (metadata["LARGEST"], 2.0 ** (metadata["SMALLEST_EXPONENT"] - metadata["SIGNIFICAND"] + 1))
    yield from (number for table in scenario.tables if table.get("activation") for number in _of_activation(table))


def _of_activation(table: Network) -> Iterator[float]:
    """Gain and its inverse, and the largest slope, of a table's activation."""
    module, given = table.activation.load(), table.activation.parameters.values()
    gain = float(module.gain(*given))
    yield from (gain, 1 / gain, float(module.largest_slope(*given)))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        yield from (number for item in value for number in _numbers(item))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
