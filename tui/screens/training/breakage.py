"""What broke in a run: which run is reported, when its panel opens, and the fixes that the panel offers."""

from dataclasses import replace
from typing import Protocol

from textual.screen import Screen

from ....sim.training.run_snapshot import RunSnapshot
from ...state.playback import seek_failure
from ...state.session import move
from ...widgets.failure_panel import MOST, FailurePanel
from ...workers.runs import Records
from ..common.fix_list import FixList, Listed
from .remedies import offers, preventions


class Breaking(Listed, Protocol):
    """A host with runs, either of which may break."""

    records: Records
    fix_list: FixList


class Breakage:
    """The run that broke, and the panel that reports it: opened once for each run, and closed by hand."""

    ACTIONS = ("broken",)

    def __init__(self, host: Breaking, screen: Screen[None]):
        self.host, self.screen = host, screen
        self._reported = set[tuple[int, tuple[str, ...]]]()

    @property
    def broken_run(self) -> tuple[int, RunSnapshot] | None:
        """The run to report if any is broken: 1, with fixes, if they did not help, else 0, as it is."""
        both = ((1, self.host.records.with_fixes), (0, self.host.records.baseline))
        return next(((which, run) for which, run in both if run is not None and run.broken is not None), None)

    @property
    def is_open(self) -> bool:
        """Whether the panel is seen."""
        return self.broken_run is not None and self.host.now.playback.failure_panel

    @property
    def worth_trying(self) -> tuple[str, ...]:
        """The fixes for what became of the run as it is, if it broke."""
        broken = self.broken_run
        if broken is None or broken[0] != 0:
            return ()
        return tuple(fix.name for fix in offers(self.host.fix_list.rows(), broken[1].symptoms))

    def broken(self) -> None:
        """To the first number that was not finite, of the run that broke first, with the panel open."""
        now, records = self.host.now, self.host.records
        runs = [run for run in (records.baseline, records.with_fixes) if run and run.broken is not None]
        if not runs:
            self.host.say(note=f"no inf or NaN in {now.playback.completed} updates so far")
            return
        first = min(runs, key=lambda run: run.broken or 0)
        assert first.first_nonfinite is not None
        playback = seek_failure(now.playback, first.broken or 0, now.iterations)
        self.host.become(move(replace(now, playback=playback), layer=first.first_nonfinite.layer))

    def report(self) -> None:
        """Open the panel the first time that a run breaks."""
        broken, now = self.broken_run, self.host.now
        if broken is None:
            return
        run_and_fixes = (broken[0], now.fixes if broken[0] else ())
        if run_and_fixes not in self._reported:
            self._reported.add(run_and_fixes)
            self.host.follow(replace(now, playback=replace(now.playback, failure_panel=True)))

    def forget(self) -> None:
        """Other runs are made: report them as the first."""
        self._reported.clear()

    def close(self) -> None:
        """Close the panel."""
        now = self.host.now
        self.host.become(replace(now, playback=replace(now.playback, failure_panel=False)))

    def draw(self) -> None:
        """The panel, if a run is broken and it is open."""
        broken, panel = self.broken_run, self.screen.query_one(FailurePanel)
        self.screen.set_class(self.is_open, "-reported")
        if broken is None:
            panel.show("", None, ())
            return
        which, run = broken
        first = which == 0
        page = [fix.name for fix in self.host.fix_panel.page]
        rows, cures = self.host.fix_list.rows(), self.host.cures
        tried = preventions(rows, cures) if first else ()
        offered = tried or [fix for fix in offers(rows, run.symptoms) if not fix.on or first]
        elsewhere = "A" if tried else "f"  # the list has the best first, the panel as it was when it was first used
        keys = tuple((str(page.index(fix.name) + 1) if fix.name in page else elsewhere, fix) for fix in offered)
        since = cures.since if cures is not None and tried else None
        role = "baseline" if first else "fixed"
        most = 6 if self.screen.has_class("-short") else MOST
        panel.show(self.host.now.names[which], run, keys, most, since, role)
