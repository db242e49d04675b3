"""When fixes are tried against what became of a training run, which are worth it, and which have helped: pure."""

from ....sim.scenario.fix_menu import against
from ....sim.training.run_snapshot import RunSnapshot
from ....sim.training.verdict import WENT_WRONG
from ...widgets.fixes import FixRow
from ...workers.cures import Cures


def offers(rows: tuple[FixRow, ...], kinds: tuple[str, ...]) -> tuple[FixRow, ...]:
    """The fixes that apply and say that they cure one of these symptoms, the likely causes first."""
    known = {row.name: row for row in rows}
    return tuple(known[fix.name] for fix in against(kinds) if not known[fix.name].obstacle)


def call_for_fixes(run: RunSnapshot, paused: bool) -> bool:
    """Whether fixes are to be tried unasked: the run is complete and went wrong or stalled, or all of it is lost."""
    if run.scenario.loss.is_probe or not paused:
        return False
    complete = len(run) >= run.scenario.training.iterations
    return run.verdict.kind == "nonfinite" or (complete and run.verdict.kind in (*WENT_WRONG, "stalled"))


def preventions(rows: tuple[FixRow, ...], cures: Cures | None) -> tuple[FixRow, ...]:
    """The single fixes with which a run that went wrong has learnt when it was trained on from its last healthy update.

    The best come first; () while none is known.
    """
    if cures is None or not cures.failed:
        return ()
    known = {row.name: row for row in rows}
    return tuple(known[one.fixes[0]] for one in cures.ranked if len(one.fixes) == 1 and one.heals)
