"""The widget that shows a picture: built in a thread, repainted only where it changed.

    plot.show(ProfilePicture("gradient_rms", baseline, with_fixes))  # any Picture; None blanks it
    plot.cursor = 7                                               # cheap: no new build
    def on_plot_widget_picked(self, event): event.layer           # a click or drag; event.step where it has steps

textual_plotext's own widget builds on the event loop and repaints its whole region, which over a slow
line holds up keys for seconds.
"""

import threading
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ..charts.plot.area import Cursor
from ..charts.plot.colour_scale import LEVELS
from ..charts.plot.grid import SHADES, Axes, Drawing, Grid, Picture, Row, changed_columns, frame
from ..charts.plot.thick import thick
from ..terminal.glyphs import has_braille

turn = threading.Lock()  # several together would only take turns, and each be later
HEAT = tuple(f"heat{level}" for level in range(LEVELS))
WORDS = (
    "healthy",
    "vanishing",
    "exploding",
    "nonfinite",
    "dead",
    "learning",
    "stalled",
    "diverging",
    "undecided",
    "trains",
    "doubtful",
    "sick",
    "none",
    "failed",
)  # what a place of a map may be, each with its mark
ROLES = ("title", "label", "axis", "baseline", "fixed", "cursor", "cell", "mark", *SHADES, *WORDS, *HEAT)


def _broadly(picture: Picture, width: int, height: int, *, axes: Axes | None, braille: bool) -> Drawing:
    """The drawing with a broader pen."""
    return thick(picture.draw(width, height, axes=axes, braille=braille))


class PlotWidget(Widget):
    """Shows a picture at its own size, with a cursor column."""

    ALLOW_SELECT = False  # dragging picks layers and steps
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"plot--{role}" for role in ROLES}
    DEFAULT_CSS = """
    PlotWidget {
        width: 1fr; height: 1fr;
        & > .plot--title { text-style: bold; }
        & > .plot--label { color: $text-muted; }
        & > .plot--axis { color: $text-disabled; }
        & > .plot--baseline { color: $text-warning; }
        & > .plot--fixed { color: $text-accent; }
        & > .plot--cursor, & > .plot--cell { text-style: bold reverse; }
        & > .plot--mark { text-style: bold; }
        & > .plot--band { color: $text-disabled; }
    }
    """

    cursor: reactive[Cursor] = reactive(None, repaint=False)

    class Picked(Message):
        """A layer, a step, or both were clicked, or dragged over, in a plot."""

        def __init__(self, widget: "PlotWidget", layer: int | None, step: int | None):
            super().__init__()
            self.widget, self.layer, self.step = widget, layer, step

        @property
        def control(self) -> "PlotWidget":
            """The plot, so that `@on(PlotWidget.Picked, "#id")` works."""
            return self.widget

    class Drawn(Message):
        """A thread has finished a drawing (internal)."""

        def __init__(self, picture: Picture, drawing: Drawing):
            super().__init__()
            self.picture, self.drawing = picture, drawing

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None):  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self.drawing: Drawing | None = None
        self._picture: Picture | None = None
        self.building = False
        self._rows: tuple[Row, ...] = ()
        self._strips: dict[int, Strip] = {}
        self._braille = has_braille()
        self.broad = False  # drawn with a broader pen

    def show(self, picture: Picture | None, waiting: bool = False) -> None:
        """Show a picture as soon as it is built; of pictures that come too fast only the last is built.

        Without one blank the plot; waiting for the next its labels and axes stay.
        """
        self._picture = picture
        if picture is None:
            rows = self.drawing.rows if self.drawing else self._rows  # without the cursor
            self._repaint(frame(rows) if waiting else ())
            self.drawing = None
        self._build()

    def render_line(self, y: int) -> Strip:
        """One row of the picture."""
        if y not in self._strips:
            row = self._rows[y] if y < len(self._rows) else ()
            segments = [Segment(text, self._style(role)) for text, role in row]
            self._strips[y] = Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
        return self._strips[y]

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"plot--{role}") if role else self.rich_style

    def notify_style_update(self) -> None:
        """A new theme has new colours for the same rows."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """A picture is built for one size."""
        self._strips.clear()
        self._build()

    def watch_cursor(self) -> None:
        """The cursor is drawn over the finished picture."""
        if self.drawing is not None:
            self._repaint(self.drawing.with_cursor(self.cursor))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click picks what is under it."""
        self._pick(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Dragging picks what is on the way."""
        if event.button:
            self._pick(event)

    def _pick(self, event: events.MouseEvent) -> None:
        offset = event.get_content_offset(self)
        position = self.drawing.at(offset.x, offset.y) if offset and self.drawing else None
        if position is not None:
            self.post_message(self.Picked(self, *position))

    def _build(self) -> None:
        if self.building or self._picture is None or not self.size or not self.is_mounted:
            return
        self.building = True
        axes = self.drawing.axes if self.drawing else None
        draw = self._picture.draw if not self.broad else partial(_broadly, self._picture)
        job = partial(draw, self.size.width, self.size.height, axes=axes, braille=self._braille)
        work = partial(self._work, self._picture, job)
        self.run_worker(work, thread=True, group="plot", description="plot")  # else it prints all numbers of `work`

    def _work(self, picture: Picture, job: "partial[Drawing]") -> None:
        try:
            with turn:
                drawing = job()
        except Exception as error:  # a chart that can't be drawn must not end the interface
            grid = Grid(self.size.width, self.size.height)
            grid.put(0, 0, f"this can't be drawn: {error!r}", "label")
            drawing = Drawing(grid.rows(), grid.width, grid.height)
        self.post_message(self.Drawn(picture, drawing))

    def on_plot_widget_drawn(self, event: "PlotWidget.Drawn") -> None:
        """Show what a thread has built; if another picture or size is wanted by now, build that next."""
        event.stop()
        self.building = False
        drawing = event.drawing
        if self._picture is not None:
            self.drawing = drawing
            self._repaint(drawing.with_cursor(self.cursor))
        if event.picture is not self._picture or (drawing.width, drawing.height) != tuple(self.size):
            self._build()

    def _repaint(self, rows: tuple[Row, ...]) -> None:
        """Refresh the columns that differ from what is on the screen."""
        old, self._rows = self._rows, rows
        regions = []
        for y in range(max(len(old), len(rows))):
            before, after = (r[y] if y < len(r) else () for r in (old, rows))
            if before != after:
                self._strips.pop(y, None)
                first, end = changed_columns(before, after)
                regions += [Region(first, y, end - first, 1)] * (first < end)
        if regions:
            self.refresh(*regions)
