"""What the two runs on the screen are called. Pure."""

from pathlib import Path

from ...sim.errors import printable
from ...sim.scenario.scenario import Scenario
from ..charts.plot.legend import NAMES
from ..terminal.glyphs import fit

ROOM = 18  # columns of a name before a verdict or a row of numbers
WITH = " + fixes"
SAME = ("the first", "the second")

RunNames = tuple[str, str]


def run_names(first: tuple[Scenario, Path | None], other: tuple[Scenario, Path | None] | None,
              fixed: bool) -> RunNames:  # fmt: skip
    """As it is and with fixes; of another scenario that is compared their files' names, or else their titles."""
    if other is None:
        return NAMES[0]
    one, two = (_name(*run) for run in (first, other))
    one, two = (one, two) if one != two else SAME
    return fit(one, ROOM), f"{fit(two, ROOM - len(WITH) * fixed)}{WITH * fixed}"


def _name(scenario: Scenario, path: Path | None) -> str:
    return printable(path.stem if path is not None else scenario.title)
