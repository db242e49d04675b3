"""What somebody sees who is new here, and how one lesson leads to the next."""

from pathlib import Path

import pytest

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.single_pass import keys
from gradsim.tui.state.course import following
from gradsim.tui.state.newcomer import Newcomer
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.glyphs import PLAIN, RICH, Glyphs
from gradsim.tui.widgets.footer import KeyLine, LessonStrip, StatusLine, welcome
from gradsim.tui.widgets.strip import Strip
from gradsim.tui.widgets.text_rows import plain
from pilot import press_digit_of, settled

PATH = locate("chain_of_factors")


def opened(newcomer: Newcomer | None = None) -> GradsimApp:
    return GradsimApp(begin(load_scenario(PATH), PATH), newcomer=newcomer)


@pytest.mark.parametrize("key", ["1", "question_mark"])
async def test_who_is_new_is_told_what_to_try_until_it_was_used(key: str, tmp_path: Path) -> None:
    app = opened(Newcomer(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        line = app.main.query_one(KeyLine)
        assert "new here?  n a lesson of 5 steps  1-9 try a fix" in line.text()
        assert line.text().rstrip().endswith("? help  q quit")
        await pilot.press("v")
        assert "new here?" in line.text(), "any other key leaves it"
        await pilot.press(key)
        await pilot.press("escape")
        await settled(pilot)
        assert "new here?" not in line.text()
    assert not Newcomer(tmp_path).new


@pytest.mark.parametrize(("steps", "words"), [(1, ["a lesson of 1 step"]), (2, ["a lesson of 2 steps"]), (0, [])])
def test_who_is_new_is_told_how_long_the_lesson_is(steps: int, words: list[str]) -> None:
    assert [says for key, says, _ in welcome(steps, ()) if key == "n"] == words


async def test_a_lesson_marks_its_key_and_leads_to_the_next() -> None:
    app = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "new here?" not in app.main.query_one(KeyLine).text()
        await pilot.press("n")
        await settled(pilot)
        strip = app.main.query_one(LessonStrip)
        assert "n goes on" in strip.text()
        assert ("n", "key") in [span for row in strip.rows(80) for span in row]
        await pilot.press("n", "n", "n", "n")
        assert "n ends it" in strip.text()
        await pilot.press("n")
        after = following(PATH)
        assert after is not None
        assert f"n opens the next, {after.title}" in " ".join(app.main.query_one(StatusLine).text().split())
        await pilot.press("n")
        await settled(pilot)
        assert app.main.now.path == after.path


async def test_fixes_that_are_on_are_seen_from_every_page() -> None:
    app = GradsimApp(begin(load_scenario(PATH), PATH))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        panel = app.main.fix_panel
        await pilot.press(press_digit_of(app, "residual"), "f", "3")
        await settled(pilot)
        on = [fix.label for fix in app.main.fix_list.rows() if fix.on]
        assert len(on) == 2
        for _ in range(4):
            shown = panel.text()
            assert all(any(f"[x] {label}" in line for line in shown.splitlines()) for label in on)
            assert len(shown.splitlines()) <= panel.size.height
            digits = [line[1] for line in shown.splitlines()[1:] if line[1:2].isdigit()]
            assert digits == [str(digit) for digit in range(1, len(digits) + 1)], "each digit is seen"
            assert len(digits) == len(panel.page)
            await pilot.press("f")
            await settled(pilot)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_every_key_line_ends_with_help_and_the_way_out(width: int) -> None:
    app = GradsimApp(begin(load_scenario(locate("rnn_vanishing")), locate("rnn_vanishing")))
    async with app.run_test(size=(width, 24)) as pilot:
        for pressed, out in (("", "q quit"), ("n", "q quit"), ("escape", "q quit"), ("m", "q leave")):
            await settled(pilot)
            await pilot.press(*([pressed] if pressed else []))
            await settled(pilot)
            shown = app.screen.query_one(KeyLine).text().rstrip()
            assert shown.endswith(f"? help  {out}"), pressed
            assert len(shown) <= width, pressed
        await pilot.press("q")
        await settled(pilot)
        assert app.screen is app.main, "q leaves the map, not the program"


@pytest.mark.parametrize("marks", [RICH, PLAIN])
def test_80_columns_have_room_for_the_map(marks: Glyphs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "glyphs", lambda: marks)
    line = KeyLine()
    line.show(keys.hints(begin(load_scenario(PATH), PATH), editing=False))
    (row,) = line.rows(80)
    assert "m map" in plain(row)
    assert len(plain(row)) <= 80


async def test_the_training_tells_the_way_out() -> None:
    path = locate("learning_rate_too_high")
    app = GradsimApp(begin(load_scenario(path), path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        line = app.screen.query_one(KeyLine)
        assert line.text().rstrip().endswith("? help  q quit")
        assert "t back" in line.text()


async def test_the_strip_says_of_fixes_what_all_else_does() -> None:
    app = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("1")
        await settled(pilot)
        assert [row.split("  ")[0].strip() for row in app.main.query_one(Strip).text().splitlines()] == [
            "as it is", "fixes"]  # fmt: skip
