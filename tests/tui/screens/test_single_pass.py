"""The interface with real keys, at several sizes."""

import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from gradsim.sim.errors import Cancelled, UserError
from gradsim.sim.scenario.file import load_scenario, to_toml
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.text import format_number
from gradsim.tui.app import THEMES, GradsimApp
from gradsim.tui.screens.dialogs.ask import Ask
from gradsim.tui.screens.dialogs.gallery import Gallery, fitted
from gradsim.tui.screens.dialogs.help import Help
from gradsim.tui.screens.single_pass.keys import hints
from gradsim.tui.screens.single_pass.runner import PassRunner
from gradsim.tui.screens.single_pass.screen import PassScreen
from gradsim.tui.startup import start
from gradsim.tui.state.course import topics
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.terminal.textual_private import screen_text
from gradsim.tui.widgets.field import FieldRow
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.footer import KeyLine, LessonStrip, StatusLine
from gradsim.tui.widgets.form import Form
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.strip import Strip
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.widgets.verdict import VerdictPanel
from gradsim.tui.workers import passes
from pilot import (
    SIZES,
    chart,
    press_digit_of,
    scenario,
    settled,
    started,
    text,
    type_fast,
    until,
)


@pytest.mark.parametrize("size", SIZES)
async def test_first_sight(size: tuple[int, int]) -> None:
    app = started()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "Twelve sigmoid layers" in text(app, Header)
        assert "VANISHING" in text(app, VerdictPanel)
        assert text(app, VerdictPanel).count("as it is") == 1
        assert "with fixes" not in text(app, VerdictPanel)  # no row of a run that is not there
        assert "fixes 1-9" in text(app, FixPanel)
        assert "gradient rms" in chart(app)
        assert "layer 6 of 12" in text(app, Inspector)
        assert "help" in text(app, KeyLine)
        assert {row[:1] for row in screen_text(app.main).splitlines()} <= {" ", "─", ""}, "one left margin"
        assert not re.search(r"[–-] +[–-] +[–-]", screen_text(app.main)), "no rows of dashes"


async def test_fixes_switch_and_the_chart_answers() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = chart(app)
        await pilot.press(press_digit_of(app, "relu"))
        await settled(pilot)
        assert app.main.now.fixes == ("relu",)
        assert "[x] ReLU" in text(app, FixPanel)
        assert chart(app) != before
        assert "ReLU" in chart(app)
        await pilot.press(press_digit_of(app, "he_init"))
        await settled(pilot)
        assert set(app.main.now.fixes) == {"relu", "he_init"}
        assert "HEALTHY" in text(app, VerdictPanel)
        await pilot.press("0")
        await settled(pilot)
        assert app.main.now.fixes == ()
        assert chart(app) == before


async def test_a_clash_replaces_and_says_so() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(press_digit_of(app, "relu"), press_digit_of(app, "leaky_relu"))
        assert app.main.now.fixes == ("leaky_relu",)
        assert "replaces ReLU" in text(app, StatusLine)


