"""Which fixes are worth a try against what became of a training run: pure, from their own facts."""

from ...sim.fixing import fixes
from ..widgets.fixes import FixRow


def offers(rows: tuple[FixRow, ...], kinds: tuple[str, ...]) -> tuple[FixRow, ...]:
    """The fixes that apply and say that they cure one of these kinds of trouble, in the order of the panel."""
    cured = {fix.name: set(fix.kinds) for fix in fixes()}
    return tuple(row for row in rows if not row.obstacle and cured[row.name].intersection(kinds))
