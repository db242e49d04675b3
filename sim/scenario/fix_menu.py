"""The menu of fixes: pure functions from scenario to scenario, one file each in `fixes/`. Imports no numba.

A fix's file has a docstring (its label), the literals ORDER (its position in the panel), CURES and SOURCE,
`changes(scenario)` (dotted keys and their new values) and, where it does not always make sense,
`obstacle(scenario)` (a sentence of why not, or an empty string); `cures(scenario)`, where CURES does not hold for
every scenario, says what it does for this one. CURES_KINDS are the symptoms (verdict_words.py) for which
it is worth a try; TRAINING = True says that it acts on the updates only, and a single pass stays as it is;
NEEDS is a fact (fix_layers.LACKS) without which a kind of layer has no use for it;
AGAIN = True that a second time changes the scenario further. Applied twice, any other counts once. WEIGHT_SIZE = True
says that it only makes weights larger or smaller, which a norm divides out. PARTNERS are fixes that belong with it:
advice tries them together.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .. import registry
from .scenario import Scenario
from .verdict_words import CAUSES


@dataclass(frozen=True)
class Fix:
    """Metadata of a fix."""

    name: str
    label: str
    cures: str
    source: str
    order: int
    kinds: tuple[str, ...] = ()
    training: bool = False
    again: bool = False
    weight_size: bool = False


def fixes(training: bool = False) -> tuple[Fix, ...]:
    """All fixes, in the order of the panel: first those that act on a pass, or else those on training only."""
    every = [_fix(registry.entry("fixes", name)) for name in registry.names("fixes")]
    return tuple(sorted(every, key=lambda fix: (fix.training != training, fix.order, fix.name)))


def _fix(entry: registry.MenuEntry) -> Fix:
    metadata = entry.metadata
    kinds = metadata.get("CURES_KINDS", ())
    flags = [bool(metadata.get(name)) for name in ("TRAINING", "AGAIN", "WEIGHT_SIZE")]
    return Fix(entry.name, entry.summary, metadata["CURES"], entry.source, metadata["ORDER"], kinds, *flags)


def against(kinds: Iterable[str]) -> tuple[Fix, ...]:
    """All fixes for any of these symptoms, in the order of the symptoms and then of the panel.

    Of those for one of the CAUSES the fixes come first that name it first.
    """
    wanted = tuple(kinds)

    def rank(fix: Fix) -> tuple[int, bool]:
        first = next(kind for kind in wanted if kind in fix.kinds)
        return wanted.index(first), first in CAUSES and fix.kinds[0] != first

    return tuple(sorted((fix for fix in fixes() if set(wanted).intersection(fix.kinds)), key=rank))


def counted(names: Iterable[str]) -> dict[str, int]:
    """How often each fix counts, in the order of first mention."""
    times = Counter(names)
    known = set(registry.names("fixes"))
    again = {name for name in times if name in known and registry.entry("fixes", name).metadata.get("AGAIN")}
    return {name: count if name in again else 1 for name, count in times.items()}


def in_words(names: Iterable[str]) -> str:
    """Fixes as a heading lists them: "he_init, lower_learning_rate x2"."""
    return ", ".join(name if count == 1 else f"{name} x{count}" for name, count in counted(names).items())


def unequal_widths(scenario: Scenario) -> str:
    """The obstacle of a skip: one layer whose input and output widths differ."""
    inputs, width = scenario.inputs, scenario.network.width * scenario.network.directions
    if scenario.network.depth > 1 or inputs in (None, width):
        return ""
    return f"the only layer maps {inputs} inputs to {width} units, and a skip joins equal widths"


def clipped_already(scenario: Scenario, way: str, threshold: float) -> str:
    """The obstacle of clipping: the scenario clips in this way already, at this threshold or below."""
    clip = scenario.training.clip
    present = clip.parameters.get("threshold")
    tight = clip.name == way and isinstance(present, float | int) and present <= threshold
    return f"clipped by {way} already, at {present:g}" if tight else ""