async def test_what_does_not_apply_says_why() -> None:
    app = started(scenario(activation="relu"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        panel = app.main.query_one(FixPanel)
        await pilot.press("up")
        assert panel.chosen is not None
        assert panel.chosen.obstacle
        assert panel.chosen.obstacle in text(app, StatusLine).replace("\n ", " ")
        await pilot.press("enter")
        assert app.main.now.fixes == ()
        assert "does not apply" in text(app, StatusLine)


async def test_the_cursor_moves_and_stays_inside() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key, layer in (("home", 1), ("left", 1), ("right", 2), ("pagedown", 4), ("end", 12), ("right", 12)):
            await pilot.press(key)
            assert app.main.now.layer_cursor == layer
        await pilot.press("g", "7", "enter")
        assert app.main.now.layer_cursor == 7
        assert "layer 7 of 12" in text(app, Inspector)


async def test_jump_explains_a_wrong_layer() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("g", "9", "9", "enter")
        assert isinstance(app.screen, Ask)
        assert "1 to 12" in str(app.screen.query_one("#about", Static).content)
        await pilot.press("escape")
        assert app.screen is app.main


async def test_a_click_on_the_chart_moves_the_cursor() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        plot = app.main.query_one("#chart", PlotWidget)
        assert plot.drawing is not None
        column = plot.drawing.column_of(2)
        assert column is not None
        await pilot.click(plot, offset=(column, 3))
        assert app.main.now.layer_cursor == 2


@pytest.mark.usefixtures("by_hand")
async def test_the_walk_goes_forward_then_backward() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space")
        assert app.main.now.walk is not None
        seen = [app.main.now.walk.place]
        assert "VANISHING" not in text(app, VerdictPanel)  # it comes at the end, and not with the walk
        while not app.main.now.walk.finished:
            app.main.navigation.tick()
            seen.append(app.main.now.layer_cursor)
        assert seen == [*range(1, 13), *range(12, 0, -1)]
        status = " ".join(text(app, StatusLine).split())
        factors, left = re.findall(r"× ([0-9.]+)", status), re.findall(r"= ([0-9.e-]+) of it left", status)
        assert len(factors) == 3
        assert app.main.runs is not None
        sizes = app.main.runs.baseline.profile["gradient_rms"][:, 0]
        assert left == [format_number(sizes[0] / sizes[-1])]
        app.main.navigation.tick()
        assert app.main.now.walk is None
        assert "VANISHING" in text(app, VerdictPanel)


@pytest.mark.usefixtures("by_hand")
async def test_a_walk_is_gone_through_by_hand_and_its_strip_fills_and_empties() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space", "full_stop", "full_stop", "full_stop", "comma")
        walk = app.main.now.walk
        assert walk is not None
        assert (walk.place, walk.playing, walk.forward) == (3, False, True)
        signal, gradient = text(app, Strip).split("\n")
        assert (signal.count("·"), gradient.count("·")) == (9, 12)
        await pilot.press(*["full_stop"] * 12)
        signal, gradient = text(app, Strip).split("\n")
        assert (signal.count("·"), gradient.count("·")) == (0, 9)
        assert "█" in gradient
        await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert app.main.now.walk is not None
        assert app.main.now.walk.speed == 2
        await pilot.press("escape", "greater_than_sign")
        assert "space begins" in text(app, StatusLine)


async def test_quantities_and_the_words_for_them() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        first = app.main.now.quantity
        await pilot.press("v")
        await settled(pilot)
        assert app.main.now.quantity != first
        await pilot.press("V")
        assert app.main.now.quantity == first
        await settled(pilot)
        drawn = chart(app)
        for key, back, gone in (("y", "y", "relative to layer 12"), ("l", "l", "1e-"), ("z", "Z", "layer    1")):
            assert gone in drawn
            await pilot.press(key)
            await settled(pilot)
            assert gone not in chart(app)
            await pilot.press(back)
            await settled(pilot)
            assert chart(app) == drawn


@pytest.mark.slow
async def test_editing_a_number_and_a_choice() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "3", "0", "enter")
        await settled(pilot)
        assert app.main.now.scenario.network.depth == 30
        await pilot.press("down", "down", "r", "e", "l")
        await settled(pilot)
        assert app.main.now.scenario.network.activation.name in ("relu", "rrelu", "linear", "elu", "leaky_relu")
        await pilot.press("escape")
        assert not app.main.editing


async def test_invalid_input_is_explained_beside_the_field_and_keeps_the_scenario() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "minus", "5", "enter")
        await settled(pilot)
        assert app.main.now.scenario.network.depth == 12
        wrong = app.main.query(".-wrong .problem")
        assert "1 to 100000" in str(wrong.first(Static).content)
        await pilot.press("q")  # a letter in a field, not the end of the program
        assert app.main.query_one(Form).has_focus_within
        await pilot.press("escape")
        assert not app.main.query(".-wrong")


@pytest.mark.long
async def test_parameters_of_a_choice_have_their_own_fields() -> None:
    app = started(scenario(init={"name": "normal", "std": 1.0}))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("e", "down", "down", "down", "down", "0", ".", "5", "enter")
        await settled(pilot)
        assert app.main.now.scenario.network.init.parameters["std"] == 0.5


