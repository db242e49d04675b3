"""The form: every key of the scenario, edited in place. What can't be applied is explained below its field."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.worker import WorkType

from ...sim.data.samples import Samples
from ...sim.errors import Problem, ScenarioError, UserError, printable
from ...sim.scenario.scenario import Scenario
from ...sim.scenario.schema import FILES
from ..state.form_fields import FIRST, FIRST_OF_TRAINING, Field, changes, fields
from ..workers.threads import in_thread
from .field import FieldRow

Edited = Callable[[dict[str, object]], None]
"""Changes keys of the scenario."""


class Form(VerticalScroll, can_focus=False):
    """Fields of a scenario. Choices apply at once, typed values with Enter or when the field is left."""

    help: ClassVar[str] = (
        "e opens the scenario's fields. Up and down move between them. In a field with choices left and right "
        "go through them, or type the first letters; the chart answers at once. Type numbers and press Enter. "
        "An empty field means the default. Escape leaves."
    )

    class Hint(Message):
        """What a field means and allows, for the status line."""

        def __init__(self, text: str):
            super().__init__()
            self.text = text

    def __init__(self, edited: Edited, *, id: str | None = None, training: bool = False):  # noqa: A002
        super().__init__(id=id)
        self._edited, self._training = edited, training  # whether the fields of training come first
        self._scenario: Scenario | None = None
        self._dropped: Mapping[str, object] = {}
        self._pending: dict[str, str] = {}
        self._last = ""
        self._refused: tuple[Scenario, list[Problem]] | None = None  # for the file that it names

    def show(self, scenario: Scenario, dropped: Mapping[str, object]) -> None:
        """Show a scenario's values; a field whose text could not be applied yet keeps it.

        `dropped` are values of keys that come back with a kind of layer that knows them.
        """
        self._dropped = dropped
        if scenario is self._scenario:
            return
        self._scenario = scenario
        self._refill(fields(scenario, self._training))

    def compose(self) -> ComposeResult:
        """One row a field."""
        if self._scenario is not None:
            for field in fields(self._scenario, self._training):
                yield self._row(field)

    def enter(self) -> None:
        """Focus the field that was edited last, or the first."""
        rows, first = self._rows(), FIRST_OF_TRAINING if self._training else FIRST
        row = next((row for key in (self._last, first) for row in rows if row.field.key == key), None)
        if row is not None:
            self.screen.set_focus(row.value)

    def _refill(self, wanted: tuple[Field, ...]) -> None:
        rows = self._rows()
        if [row.field.key for row in rows] == [field.key for field in wanted]:
            for row, field in zip(rows, wanted, strict=True):
                row.fill(field, self._pending.get(field.key))
            self._explain(self._problems(self._pending))
        elif self.is_mounted:
            self._rebuild(rows, wanted)

    def _rebuild(self, rows: list[FieldRow], wanted: tuple[Field, ...]) -> None:
        """Other choices have other parameters, which are rows of their own; the other rows stay, and the focus."""
        had_focus = self.has_focus_within
        reused = {row.field.key: row for row in rows if any(row.suits(field) for field in wanted)}
        for row in rows:
            if row.field.key not in reused:
                row.gone = True
                row.remove()
        before: FieldRow | None = None
        for field in wanted:
            row = reused.get(field.key) or self._row(field)
            if field.key in reused:
                row.fill(field, self._pending.get(field.key))
            else:
                self.mount(row, after=before) if before else self.mount(row, before=0)
            before = row
        self._explain(self._problems(self._pending))
        if had_focus and not any(row.value.has_focus for row in self._rows()):
            self.enter()

    def _row(self, field: Field) -> FieldRow:
        return FieldRow(field, self._typed, self._pending.get(field.key))

    def _rows(self) -> list[FieldRow]:
        """The rows that stay."""
        return [row for row in self.query(FieldRow) if not row.gone]

    def _typed(self, field: Field, text: str, apply: bool) -> None:
        """A text was changed: explain at once what is wrong with it, apply when asked."""
        assert self._scenario is not None
        self._last = field.key
        if text == printable(field.value):
            self._pending.pop(field.key, None)
        else:
            self._pending[field.key] = text
        self._explain(self._problems(self._pending))
        if field.key in FILES:
            self.workers.cancel_group(self, "file")
        if apply:
            if field.key in FILES:
                self._refused = None  # the file may have been mended since
            one = {field.key: text}
            if not self._apply(dict(self._pending), one):
                self._apply(one)  # what is wrong elsewhere can wait

    def _apply(self, texts: dict[str, str], otherwise: dict[str, str] | None = None) -> bool:
        """Ask for the changes that texts of fields mean, if all of them are right; a file is tried first."""
        assert self._scenario is not None
        wanted = changes(self._scenario, texts, self._dropped)
        if not wanted or self._problems(texts):
            return False
        if any(wanted.get(key) is not None for key in FILES):
            job: WorkType[None] = partial(self._try_file, self._scenario.edit(wanted), texts, wanted, otherwise or {})
            self.run_worker(job, group="file", description="trying a file", exclusive=True)
        else:
            self._ask(texts, wanted)
        return True

    def _ask(self, texts: dict[str, str], wanted: dict[str, object]) -> None:
        self._pending = {key: text for key, text in self._pending.items() if texts.get(key) != text}
        self._edited(wanted)

    async def _try_file(self, tried: Scenario, texts: dict[str, str], wanted: dict[str, object],
                        otherwise: dict[str, str]) -> None:  # fmt: skip
        """Load the file that is wanted, in a thread: it may be large. One that can't be used is refused."""
        try:
            await in_thread(lambda _stopped: _load(tried))
        except Exception as error:  # a mistake in reading a file must not end the interface
            problems = error.problems if isinstance(error, UserError) else (Problem("", f"can't be read: {error!r}"),)
            key = next(key for key in FILES if wanted.get(key) is not None)
            self._refused = (tried, [Problem(key, str(problem)) for problem in problems])
            if not set(FILES) & set(otherwise):
                self._apply(otherwise)
        else:
            self._refused = None
            self._ask(texts, wanted)
        self._explain(self._problems(self._pending))

    @on(FieldRow.Entered)
    def _entered(self, event: FieldRow.Entered) -> None:
        event.stop()
        self._last = event.field.key
        self.post_message(self.Hint(event.field.about))

    def forget(self) -> None:
        """Drop what was typed and not applied."""
        self._pending.clear()
        self.workers.cancel_group(self, "file")
        if self._scenario is not None:
            self._explain([])
            self._refill(fields(self._scenario, self._training))

    def _problems(self, texts: Mapping[str, str]) -> list[Problem]:
        """What is wrong with the scenario if texts of fields are put into it."""
        assert self._scenario is not None
        try:
            wanted = self._scenario.edit(changes(self._scenario, texts, self._dropped))
        except ScenarioError as error:
            return list(error.problems)
        refused = self._refused
        same = refused and any(map(texts.get, FILES)) and _of_files(refused[0]) == _of_files(wanted)
        return refused[1] if refused and same else []

    def _explain(self, problems: list[Problem]) -> None:
        """Each problem below its field; one whose key has no field of its own below the field edited last."""
        rows = self._rows()
        keys = {row.field.key for row in rows}
        for row in rows:
            key = row.field.key
            row.explain(" ".join(p.message for p in problems
                                 if p.key == key or (p.key not in keys and key == self._last)))  # fmt: skip

    def on_key(self, event: events.Key) -> None:
        """Up and down move between the fields."""
        rows = self._rows()
        step = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1, "pageup": -6, "pagedown": 6}.get(event.key)
        here = next((i for i, row in enumerate(rows) if row.value.has_focus), None)
        if step is None or here is None:
            return
        event.stop()
        event.prevent_default()
        target = (here + step) % len(rows) if abs(step) == 1 else min(max(here + step, 0), len(rows) - 1)
        self.screen.set_focus(rows[target].value)  # at once, so that two quick keys move twice


def _load(scenario: Scenario) -> Samples:
    """All samples of a scenario, whose file of weights fits; raises UserError."""
    from ...sim.data.batches import load_samples

    samples = load_samples(scenario)
    if scenario.network.weights is not None:
        from ...sim.network.stored_weights import check_weights

        check_weights(scenario, samples)
    return samples


def _of_files(scenario: Scenario) -> tuple[object, ...]:
    """What says which files are read, and how."""
    return scenario.data, scenario.loss, scenario.network.weights
