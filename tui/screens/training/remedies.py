"""Which fixes are worth a try against what became of a training run: pure, from their own facts."""

from ....sim.scenario.fixing import against
from ...widgets.fixes import FixRow


def offers(rows: tuple[FixRow, ...], kinds: tuple[str, ...]) -> tuple[FixRow, ...]:
    """The fixes that apply and say that they cure one of these symptoms, the likely causes first."""
    known = {row.name: row for row in rows}
    return tuple(known[fix.name] for fix in against(kinds) if not known[fix.name].obstacle)
