"""All that gradsim uses of Textual's private parts, so that another version of Textual can break nothing but this file.

Textual ends the program on any error of a handler, and stops the widget that had it. Here an error goes to `fault`,
which decides whether the program goes on, and what had it goes on as well.
"""

import contextlib
import traceback
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar

from rich.console import Console, RenderableType
from rich.control import Control
from textual._context import active_message_pump
from textual._styles_cache import StylesCache
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.driver import Driver
from textual.events import Click, InputEvent, Resize
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import OptionList
from textual.worker import WorkerFailed

from .partial_paint import Painter

try:
    from textual._compositor import ChopsUpdate, LayoutUpdate
except ImportError:  # another version of Textual: frames are painted as it likes
    ChopsUpdate = type("ChopsUpdate", (), {})  # type: ignore[misc, assignment]
    LayoutUpdate = type("LayoutUpdate", (), {})  # type: ignore[misc, assignment]

T = TypeVar("T")
BY_HAND = (InputEvent, Resize)
CHANGED = (Resize, Driver.SignalResume)  # after these the terminal may show anything: each moves lines in its way
PAINTERS = ("_refresh_layout", "_compositor_refresh")  # of a screen
Cause = Literal["a hand", "painting", "itself"]
"""What an error came of: a key or the mouse, which is no loop; a frame, which is missing then; or anything else."""


def _let_widgets_go() -> None:
    """Textual caches a method that reads only its two colours by its widget's rows too, and keeps a thousand."""
    cached: Any = vars(StylesCache).get("get_inner_outer")
    if hasattr(cached, "cache_info"):
        of_colours = lru_cache(1024)(partial(cached.__wrapped__, StylesCache))
        StylesCache.get_inner_outer = staticmethod(of_colours)  # type: ignore[assignment]


def _let_gone_options_be() -> None:
    """A click knows its option from the last frame; a list that has become shorter since then has it no more."""
    clicked = OptionList._on_click

    async def on_click(self: OptionList, event: Click) -> None:
        if event.style.meta.get("option", 0) < self.option_count:
            await clicked(self, event)

    OptionList._on_click = on_click  # type: ignore[method-assign]


_let_widgets_go()
_let_gone_options_be()


class SturdyApp(App[int]):
    """An application that an error of a handler, watcher, timer, worker or widget need not end."""

    broken: Exception | None = None  # what has ended it

    def __init__(self) -> None:
        super().__init__()
        self._painter = Painter()

    def fault(self, error: Exception, screen: Screen[Any] | None, cause: Cause) -> bool:
        """Whether it goes on after an error on a screen."""
        raise NotImplementedError

    def frame(self, screen: Screen[Any]) -> bool:
        """Whether what a screen has painted is to be seen."""
        raise NotImplementedError

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Screens that shine through the one on top: none through one that is opaque, where Textual takes the next.

        What changes there would send the whole of what hides it.
        """
        hidden = any(screen.styles.background.a == 1 for screen in self._screen_stack[-1:])
        return [] if hidden else super()._background_screens

    def exit_soon(self, status: int) -> None:
        """Exit as soon as the loop can; from a signal handler or another thread."""
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.exit, status)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self.frame(screen):
            super()._display(screen, exactly(self._painter, renderable))

    async def _dispatch_message(self, message: Message) -> None:
        if isinstance(message, CHANGED):
            self._painter.forget()
        await _guarded(self, super()._dispatch_message, message)

    def _register(self, parent: Any, *widgets: Widget, **places: Any) -> list[Widget]:
        for widget in widgets:
            _guard(self, widget)
        return super()._register(parent, *widgets, **places)

    def _start_widget(self, parent: Widget, widget: Widget) -> None:
        _guard(self, widget)
        super()._start_widget(parent, widget)

    def _handle_exception(self, error: Exception, cause: Cause = "itself") -> None:
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        pump = active_message_pump.get(None)
        if self.broken is not None or self._exit:  # it ends already
            return
        if isinstance(error, NoMatches) and any(palette.left for palette in _palettes(error)):
            return
        cause = "painting" if _painting(error) else cause
        if not (self._running and self.fault(error, _screen(pump), cause)):
            self._break(error)
        elif cause == "painting":  # the whole frame is missing
            self.call_later(self.action_repaint)

    def action_repaint(self) -> None:
        """Send the whole screen, whatever the terminal shows: another program may have written over it."""
        self._painter.forget()
        self.refresh(layout=True)

    def panic(self, *renderables: RenderableType) -> None:  # noqa: ARG002
        """The thread that reads the terminal has failed."""
        self._break(OSError("the terminal can't be read any more"))

    def _break(self, error: Exception) -> None:
        self.broken = self._exception = error
        self._exception_event.set()
        self._close_messages_no_wait()


def _guard(app: SturdyApp, widget: Widget) -> None:
    """See to it that an error of one message ends neither the app nor the widget."""
    if "_dispatch_message" not in vars(widget):
        vars(widget)["_dispatch_message"] = partial(_guarded, app, widget._dispatch_message)


async def _guarded(app: SturdyApp, dispatch: Callable[[Message], Awaitable[None]], message: Message) -> None:
    try:
        await dispatch(message)
    except Exception as error:
        app._handle_exception(error, "a hand" if isinstance(message, BY_HAND) else "itself")


def _painting(error: Exception) -> bool:
    """Whether it happened while a screen was laid out or painted."""
    return any(frame.f_code.co_name in PAINTERS for frame, _ in traceback.walk_tb(error.__traceback__))


def _palettes(error: Exception) -> Iterator["Palette"]:
    """The palettes in whose methods it happened; a worker's are known by nothing else."""
    owners = (frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__))
    return (owner for owner in owners if isinstance(owner, Palette))


