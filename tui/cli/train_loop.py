"""The work of `gradsim train`: update after update, written while it is made, until it is done or stopped."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...sim.data.probe import refuse_probe
from ...sim.errors import Cancelled
from ...sim.numerics.allocator import keep_freed_memory
from ...sim.scenario.file import make_scenario
from ...sim.scenario.scenario import Scenario
from ...sim.training.failure import failure_of
from ...sim.training.history import Update
from ...sim.training.memory import refuse_training_if_too_large
from ...sim.training.run import Run
from ...sim.training.run_file import load_run
from ...sim.training.tried import Tried
from ...sim.training.verdict import WENT_WRONG
from .advice_loop import ask
from .commands.run import report_compiling
from .process.autosave import Keeper
from .process.output import emit
from .process.progress import progress, say
from .process.signals import Stop
from .report.train_records import csv_header, csv_line, json_line
from .scenario_arguments import edits

STREAMS = ("json", "csv")
ADVICE_SECONDS = 8.0  # for trying fixes after a run that went wrong


class Work:
    """One or two runs side by side, of which the last counts."""

    def __init__(self, form: str, save: str | None, stop: Stop):
        self.form, self.save, self.stop = form, save, stop
        self.streams = form in STREAMS
        self.runs: list[Run] = []
        self.total = 0
        self.last: Update | None = None
        self.unsaved = False

    def begin(self, scenario: Scenario, repaired: Scenario) -> None:
        """New runs: of the scenario as it is, if that is wanted too, and with fixes."""
        refuse_probe(repaired)
        wanted = [repaired] if self.streams or repaired == scenario else [scenario, repaired]
        self.runs = [Run(one, self._report, self.stop.check) for one in wanted]
        self.total = repaired.training.iterations

    def reopen(self, path: Path, iterations: str | None) -> None:
        """A saved run, to be continued if it has fewer updates than it was made for, or than are wanted now.

        That of a probe, which an earlier version has trained, is only shown.
        """
        run = load_run(path, self._report)
        wanted = make_scenario(run.scenario.plain(), edits(iterations=iterations))
        more = wanted.training.iterations if iterations is not None or not run.scenario.loss.is_probe else 0
        self.runs, self.total = [run], max(len(run), more)
        refuse_training_if_too_large(run.scenario, self.total)

    def train(self) -> None:
        """Make the updates that are missing, write them if they stream, and save; raises Cancelled if stopped."""
        run = self.runs[-1]
        keeper = Keeper(self.save, run)
        keep_freed_memory()
        try:
            with progress(self.total, len(run), self.streams) as shown:

                def watch(*_: Any) -> None:
                    self.stop.check()
                    shown.watch()

                self._write_recorded(watch)
                for update in self._updates(watch):
                    self.last = update
                    self._write(update)
                    shown.made(run.history)
                    keeper.now_and_then()
        finally:
            keeper.finish(whole=len(run) >= self.total)
            self.unsaved = bool(keeper.error)

    def show(self, fixes: Sequence[str]) -> None:
        """Print what has not been written yet."""
        done = len(self.runs[-1]) if self.runs else 0
        if self.stop.number:
            say(f"stopped after {done} of {self.total} updates" if done else "stopped before the first update")
        if not done:
            return
        from .report.advice import prevention_json
        from .report.train_table import to_plot, to_table

        if self.form == "table":
            emit(to_table(self.runs, fixes, *self._advice()))
        elif self.form == "plot":
            emit(to_plot(self.runs, fixes, self._advice()[0]))
        elif self.form == "json" and self._failed:
            emit(prevention_json(*self._advice()))

    @property
    def _failed(self) -> bool:
        return self.runs[-1].verdict.kind in WENT_WRONG

    def _advice(self) -> tuple[tuple[Tried, ...], bool]:
        """What was tried against what is wrong, and if that is all; nothing where nothing is, or it was stopped.

        After a failure that is from the last healthy update on, else from the start.
        """
        run = self.runs[-1]
        wrong = bool(run.symptoms) and not run.scenario.loss.is_probe
        if not wrong or self.stop.number:
            return (), not wrong
        try:
            question = failure_of(run, self.stop.check) or run.scenario
        except Cancelled:
            return (), False
        return ask(question, ADVICE_SECONDS, self.stop, symptoms=run.symptoms)

    def failed(self, kinds: Sequence[str]) -> bool:
        """Whether any of these kinds of trouble is in the run, or in the pass of its last update."""
        run = self.runs[-1]
        verdicts = {run.verdict.kind, "nonfinite" if run.first_nonfinite else ""}
        if verdicts.isdisjoint(kinds) and kinds:
            last = self.last or run.visit(len(run) - 1)
            verdicts.add(last.trace.verdict.kind)
        return not verdicts.isdisjoint(kinds)

    def _updates(self, watch: Any) -> Iterator[Update]:
        while len(self.runs[-1]) < self.total:
            updates = [run.advance(watch, spectral=self.form == "json") for run in self.runs]
            yield updates[-1]

    def _write_recorded(self, watch: Any) -> None:
        """The lines of the updates that a saved run has already; they are recomputed where numbers don't do."""
        run = self.runs[-1]
        if self.form == "csv":
            emit(csv_header(run.scenario.depth))
        for i in range(len(run)) if self.streams else ():
            self.stop.check()
            if self.form == "json":
                self.last = run.visit(i, watch, spectral=True)
                emit(json_line(self.last))
            else:
                emit(csv_line(run.history, i))

    def _write(self, update: Update) -> None:
        if self.form == "json":
            emit(json_line(update))
        elif self.form == "csv":
            emit(csv_line(self.runs[-1].history, update.iteration))

    def _report(self, done: int, total: int) -> None:
        self.stop.check()
        report_compiling(done, total)