async def test_depth_and_seed_by_one_key() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("+")
        assert app.main.now.scenario.network.depth == 15
        await pilot.press("-", "-")
        assert app.main.now.scenario.network.depth == 7
        await pilot.press("r")
        assert app.main.now.scenario.seed != 0


async def test_a_lesson_from_start_to_end() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        assert "Step 1 of 2" in text(app, LessonStrip)
        assert app.main.now.layer_cursor == 3
        await pilot.press("n")
        await settled(pilot)
        assert app.main.now.fixes == ("relu",)
        assert app.main.now.quantity == "slope_factor"
        assert "slope" in chart(app)
        await pilot.press("N")
        assert app.main.now.fixes == ()
        await pilot.press("n", "n")
        assert app.main.now.step is None
        assert "over" in text(app, StatusLine)


async def test_saving_asks_before_it_replaces(tmp_path: Path) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s", "enter")
        assert app.screen is app.main
        assert load_scenario(tmp_path / "twelve-sigmoid-layers.toml").network.depth == 12
        await pilot.press("+", "s", "enter")
        assert isinstance(app.screen, Ask)
        assert "there already" in str(app.screen.query_one("#about", Static).content)
        await pilot.press("enter")
        assert load_scenario(tmp_path / "twelve-sigmoid-layers.toml").network.depth == 15


async def test_saving_where_one_can_not_says_why() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        app.screen.query_one(Input).value = "/nowhere/at/all.toml"
        await pilot.press("enter")
        assert isinstance(app.screen, Ask)
        assert "can't be written" in str(app.screen.query_one("#about", Static).content)


async def test_the_gallery_finds_and_opens(tmp_path: Path) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s", "enter", "o")
        assert isinstance(app.screen, Gallery)
        listed = app.screen.query_one(OptionList)
        prompts = "\n".join(str(listed.get_option_at_index(i).prompt) for i in range(listed.option_count))
        positions = [prompts.index(topic.title) for topic in topics()]
        assert positions == sorted(positions), "by topic, in the order of the course"
        app.screen.query_one(Input).value = "vanshing"
        await pilot.pause()
        heading = str(app.screen.query_one("#heading", Static).content)
        assert heading == 'nothing found for "vanshing"; the nearest, "vanishing":'
        app.screen.query_one(Input).value = ""
        await pilot.press(*"twelve")
        assert app.screen.query_one(OptionList).option_count >= 1
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen is app.main
        assert app.main.now.path == (tmp_path / "twelve-sigmoid-layers.toml").resolve()


