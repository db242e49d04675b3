"""The panel of what broke: of which run, when it opens, and the fixes that it offers."""

from dataclasses import replace
from typing import Protocol

from textual.screen import Screen

from ....sim.training.run_snapshot import RunSnapshot
from ...widgets.failure_panel import MOST, FailurePanel
from ...workers.runs import Records
from ..common.fix_list import FixList, Listed
from .remedies import offers, preventions


class Breaking(Listed, Protocol):
    """A host with runs, either of which may break."""

    records: Records
    fix_list: FixList


class Breakage:
    """The run that broke, and the panel that tells of it: opened once for each run, and closed by hand."""

    def __init__(self, host: Breaking, screen: Screen[None]):
        self.host, self.screen = host, screen
        self._told = set[tuple[int, tuple[str, ...]]]()

    @property
    def broken(self) -> tuple[int, RunSnapshot] | None:
        """The run to tell of if any is broken: 1, with fixes, if they did not help, else 0, as it is."""
        both = ((1, self.host.records.with_fixes), (0, self.host.records.baseline))
        return next(((which, run) for which, run in both if run is not None and run.broken is not None), None)

    @property
    def open(self) -> bool:
        """Whether the panel is seen."""
        return self.broken is not None and self.host.now.playback.failure_panel

    @property
    def worth_trying(self) -> tuple[str, ...]:
        """The fixes for what became of the run as it is, if it broke."""
        broken = self.broken
        if broken is None or broken[0] != 0:
            return ()
        return tuple(fix.name for fix in offers(self.host.fix_list.rows(), broken[1].symptoms))

    def tell(self) -> None:
        """Open the panel the first time that a run breaks."""
        broken, now = self.broken, self.host.now
        if broken is None:
            return
        told = (broken[0], now.fixes if broken[0] else ())
        if told not in self._told:
            self._told.add(told)
            self.host.follow(replace(now, playback=replace(now.playback, failure_panel=True)))

    def forget(self) -> None:
        """Other runs begin: open the panel for them as for the first."""
        self._told.clear()

    def close(self) -> None:
        """Close the panel."""
        now = self.host.now
        self.host.become(replace(now, playback=replace(now.playback, failure_panel=False)))

    def draw(self) -> None:
        """The panel, if a run is broken and it is open."""
        broken, panel = self.broken, self.screen.query_one(FailurePanel)
        self.screen.set_class(self.open, "-told")
        if broken is None:
            panel.show("", None, ())
            return
        which, record = broken
        first = which == 0
        page = [fix.name for fix in self.host.fix_panel.page]
        rows, cures = self.host.fix_list.rows(), self.host.cures
        tried = preventions(rows, cures) if first else ()
        offered = tried or [fix for fix in offers(rows, record.symptoms) if not fix.on or first]
        elsewhere = "A" if tried else "f"  # the list has the best first, the panel as it was when it was first used
        keys = tuple((str(page.index(fix.name) + 1) if fix.name in page else elsewhere, fix) for fix in offered)
        since = cures.since if cures is not None and tried else None
        role = "baseline" if first else "fixed"
        most = 6 if self.screen.has_class("-short") else MOST
        panel.show(self.host.now.names[which], record, keys, most, since, role)