def _screen(pump: MessagePump | None) -> Screen[Any] | None:
    """The screen that a widget is on, or was."""
    with contextlib.suppress(NoScreen):
        return pump.screen if isinstance(pump, Widget) else None
    return None


def screen_strips(screen: Screen[Any]) -> list[Strip]:
    """What a screen shows, row by row."""
    return list(screen._compositor.render_strips())


def screen_text(screen: Screen[Any]) -> str:
    """What a screen shows, as plain lines without what is blank at their ends."""
    return "\n".join(strip.text.rstrip() for strip in screen_strips(screen))


class Window(ModalScreen[T]):
    """A window that can be left once. Textual's takes the screen below with it if it is left twice at once."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave it with a result, unless it has been left already."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Palette(CommandPalette):
    """The command palette, a window too; it can't turn the pages of a list that is not laid out yet."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """As of any window."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    @property
    def left(self) -> bool:
        """Whether its parts are gone, while its timers and the gathering of commands still look for them."""
        return not self.query(CommandList)

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).scrollable_content_region.height or "page" not in action:
            super()._action_command_list(action)


def exactly(painter: Painter, renderable: RenderableType | None) -> RenderableType | None:
    """A frame without what is on the terminal already; a whole screen is sent as it is."""
    if type(renderable) is ChopsUpdate:
        return _Changes(painter, renderable)
    if type(renderable) is LayoutUpdate:
        return _Whole(painter, renderable)
    return renderable


class _Changes(ChopsUpdate):
    """A partial update."""

    def __init__(self, painter: Painter, frame: ChopsUpdate):
        super().__init__(frame.chops, frame.spans, frame.chop_ends)
        self._painter = painter

    def render_segments(self, console: Console) -> str:
        """The control sequences and the text."""
        return "".join(self._parts(console))

    def _parts(self, console: Console) -> Iterator[str]:
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, left), min(end, right)
                if strip is not None and first < last:
                    for column, part in self._painter.paint(y, first, strip.crop(first - x, last - x)):
                        yield str(Control.move_to(column, y))
                        yield part.render(console)


class _Whole(LayoutUpdate):
    """A whole screen or a region of it, sent whatever is there: it also mends what others have written over it."""

    def __init__(self, painter: Painter, frame: LayoutUpdate):
        super().__init__([list(strips) for strips in frame.strips], frame.region)
        painter.forget()
        self._painter = painter

    def render_segments(self, console: Console) -> str:
        """The control sequences and the text."""
        for y, strips in enumerate(self.strips, self.region.y):
            x = self.region.x
            for strip in strips:
                for _ in self._painter.paint(y, x, strip):
                    pass
                x += strip.cell_length
        return super().render_segments(console)
