"""What three people stumbled over when they tried it: a student, an engineer, a teacher."""

from dataclasses import replace

import pytest
from textual.widget import Widget
from textual.widgets import OptionList

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import preset_paths
from gradsim.sim.training.tried import Cost, Tried
from gradsim.tui.app import THEMES, GradsimApp
from gradsim.tui.screens.dialogs.help import Help
from gradsim.tui.state.course import topics
from gradsim.tui.state.outcome import outcome
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.terminal.textual_private import screen_text
from gradsim.tui.widgets.fixes import head
from gradsim.tui.widgets.footer import StatusLine
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.widgets.text_rows import plain
from pilot import press_digit_of, scenario, settled, started, text


def thin(widget: Widget) -> bool:
    return widget.styles.scrollbar_size_vertical == 1


async def test_windows_say_what_is_chosen_scroll_by_a_thin_bar_and_leave_by_their_key() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await pilot.pause()
        listed = app.screen.query_one(OptionList)
        headings = [str(option.prompt) for option in listed.options if option.disabled]
        assert headings == [topic.title for topic in topics()]
        rows = [row.strip(f" {glyphs().bar}") for row in screen_text(app.screen).splitlines()]
        assert headings[0] in rows, "a heading is a row of its own"
        for _ in range(15):
            await pilot.press("down")
            assert listed.highlighted is not None
            assert not listed.get_option_at_index(listed.highlighted).disabled
        await pilot.press("pageup", "pageup", "pageup")
        await pilot.pause()
        assert listed.highlighted == 1
        assert listed.scroll_offset.y == 0, "with its heading"
        assert thin(listed)
        await pilot.press("escape", "w")
        assert isinstance(app.screen, Help)
        assert thin(app.screen.query_one("#scroll"))
        await pilot.press("w")
        assert app.screen is app.main


async def test_a_run_that_is_not_at_the_cursor_says_where_it_is() -> None:
    app = started(scenario(depth=20))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("home", press_digit_of(app, "fewer_layers"))
        await settled(pilot)
        runs = app.main.runs
        assert runs is not None
        assert runs.with_fixes is not None
        depth = runs.with_fixes.depth
        row = text(app, Inspector).splitlines()[2]
        assert row.split("  ")[0] == " with fixes"
        assert f"not here: its {depth} layers are at {21 - depth} to 20, all end at the loss" in row
        await pilot.press("end")
        assert "not here" not in text(app, Inspector)


def test_a_healthy_pass_with_a_concern_has_the_mark_of_its_verdict() -> None:
    tried = Tried(("relu",), "healthy", 0.002, None, Cost(1.0, 1.0), (0, 1))
    assert outcome(tried).mark == glyphs().kinds["healthy"]
    doubted = outcome(replace(tried, doubted=True))
    assert (doubted.mark, doubted.role) == (glyphs().kinds["borderline"], "borderline")
    assert outcome(replace(tried, kind="vanishing", doubted=True)).role == "vanishing"


def test_the_summary_of_every_preset_is_read_whole_at_the_foot() -> None:
    for name, path in preset_paths().items():
        for columns in (80, 120, 200):
            status = StatusLine()
            status.say(note=load_scenario(path).summary)
            lines = " ".join("".join(part for part, _ in row).strip() for row in status.rows(columns))
            assert lines == " ".join(load_scenario(path).summary.split()), (name, columns)
            assert {role for row in status.rows(columns) for _, role in row} == {""}, "a sentence is no warning"


@pytest.mark.parametrize(("system", "names"), [("standard", THEMES[2:]), ("256", THEMES)])
async def test_a_terminal_of_16_colours_is_offered_no_others(system: str, names: tuple[str, ...],
                                                             monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("rich.console.Console.color_system", property(lambda _: system))
    app = GradsimApp(started().main.now)
    async with app.run_test() as pilot:
        themes = []
        for _ in names:
            themes.append(app.theme)
            await pilot.press("T")
        assert app.theme == themes[0]
        assert sorted(themes) == sorted(names)


@pytest.mark.parametrize(("on", "trying"), [(0, True), (0, False), (1, True), (12, None)])
@pytest.mark.parametrize("columns", [30, 32])
def test_the_keys_at_the_head_of_the_fixes_stand_apart(columns: int, on: int, trying: bool | None) -> None:
    heading = plain(head(on, "1/6", trying, columns))
    assert len(heading) == columns
    assert heading.endswith("f 1/6 ─" if trying is not None else "f more 1/6 ─")
    if trying is not None and (columns == 32 or not on):
        assert heading.endswith(f"A {'trying' if trying else 'tried'}  f 1/6 ─"), "as at the foot"