async def test_a_broken_file_is_explained_in_the_gallery(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[network]\ndepth = -1\n")
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o", *"./bad.toml", "enter")
        assert isinstance(app.screen, Gallery)
        assert "network.depth" in str(app.screen.query_one("#summary", Static).content)


async def test_help_and_palette_open_and_close() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        await pilot.press("escape", "ctrl+p")
        assert app.screen is not app.main
        await pilot.press("escape")
        assert isinstance(app.screen, PassScreen)


async def test_why_shows_both_verdicts_in_full() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        assert isinstance(app.screen, Help)
        assert "VANISHING" in app.screen.query_one(TextRows).text()


async def test_the_palette_switches_a_fix_by_name() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p", *"fix: He init")
        hits = app.screen.query_one(CommandList)
        await until(lambda: hits.option_count == 1)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.now.fixes == ("he_init",)


async def test_too_much_memory_is_said_and_nothing_crashes() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.main.steering.edit({"network.depth": 100_000, "network.width": 16_384})
        await settled(pilot)
        assert "GiB" in text(app, StatusLine)
        await pilot.press("home", "right")
        assert app.main.now.layer_cursor == 2


class Slow:
    """A simulator that goes on with one depth until it is stopped, and simulates the others."""

    def __init__(self, depth: int):
        self.depth, self.began, self.stopped = depth, threading.Event(), threading.Event()

    def __call__(self, baseline: Scenario, fixed, known, stopped, tell) -> passes.Runs:
        if baseline.network.depth == self.depth:
            self.began.set()
            while not stopped():
                time.sleep(0.001)
            self.stopped.set()
            raise Cancelled
        return passes.run_both(baseline, fixed, known, stopped, tell)


async def test_a_change_stops_the_run_that_it_outdates(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(12)
    monkeypatch.setattr(PassRunner, "run_both", staticmethod(slow))
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(slow.began.is_set)
        await pilot.press("e", "5", "enter")
        await until(slow.stopped.is_set)
        await settled(pilot)
        assert app.main.runs is not None
        assert app.main.runs.baseline.depth == 5


async def test_results_of_another_scenario_do_not_stay_while_a_run_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PassRunner, "run_both", staticmethod(Slow(15)))
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "VANISHING" in text(app, VerdictPanel)
        old = app.main.runs
        assert old is not None
        app.main.steering.edit({"network.depth": 15})
        await until(lambda: app.main.runs is None)
        assert "simulating" in text(app, VerdictPanel)
        assert "simulating" in text(app, StatusLine)
        app.main.post_message(PassRunner.Simulated(begin(scenario()), old))  # came too late
        await pilot.pause()
        assert app.main.runs is None


async def test_a_change_does_not_wait_for_the_histograms(monkeypatch: pytest.MonkeyPatch) -> None:
    began, ended = threading.Event(), threading.Event()

    def view(_runs, _layer, _step, stopped) -> passes.Views:
        began.set()
        while not stopped():
            time.sleep(0.001)
        ended.set()
        raise Cancelled

    monkeypatch.setattr(PassRunner, "view_both", staticmethod(view))
    app = started()
    async with app.run_test(size=(120, 45)) as pilot:
        await until(began.is_set)
        await pilot.press("+")
        await until(ended.is_set)


@pytest.mark.parametrize("error", [UserError(["too large"]), MemoryError(), RuntimeError("odd")])
async def test_why_there_is_no_result_stays_on_the_screen(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args) -> passes.Runs:
        raise error

    monkeypatch.setattr(PassRunner, "run_both", staticmethod(fails))
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: bool(app.main.failure))
        reason = text(app, StatusLine)
        await pilot.press("v", "right", "escape")
        assert text(app, StatusLine) == reason
        assert "no result" in text(app, VerdictPanel)


@pytest.mark.parametrize("keys", [("t", "z", "z", "z"), ("down", "pagedown", "z", "z"), ("z", "q", "backspace", "z")])
async def test_fast_typing_in_the_gallery(keys: tuple[str, ...]) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o")
        type_fast(app, *keys)
        await until(
            lambda: "z" in app.screen.query_one(Input).value and not app.screen.query_one(OptionList).option_count
        )
        await pilot.pause()
        assert "nothing found" in str(app.screen.query_one("#summary", Static).content)


