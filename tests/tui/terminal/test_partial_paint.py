"""What is sent to the terminal: painted over what was there, it gives the whole new screen."""

import re

import pytest
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.state.session import begin
from gradsim.tui.terminal import partial_paint
from gradsim.tui.terminal.textual_private import SturdyApp, exactly, screen_text
from pilot import painted, quiet, until

CODE = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|([^\x1b])", re.DOTALL)


def paint(grid: dict[tuple[int, int], tuple[str, str]], output: str) -> None:
    """A terminal that knows as much as a frame needs: places, styles and characters of one column."""
    x = y = 0
    style = ""
    for row, column, sgr, character in CODE.findall(output):
        if row:
            y, x = int(row) - 1, int(column) - 1
        elif character:
            grid[y, x] = (character, style)
            x += 1
        else:
            style = "" if sgr == "0" else sgr


def whole(app: GradsimApp) -> dict[tuple[int, int], tuple[str, str]]:
    grid: dict[tuple[int, int], tuple[str, str]] = {}
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        paint(grid, f"\x1b[{y + 1};1H{strip.render(app.console)}")
    return grid


async def test_frames_add_up_to_the_screen(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    frames: list[CompositorUpdate] = []
    show = GradsimApp._display

    def record(app, screen, renderable) -> None:
        if renderable is not None:
            frames.append(renderable)
        show(app, screen, renderable)

    chosen = parse_scenario({"network": {"depth": 12, "width": 8, "activation": "sigmoid"}})
    app = GradsimApp(begin(chosen))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.main.runs is None or app.main.waiting:
            await pilot.pause()
        await quiet(app)
        await pilot.pause()
        screen, sent, full, painter = whole(app), 0, 0, partial_paint.Painter()
        monkeypatch.setattr(GradsimApp, "_display", record)
        for key in ("right", "right", "left", "down", "1", "v"):
            frames.clear()
            await pilot.press(key)
            await quiet(app)
            await pilot.pause()
            for frame in frames:
                output = exactly(painter, frame).render_segments(app.console)
                sent += len(output)
                full += len(frame.render_segments(app.console))
                paint(screen, output)
                assert exactly(painter, frame).render_segments(app.console) == "", "all of it is there"
            now = whole(app)
            assert {at: cell[0] for at, cell in screen.items()} == {at: cell[0] for at, cell in now.items()}
            lettered = [at for at, cell in now.items() if not cell[0].isspace()]
            assert [screen[at] for at in lettered] == [now[at] for at in lettered]
        assert 0 < sent < 0.7 * full
        monkeypatch.setattr(GradsimApp, "_display", show)
        anew: dict[tuple[int, int], tuple[str, str]] = {}
        monkeypatch.setattr(
            App, "_display", lambda app, _, frame: frame and paint(anew, frame.render_segments(app.console))
        )
        await pilot.press("ctrl+l")
        await pilot.pause()
        now = whole(app)
        assert {at: anew[at][0] for at in now} == {at: cell[0] for at, cell in now.items()}


def test_a_blank_takes_its_neighbours_style_only_on_the_same_background():
    red, blue = Style(color="red", bgcolor="black"), Style(color="blue", bgcolor="black")
    marked, lined = Style(color="red", bgcolor="white"), Style(color="red", bgcolor="black", underline=True)
    segments = [("  ", red), ("ab", blue), (" ", marked), ("c", blue), (" ", lined)]
    joined = partial_paint.fewer(Strip([Segment(text, style) for text, style in segments]))
    assert [(text, style) for text, style, _ in joined] == [("  ab", blue), *segments[2:]]


def test_a_painter_sends_what_differs_and_all_of_it_once_the_terminal_may_show_anything():
    style, other = Style(color="red", bgcolor="black"), Style(color="blue", bgcolor="black")
    painter, words = partial_paint.Painter(), "a" * 40

    def sent(text: str, y: int = 0, x: int = 0, style: Style = style) -> list[tuple[int, str]]:
        return [(column, part.text) for column, part in painter.paint(y, x, Strip([Segment(text, style)]))]

    assert sent(words) == [(0, words)]
    assert sent(words) == []
    assert sent("b" + words[1:20] + "c" + words[21:]) == [(0, "b"), (20, "c")]
    assert sent("dd", x=3) == [(3, "dd")]
    assert sent("bb", x=50) == [(50, "bb")]
    assert sent("  ", x=50, style=other) == [(50, "  ")]
    assert sent("  ", x=50) == [], "a blank shows no colour but the background"
    assert sent("宽", x=60) == sent("宽", x=60) == [(60, "宽")], "what takes two columns is sent whenever it comes"
    painter.forget()
    assert sent(words) == [(0, words)]


class Below(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Static("a word below", id="word")


class Clear(Screen[None]):
    CSS = "Clear { background: $background 50%; }"


@pytest.mark.parametrize(("above", "seen"), [(Screen, False), (Clear, True)])
async def test_what_changes_below_an_opaque_screen_sends_nothing(above, seen, monkeypatch):
    frames: list[object] = []

    class Small(SturdyApp):
        def frame(self, screen) -> bool:
            if painting:
                frames.append(screen)
            return True

    app, below, painting = Small(), Below(), False
    async with app.run_test(size=(40, 10)) as pilot:
        await app.push_screen(below)
        await app.push_screen(above())
        await pilot.pause()
        await painted(app)
        painting = True
        below.query_one("#word", Static).update("another word")
        if seen:
            await until(lambda: bool(frames))
        for _ in range(3):  # each screen paints in its own turn
            await pilot.pause()
        assert bool(frames) is seen
        await app.pop_screen()
        await pilot.pause()
        await painted(app)
        assert "another word" in screen_text(app.screen)
