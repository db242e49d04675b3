"""The widget that shows pictures: what it repaints, when it builds, what the mouse picks."""

import threading

import numpy as np
import pytest
from textual.app import App, ComposeResult

from factories import made_trace
from gradsim.tui.charts.plot.grid import Drawing, changed_columns
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.widgets.plot import PlotWidget
from pilot import painted, quiet, until

FALLING = made_trace(10.0 ** np.linspace(-9, 0, 20))


class Host(App[None]):
    picked: int | None = None

    def compose(self) -> ComposeResult:
        yield PlotWidget(id="plot")

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        self.picked = event.layer


async def settle(pilot) -> None:
    """Wait until no picture is being built."""
    plot = pilot.app.query_one(PlotWidget)
    await pilot.pause()
    await painted(pilot.app)
    while plot.building:
        await quiet(pilot.app)
        await pilot.pause()


def screen_text(plot: PlotWidget) -> str:
    return "\n".join(plot.render_line(y).text.rstrip() for y in range(plot.size.height))


async def test_a_picture_is_built_in_another_thread_and_shown():
    threads = []

    class Spy(ProfilePicture):
        def draw(self, *args, **kwargs) -> Drawing:
            threads.append(threading.current_thread())
            return super().draw(*args, **kwargs)

    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(Spy("gradient_rms", FALLING))
        await settle(pilot)
        assert threads
        assert threading.main_thread() not in threads
        assert "gradient rms by layer, log scale" in screen_text(plot)
        assert screen_text(plot) == plot.drawing.text()
        plot.show(None)
        await pilot.pause()
        assert screen_text(plot).strip() == ""


async def test_a_picture_that_fails_says_so_and_the_next_is_drawn():
    class Bad(ProfilePicture):
        def draw(self, *args, **kwargs) -> Drawing:
            raise ZeroDivisionError

    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(Bad("gradient_rms", FALLING))
        await settle(pilot)
        assert "ZeroDivisionError" in screen_text(plot)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        assert "gradient rms by layer" in screen_text(plot)


async def test_a_resize_draws_anew():
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        for size in ((100, 30), (5, 2)):
            await pilot.resize_terminal(*size)
            await until(lambda size=size: (plot.drawing.width, plot.drawing.height) == size)


async def test_of_pictures_that_come_too_fast_the_last_is_shown():
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        for last in range(1, 21):
            plot.show(ProfilePicture("gradient_rms", FALLING, reached=(1, last)))
        await settle(pilot)
        assert plot.drawing.text() == ProfilePicture("gradient_rms", FALLING).draw(60, 16).text()


async def test_the_cursor_moves_without_a_build_and_repaints_two_columns():
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        plot.cursor = 7
        await pilot.pause()
        column, drawing = plot.drawing.column_of(7), plot.drawing
        assert screen_text(plot).splitlines()[-2][column] == "▲"
        dirty = []
        plot.refresh = lambda *regions, **_: dirty.extend(regions)
        plot.cursor = 8
        assert plot.drawing is drawing
        assert {(r.x, r.right) for r in dirty} == {(column, plot.drawing.column_of(8) + 1)}


async def test_an_equal_picture_repaints_nothing():
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        dirty = []
        plot.refresh = lambda *regions, **_: dirty.append(regions)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        assert dirty == []


@pytest.mark.parametrize("theme", ["textual-light", "solarized-light"])
async def test_a_new_theme_has_new_colours(theme):
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        before = plot.render_line(0)
        pilot.app.theme = theme
        await pilot.pause()
        assert plot.render_line(0).text == before.text
        assert plot.render_line(0) != before


async def test_a_click_picks_the_layer_under_the_mouse():
    async with Host().run_test(size=(60, 16)) as pilot:
        plot = pilot.app.query_one(PlotWidget)
        plot.show(ProfilePicture("gradient_rms", FALLING))
        await settle(pilot)
        await pilot.click("#plot", offset=(plot.drawing.column_of(13), 5))
        await pilot.pause()
        assert pilot.app.picked == 13
        pilot.app.picked = None
        await pilot.click("#plot", offset=(2, 5))
        await pilot.pause()
        assert pilot.app.picked is None


def test_the_spans_of_what_differs():
    old, new = (("abcdef", "axis"),), (("ab", "axis"), ("X", "fixed"), ("def", "axis"))
    assert changed_columns(old, new) == (2, 3)
    assert changed_columns((), new) == (0, 6)
    assert changed_columns((("a  ", "axis"),), (("a", "axis"), ("  ", "fixed"))) == (0, 0)
    far = (("X" + "b" * 40 + "Y", "axis"),)
    assert changed_columns((("x" + "b" * 40 + "y", "axis"),), far) == (0, 42)
    assert changed_columns((("     ", ""),), (("a   b", ""),)) == (0, 5)
