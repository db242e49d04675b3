"""Which fixes are worth a try against what became of a training run, and which have helped: pure."""

from ....sim.scenario.fix_menu import against
from ...widgets.fixes import FixRow
from ...workers.cures import Cures


def offers(rows: tuple[FixRow, ...], kinds: tuple[str, ...]) -> tuple[FixRow, ...]:
    """The fixes that apply and say that they cure one of these symptoms, the likely causes first."""
    known = {row.name: row for row in rows}
    return tuple(known[fix.name] for fix in against(kinds) if not known[fix.name].obstacle)


def preventions(rows: tuple[FixRow, ...], cures: Cures | None) -> tuple[FixRow, ...]:
    """The single fixes with which a run that went wrong has learnt when it was trained on from its last healthy update.

    The best come first; () while none is known.
    """
    if cures is None or not cures.failed:
        return ()
    known = {row.name: row for row in rows}
    return tuple(known[one.fixes[0]] for one in cures.ranked if len(one.fixes) == 1 and one.heals)
