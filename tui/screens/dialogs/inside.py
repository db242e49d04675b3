"""What is inside a layer: its operations in order, its parameters, and what is measured of it alone."""

import math
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import WorkType

from ....sim.errors import printable
from ....sim.results.inside import ENTERS, Inside, Part
from ....sim.results.trace import Trace, step_word
from ....sim.scenario.quantities import every_trace, quantities
from ....sim.text import format_number
from ...charts.plot.grid import Row
from ...charts.plot.rule import ruled
from ...terminal.faults import reason
from ...terminal.glyphs import fit, glyphs, has_braille, wrap
from ...terminal.textual_private import Window, screen_text
from ...widgets.text_rows import TextRows
from ...workers.passes import Runs, Views
from ...workers.threads import Stopped, in_thread
from .glossary import Glossary

NO_MEMORY = "not enough memory to keep all arrays of this layer; make batch, steps or width smaller"
WORDS, SHAPE, NUMBER = 16, 10, 9  # columns; what remains is for names
ABOUT = (
    "rms is over batch and features, of the array and of the loss's gradient by it. factor: the gradient's norm after "
    f"an operation, at what it reads first, over that before it; in the row '{ENTERS}', of the whole layer. A dash "
    "stands where a row has no such number, and for 0/0."
)


class InsideText(TextRows):
    """Each run's operations, parameters and own quantities below each other."""

    def __init__(self, runs: Runs, names: tuple[str, str]):
        super().__init__()
        self._runs, self._names = (runs.baseline, runs.with_fixes), names
        self._views: Views[Inside] | None = None
        self._failure = ""

    def show(self, views: Views[Inside] | str) -> None:
        """The layer of each run, or why there is none."""
        self._views, self._failure = (None, views) if isinstance(views, str) else (views, "")
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Tables, or that they are on their way."""
        if self._views is None:
            return [((line, "error" if self._failure else "label"),) for line in
                    wrap(self._failure or "simulating", width, 9)]  # fmt: skip
        rows: list[Row] = []
        roles, views = ("baseline", "fixed"), (self._views.baseline, self._views.with_fixes)
        for name, role, trace, found in zip(self._names, roles, self._runs, views, strict=True):
            if trace is None or found is None:
                continue
            if self._runs[1] is not None:
                rows += [((name, role),)]
            rows += [*_operations(found.parts, width), *_parameters(found, width), *_measured(trace, found, width), ()]
        return [*rows, *[((line, "label"),) for line in wrap(ABOUT, width, 9)]]


class InsideWindow(Window[None]):
    """Opened at once, filled when `job` has made the pass once more in a thread."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,enter", "dismiss(None)", "leave", id="inside.leave"),
        Binding("question_mark,G", "glossary", "words", id="inside.words"),
    ]

    def __init__(self, runs: Runs, layer: int, step: int, names: tuple[str, str], update: int | None,
                 job: Callable[[Stopped], Views[Inside]]):  # fmt: skip
        super().__init__()
        self._job = job
        longer = max((run for run in (runs.baseline, runs.with_fixes) if run is not None), key=lambda run: run.depth)
        info = longer.layers[layer - 1]
        moment = f", {step_word(runs.baseline, runs.with_fixes)} {step} of {runs.steps}" if runs.steps > 1 else ""
        self._heading = f"inside layer {layer} of {longer.depth}: {printable(info.label or info.kind)}{moment}"
        self._heading += f", before update {update}" if update is not None else ""
        self._text = InsideText(runs, names)

    def compose(self) -> ComposeResult:
        """What it is of, and one scrolling text."""
        with Vertical(classes="window"):
            yield Static(Content(self._heading), classes="heading")
            with VerticalScroll(id="scroll"):
                yield self._text
            yield Static(Content("up/down scroll   ? what the words mean   Escape leaves"), classes="foot")

    def on_mount(self) -> None:
        """The arrows scroll at once."""
        self.query_one("#scroll").focus()
        job: WorkType[None] = self._fill
        self.run_worker(job, description="what is inside")  # which ends with the window

    async def _fill(self) -> None:
        try:
            self._text.show(await in_thread(self._job))
        except Exception as error:  # whatever it is, the window says so
            self._text.show(reason(error, NO_MEMORY))

    def action_glossary(self) -> None:
        """The words of this window, in its place."""
        self.app.switch_screen(Glossary(screen_text(self)))


def _operations(parts: tuple[Part, ...], width: int) -> list[Row]:
    """By sublayer what each operation makes."""
    if not parts:
        return [(("  one operation, whose numbers are those of the layer", ""),)]
    head = _line("operation", "array", "shape", ("rms", "gradient", "factor"), width)
    rows: list[Row] = [ruled(((head, "label"),), width, has_braille())]
    for sublayer, group in groupby(parts, lambda part: part.sublayer):
        rows += [((f" {sublayer}", "title"),)] if sublayer else []
        for part in group:
            numbers = (_number(part.rms), _number(part.gradient_rms), _number(part.factor))
            text = _line(part.operation, part.name, _shape(part.shape), numbers, width)
            rows.append(((text, ""),))
    return rows


def _parameters(found: Inside, width: int) -> list[Row]:
    if not found.parameters:
        return []
    head = _line("parameters", "", "shape", ("norm", "gradient", ""), width)
    rows: list[Row] = [ruled(((head, "label"),), width, has_braille())]
    for one in found.parameters:
        numbers = (format_number(one.norm), _number(one.gradient_norm), "")
        rows.append(((_line(one.name, "", _shape(one.shape), numbers, width), ""),))
    return rows


def _measured(trace: Trace, found: Inside, width: int) -> list[Row]:
    """What not every kind of layer has, in its words."""
    rows: list[Row] = []
    for name in trace.profile:
        value = float(trace.profile[name][found.layer - 1, found.step - 1])
        if name in every_trace() or name not in quantities() or math.isnan(value):
            continue
        quantity = quantities()[name]
        unit = quantity.unit if quantity.unit in ("", "%") else f" {quantity.unit}"
        told = f"{format_number(value * quantity.times)}{unit}"
        rows.append(((_line(quantity.title, "", "", (told.rjust(3 * NUMBER),), width), ""),))
    head = ("  measured of this layer" + " " * width)[:width]
    return [ruled(((head, "label"),), width, has_braille()), *rows] if rows else []


def _line(words: str, name: str, shape: str, numbers: Iterable[str], width: int) -> str:
    """Columns of a row; without a name what stands before the shape has its room too."""
    room = max(width - 2 - WORDS - SHAPE - 3 * NUMBER, 8)
    whole = WORDS + room
    first = f"{fit(words, WORDS - 1):{WORDS}}{fit(name, room):{room}}" if name else f"{fit(words, whole):{whole}}"
    return f"  {first}{fit(shape, SHAPE - 1):>{SHAPE}}{''.join(f'{text:>{NUMBER}}' for text in numbers)}"[:width]


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _number(value: float | None) -> str:
    return glyphs().dash if value is None else format_number(value)