@pytest.mark.long
@pytest.mark.parametrize("path", ["~nobody-has-this-name/x.toml", "n" * 300, "/root\x00x", "a/" * 3000])
async def test_paths_that_no_file_can_have(path: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key, window, words in (("s", Ask, "#about"), ("o", Gallery, "#summary")):
            await pilot.press(key)
            app.screen.query_one(Input).value = path
            await pilot.press("enter")
            assert isinstance(app.screen, window)
            assert "-wrong" in app.screen.query_one(words, Static).classes
            await pilot.press("escape")
        await pilot.press("e")
        row = next(row for row in app.main.query(FieldRow) if row.field.key == "data.file")
        assert isinstance(row.value, Input)
        row.value.value = path
        app.main.set_focus(row.value)
        await pilot.press("enter")
        await settled(pilot)
        assert app.is_running


@pytest.mark.long
@pytest.mark.parametrize("number", ["9" * 5000, "-0", "nan", "1e999", "x"])
async def test_numbers_that_are_none(number: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("g")
        app.screen.query_one(Input).value = number
        await pilot.press("enter")
        assert isinstance(app.screen, Ask)
        await pilot.press("escape", "e")
        assert isinstance(app.focused, Input)
        app.focused.value = number
        await pilot.press("enter")
        assert app.main.now.scenario.network.depth == 12
        assert app.main.query(".-wrong")


@pytest.mark.long
@pytest.mark.parametrize("key", ["enter", "x", "a", "plus", "minus", "n", "N", "backspace", "0", "1", "q"])
async def test_keys_in_a_choice_are_not_those_of_the_screen(key: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        row = next(row for row in app.main.query(FieldRow) if row.field.key == "loss.name")
        app.main.set_focus(row.value)
        await pilot.press(key)
        await settled(pilot)
        assert app.is_running
        assert app.main.now.scenario == scenario()
        assert app.main.now.fixes == ()
        assert app.main.now.step is None


async def test_a_network_of_another_depth_is_drawn_beside() -> None:
    app = started(scenario(depth=30))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.main.steering.toggle("fewer_layers")
        await settled(pilot)
        await pilot.press("end")
        assert "layer 30 of 30" in text(app, Inspector)


async def test_titles_can_not_steer_the_terminal() -> None:
    app = started(parse_scenario({"title": "[red]bad[/]\x1b[2J", "network": {"depth": 3}}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "[red]bad[/]" in text(app, Header)
        assert "\x1b" not in text(app, Header)
        await pilot.press("e", "escape", "o", "escape", "s", "escape")
        assert app.screen is app.main


@pytest.mark.long
@pytest.mark.parametrize("theme", THEMES)
async def test_themes_keep_the_words(theme: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await settled(pilot)
        await pilot.press("t")
        assert app.theme in THEMES
        assert "VANISHING" in text(app, VerdictPanel)


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (59, 17)])
async def test_too_small_a_terminal_says_so(size: tuple[int, int]) -> None:
    app = started()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert app.main.query_one("#too-small").display
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert not app.main.query_one("#too-small").display
        assert "VANISHING" in text(app, VerdictPanel)


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
async def test_ways_out(key: str, status: int) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
    assert app.return_value == status


@pytest.mark.long
async def test_a_wrong_field_does_not_hold_up_the_others() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "down", *"soft", "down", "right")
        await settled(pilot)
        assert app.main.now.scenario.network.activation.name == "silu"
        assert app.main.query(".-wrong")
        await pilot.press("left", "s", "o", "f", "t", "s")
        await settled(pilot)
        assert app.main.now.scenario.network.activation.name == "softsign"


async def test_two_quick_keys_move_two_fields() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        form = app.main.query_one(Form)
        row = next(row for row in form.query(FieldRow) if row.value.has_focus)
        assert row.field.key == "network.depth"
        await pilot.press("down", "down", "up", "down")
        row = next(row for row in form.query(FieldRow) if row.value.has_focus)
        assert row.field.key == "network.activation"


async def typed_file(pilot: Pilot[int], name: str) -> FieldRow:
    """Type a file's name into the form and press Enter."""
    app = pilot.app
    assert isinstance(app, GradsimApp)
    if not app.main.editing:
        await pilot.press("e")
    row = next(row for row in app.main.query(FieldRow) if row.field.key == "data.file")
    app.main.set_focus(row.value)
    await pilot.press("end", "ctrl+u", *name, "enter")
    await settled(pilot)
    return next(row for row in app.main.query(FieldRow) if row.field.key == "data.file")


@pytest.mark.long
async def test_a_data_file_is_tried_before_it_is_taken(tmp_path: Path) -> None:
    app = started()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        row = await typed_file(pilot, "mine.csv")
        assert app.main.now.scenario.data.file is None
        assert isinstance(row.value, Input)
        assert (row.value.value, row.value.cursor_position) == ("mine.csv", len("mine.csv"))
        assert "no such file" in str(row.query_one(".problem", Static).content)
        await pilot.press("up", "up", "down", "down")  # what is wrong here is no reason to refuse other fields
        assert "-wrong" in row.classes

        (tmp_path / "mine.csv").write_text("a,class\n" + "0.5,1\n" * 8)
        row = await typed_file(pilot, "mine.csv")
        assert "32 is more than the 8 samples" in str(row.query_one(".problem", Static).content)
        (tmp_path / "mine.csv").write_text("a,class\n" + "0.5,1\n" * 40)
        row = await typed_file(pilot, "mine.csv")
        assert app.main.now.scenario.data.file == str((tmp_path / "mine.csv").resolve())
        assert "-wrong" not in row.classes
        assert isinstance(row.value, Input)
        assert row.value.cursor_position == len(row.value.value)


@pytest.mark.slow
async def test_a_refused_file_does_not_hold_up_other_fields_and_goes_in_with_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,class\n" + "0.5,1\n" * 8)
    app = started()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await typed_file(pilot, "mine.csv")
        for batch, file in (("9", False), ("8", True)):
            row = next(row for row in app.main.query(FieldRow) if row.field.key == "data.batch")
            app.main.set_focus(row.value)
            await pilot.press("end", "ctrl+u", batch, "enter")
            await settled(pilot)
            assert app.main.now.scenario.data.batch == int(batch)
            assert (app.main.now.scenario.data.file is not None) == file
            assert bool(app.main.query(".-wrong")) != file


async def test_saving_says_that_fixes_are_left_out_and_completes_the_name(tmp_path: Path) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(press_digit_of(app, "relu"), press_digit_of(app, "he_init"), "s", "ctrl+u", *"mine", "enter")
        note = "saved as mine.toml, as it is, without 2 fixes; a adopts them"
        assert note in " ".join(text(app, StatusLine).split())
        assert load_scenario(tmp_path / "mine.toml").network.activation.name == "sigmoid"
        assert app.main.now.path == (tmp_path / "mine.toml").resolve()


async def test_an_edited_scenario_says_so_and_takes_no_false_lesson_along(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f'{to_toml(scenario(), False)}\n[expect]\nverdict = "vanishing"\n')
    app = started(load_scenario(tmp_path / "own.toml"), (tmp_path / "own.toml").resolve())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "(edited)" not in text(app, Header)
        await pilot.press("+")
        assert "Twelve sigmoid layers (edited)" in text(app, Header)
        await pilot.press("s", "enter", "enter")
        assert load_scenario(tmp_path / "own.toml").lesson
        assert "(edited)" not in text(app, Header)
        await pilot.press(press_digit_of(app, "relu"), "a")
        await settled(pilot)
        assert "(edited)" in text(app, Header)
        await pilot.press("n", "s", "ctrl+u", *"other", "enter")
        await settled(pilot)
        assert "left out, as of before it was edited: lesson, [expect]" in " ".join(text(app, StatusLine).split())
        other = load_scenario(tmp_path / "other.toml")
        assert (other.lesson, other.expect.verdict, other.network.activation.name) == ((), None, "relu")
        assert (app.main.now.lesson, app.main.now.step) == ((), None)
        assert not app.main.now.edited
        assert text(app, Header).count("(edited)") == 1  # it is the file's title now


async def test_a_verdict_that_is_cut_names_the_key_that_shows_it_whole() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        panel = app.main.query_one(VerdictPanel)
        trace = app.main.runs.baseline if app.main.runs else None
        assert trace is not None
        long = replace(trace, verdict=replace(trace.verdict, why="the gradient is lost " * 20))
        for most in (1, 2):
            panel.show(long, long, ("", ""), most)
            lines = panel.text().split("\n")
            assert len(lines) == 2 * most
            assert lines[-1].endswith(f"{glyphs().ellipsis} (w)")
            assert max(map(len, lines)) <= 80


async def test_the_gallery_shows_all_mistakes_that_fit(tmp_path: Path) -> None:
    wrong = ["depth = -1", "width = 0", 'activation = "x"', 'norm = "x"', 'skip = "x"']
    (tmp_path / "bad.toml").write_text("\n".join(["[network]", *wrong]))
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o", *"./bad.toml", "enter")
        summary = app.screen.query_one("#summary", Static)
        await pilot.pause()
        shown = str(summary.content)
        assert "network.depth" in shown
        assert "network.width" in shown
        assert "more: gradsim check bad.toml" in shown
        assert len(shown.split("\n")) <= summary.size.height


@pytest.mark.parametrize("count", range(1, 8))
def test_mistakes_are_fitted_whole_and_counted(count: int) -> None:
    path = Path("a b.toml")
    shown = fitted("\n".join(f"{path}: key{i}: is wrong" for i in range(count)), path, 40, 4).split("\n")
    assert shown[0] == "a b.toml: key0: is wrong"
    whole = ["key1: is wrong", "key2: is wrong", "key3: is wrong"]
    if count <= 4:
        assert shown[1:] == whole[: count - 1]
    else:
        assert shown[1:] == [*whole[:2], f"and {count - 3} more: gradsim check 'a b.toml'"]


async def test_data_chosen_in_the_gallery_is_called_data(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,class\n1,2\n")
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o", *"./my.csv", "enter")
        said = str(app.screen.query_one("#summary", Static).content)
        assert "is data, not a scenario; name it in a scenario as data.file" in said


@pytest.mark.usefixtures("by_hand")
async def test_the_walk_forward_knows_no_gradient_and_hides_the_histograms() -> None:
    app = started()
    async with app.run_test(size=(120, 45)) as pilot:
        await settled(pilot)
        histogram = app.main.query_one("#histogram-activation", PlotWidget)
        await until(lambda: histogram.drawing is not None)
        await pilot.press("space")
        assert histogram.drawing is None
        head, numbers, *_ = text(app, Inspector).split("\n")
        chain, state = numbers[: head.index("passes on") + 9], numbers[head.index("passes on") + 9 :]
        assert not set(chain) & set("0123456789")
        assert "%" in state  # saturated: known forward
        assert "gradient rms" not in head, "on the chart that is relative to the last layer, here it is the layer's own"
        gradient = head.index("dL/dh")
        assert numbers[gradient - 2 : gradient + 5].strip() == glyphs().dash
        assert "e-" not in state
        while app.main.now.walk is not None and app.main.now.walk.forward:
            app.main.navigation.tick()
        assert "1.00" in text(app, Inspector).split("\n")[1]  # arrives at the last layer
        assert histogram.drawing is None
        await pilot.press("escape")
        await until(lambda: histogram.drawing is not None)
        for change in (lambda: app.main.action_move(-1), lambda: app.main.steering.toggle("relu")):
            change()  # at once, so that nothing can come back in between
            assert histogram.drawing is None
            await until(lambda: histogram.drawing is not None)


def test_the_key_line_lists_a_key_once() -> None:
    for lesson, in_lesson in ((False, False), (True, False), (True, True)):
        session = begin(scenario() if lesson else parse_scenario({}))
        keys = [key for key, _, _ in hints(replace(session, step=0 if in_lesson else None), False)]
        assert len(keys) == len(set(keys))
        assert ("n" in keys) == lesson


def test_changes_of_the_command_line_are_edits(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(to_toml(scenario(), False))
    for depth, edited in ((12, False), (30, True)):
        chosen = load_scenario(path).edit({"network.depth": depth})
        session, _ = start(lambda chosen=chosen: (chosen, path))  # type: ignore[misc]
        assert session.edited == edited


async def test_keys_that_come_before_the_gallery_is_laid_out() -> None:
    app = started()
    async with app.run_test(size=(20, 3)) as pilot:
        await settled(pilot)
        type_fast(app, "o", "tab", "pageup", "tab", "pageup", "pagedown", "home", "end", "enter")
        await pilot.pause()
        type_fast(app, "o", "f1", "pageup", "tab", "f1", "pageup", "pagedown")
        await settled(pilot)
        assert app.is_running


@pytest.mark.long
@pytest.mark.parametrize("key", ["pageup", "pagedown", "home", "end", "up", "down", "enter"])
async def test_the_list_of_the_gallery_answers_keys(key: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o", "tab", "down", "down")
        listed = app.screen.query_one(OptionList)
        positions = [i for i, option in enumerate(listed.options) if not option.disabled]
        before, last = positions.index(listed.highlighted), len(positions) - 1
        await pilot.press(key)
        after = {"pageup": max(before - 8, 0), "pagedown": min(before + 8, last), "home": 0, "end": last,
                 "up": before - 1, "down": min(before + 1, last)}  # fmt: skip
        if key == "enter":
            assert app.screen is app.main
        else:
            assert positions.index(listed.highlighted) == after[key]
