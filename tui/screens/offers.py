"""Which fixes apply to what became of a training run: pure, from their own facts."""

import numpy as np

from ...sim import menu
from ..charts.record import Record
from ..widgets.fixes import FixRow

GREW = 2.0  # times the first loss, from which a run had been diverging before it broke


def troubles(record: Record) -> tuple[str, ...]:
    """What is wrong with a run, in the words in which fixes say what they cure; () if it learns."""
    found = record.first_nonfinite
    if found is None:
        return () if record.verdict.kind == "learning" else (record.verdict.kind,)
    loss = record.numbers["loss"]
    finite = loss[np.isfinite(loss)]
    grew = finite.size > 1 and finite[-1] > GREW * abs(finite[0])
    return ("nonfinite", *(("diverging",) if grew else ()), *(("overflow",) if np.isfinite(found.exact) else ()))


def offers(fixes: tuple[FixRow, ...], kinds: tuple[str, ...]) -> tuple[FixRow, ...]:
    """The fixes that apply and say that they cure one of these kinds, in their own order."""
    return tuple(fix for fix in fixes if not fix.obstacle and cures(fix.name) & set(kinds))


def cures(name: str) -> set[str]:
    """The kinds of trouble that a fix says it cures."""
    return set(menu.entry("fixes", name).facts.get("CURES_KINDS", ()))
