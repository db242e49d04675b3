"""The training screen with real keys: play, step, go back, jump; charts, what broke, the pass of an update."""

from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from gradsim.sim.problems import ScenarioError, UserError
from gradsim.sim.scenario import Scenario, parse_scenario
from gradsim.tui import session as state
from gradsim.tui import updates as moves
from gradsim.tui.app import GradsimApp
from gradsim.tui.cli.open import command
from gradsim.tui.fields import changes, fields
from gradsim.tui.screens.ask import Ask
from gradsim.tui.screens.help import Help
from gradsim.tui.screens.training_keys import all_keys
from gradsim.tui.trainings import Trainings
from gradsim.tui.updates import Updates
from gradsim.tui.widgets.field import FieldRow
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.foot import KeyLine, LessonStrip, StatusLine
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.widgets.lines import Lines
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.story import Story
from gradsim.tui.widgets.update_table import UpdateTable
from gradsim.tui.widgets.verdict import VerdictPanel
from test_app import SIZES, _state, settled, started, until  # noqa: F401

LESSON = [
    {"text": "The first pass."},
    {"text": "It has learnt something by now.", "update": 4, "quantity": "gradient_rms", "fixes": ["he_init"]},
    {"text": "Back to the first pass.", "layer": 2},
]


def small(rate: float = 0.1, updates: int = 6, **more: object) -> Scenario:
    network = {"depth": 4, "width": 8, "activation": "relu"}
    training = {"optimizer": {"name": "sgd", "learning_rate": rate}, "iterations": updates}
    return parse_scenario({"title": "Four layers", "network": network, "data": {"batch": 16}, "training": training,
                           "loss": {"name": "cross_entropy"}, **more})  # fmt: skip


def broken(**more: object) -> Scenario:
    return small(1e30, 30, **more)


def seen(app: GradsimApp, widget: type[Lines]) -> str:
    return app.training.query_one(widget).text()


def drawn(app: GradsimApp, which: str = "#chart") -> str:
    drawing = app.training.query_one(which, PlotWidget).drawing
    assert drawing is not None
    return drawing.text()


async def trained(pilot: Pilot[int], app: GradsimApp) -> None:
    """On the training screen, the run complete."""
    await settled(pilot)
    await pilot.press("t")
    await settled(pilot)
    assert app.screen is app.training


def at(app: GradsimApp) -> int:
    return app.training.now.updates.at


@pytest.mark.parametrize("size", SIZES)
async def test_it_plays_at_once_and_says_what_became_of_it(size: tuple[int, int]) -> None:
    app = started(small())
    async with app.run_test(size=size) as pilot:
        await trained(pilot, app)
        assert "training" in seen(app, Header)
        assert "sgd(0.1)" in seen(app, Header)
        assert "in 6 updates" in seen(app, VerdictPanel)
        assert "update 5 of 6" in seen(app, UpdateTable)
        assert "loss by update" in drawn(app)
        assert "play" in seen(app, KeyLine)


@pytest.mark.parametrize(
    ("size", "chosen"),
    [((80, 24), small(lesson=LESSON)), ((80, 24), broken(lesson=LESSON)), ((120, 40), broken(lesson=LESSON)),
     ((60, 18), small(lesson=LESSON)), ((60, 18), broken(lesson=LESSON))],
)  # fmt: skip
async def test_no_line_is_wider_than_the_screen_or_cut(size: tuple[int, int], chosen: Scenario) -> None:
    app = started(chosen)
    async with app.run_test(size=size) as pilot:
        await trained(pilot, app)
        await pilot.press("n", "n")
        await settled(pilot)
        for widget in app.training.query(Lines):
            if widget.display and widget.region.height:
                lines = widget.text().split("\n")
                assert max(map(len, lines)) <= widget.size.width, widget
                assert len(lines) <= widget.size.height, widget


async def test_every_update_can_be_gone_to() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        for key, expected in (("left", 4), ("left", 3), ("right", 4), ("home", 0), ("left", 0), ("end", 5),
                              ("right", 5), ("pageup", 0), ("pagedown", 5)):  # fmt: skip
            await pilot.press(key)
            assert at(app) == expected, key
        await pilot.press("right")
        assert "complete after 6 updates" in seen(app, StatusLine)
        await pilot.press("g", "3", "enter")
        assert at(app) == 3
        await settled(pilot)
        assert "update 3 of 6" in seen(app, UpdateTable)
        await pilot.press("g", "9", "enter")
        assert isinstance(app.screen, Ask)


async def test_the_screen_comes_and_goes_and_keeps_its_place() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("left", "escape")
        await settled(pilot)
        assert app.screen is app.main
        assert "layer 2 of 4" in app.main.query_one(Inspector).text()
        await pilot.press("t")
        await settled(pilot)
        assert (app.screen, at(app)) == (app.training, 4)


async def test_single_updates_are_made_one_by_one() -> None:
    chosen = small(updates=50, lesson=[{"text": "Start.", "update": 2}])
    app = GradsimApp(state.learn(state.begin(chosen), 0)[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.screen is app.training
        assert (at(app), app.training.now.updates.made) == (2, 3)
        await pilot.press("right")
        await settled(pilot)
        assert (at(app), app.training.now.updates.made) == (3, 4)
        await pilot.press("pagedown")
        await settled(pilot)
        assert (at(app), app.training.now.updates.made) == (13, 14)
        await pilot.press("space")
        await settled(pilot)
        assert (at(app), app.training.now.updates.made) == (49, 50)


async def test_a_fix_runs_beside_the_run_as_it_is() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        before, place = app.training.records.baseline, at(app)
        page = [fix.name for fix in app.training.query_one(FixPanel).page]
        name = next(name for name in page if name == "he_init")
        await pilot.press(str(page.index(name) + 1))
        await settled(pilot)
        after = app.training.records
        assert before is not None
        assert after.baseline is not None
        assert np.array_equal(after.baseline.numbers["loss"], before.numbers["loss"])
        assert after.fixed is not None
        assert len(after.fixed) == len(after.baseline) == 6
        assert at(app) == place
        assert "with fixes" in drawn(app) or "fixed" in drawn(app)
        await pilot.press("0")
        await settled(pilot)
        assert app.training.records.fixed is None
        assert "press a digit" in seen(app, VerdictPanel)


async def test_what_broke_is_told_with_its_fixes_and_found_by_x() -> None:
    app = started(broken())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        record = app.training.records.baseline
        assert record is not None
        assert record.broken is not None
        assert app.training.has_class("-told")
        assert f"update {record.broken:>2}" in seen(app, Story)
        assert "NONFINITE" in seen(app, VerdictPanel)
        assert app.training.now.updates.made < 30, "it stops when all is lost"
        await pilot.press("space")
        assert "lost for good" in seen(app, StatusLine), "and says why it doesn't go on"
        await pilot.press("escape")
        assert app.screen is app.training
        assert not app.training.has_class("-told")
        await pilot.press("x")
        assert at(app) == record.broken
        assert app.training.has_class("-told")
        await pilot.press("w")
        assert isinstance(app.screen, Help)
        assert record.breakdown[0].text in " ".join(app.screen.query_one(Lines).text().split())


async def test_a_run_that_is_fine_has_no_first_nan() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("x")
        assert "no inf or NaN" in seen(app, StatusLine)


async def test_the_heatmap_marks_the_first_nonfinite_cell() -> None:
    app = started(broken())
    async with app.run_test(size=(120, 40)) as pilot:
        await trained(pilot, app)
        app.training.show_quantity("gradient_rms")
        await settled(pilot)
        assert "layers over updates" in drawn(app)
        assert "X first" in drawn(app)
        await pilot.press("c")
        await settled(pilot)
        assert "gradient rms by layer, update" in drawn(app)


async def test_all_quantities_are_gone_through() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        names = []
        for _ in range(6):
            await pilot.press("v")
            await settled(pilot)
            names.append(app.training.now.updates.quantity)
            assert drawn(app)
        assert names == ["gradient_norm", "gradient_rms", "update_ratio", "accuracy", "weight_norm", "learning_rate"]
        await pilot.press("v")
        assert app.training.now.updates.quantity == "loss"


async def test_the_pass_of_an_update_on_the_other_screen() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.main.runs is not None
        first = app.main.runs.baseline
        await trained(pilot, app)
        await pilot.press("left", "p")
        await settled(pilot)
        assert app.screen is app.main
        assert "before update 4" in app.main.query_one(Header).text()
        record = app.training.records.baseline
        assert record is not None
        shown = app.main.runs.baseline
        assert shown.loss == record.numbers["loss"][4] != first.loss
        await pilot.press("comma")
        await settled(pilot)
        assert app.main.runs.baseline.loss == record.numbers["loss"][3]
        await pilot.press("home", "escape")
        await settled(pilot)
        assert (app.screen, at(app)) == (app.training, 3)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is app.main
        assert app.main.runs.baseline.loss == first.loss
        await pilot.press("full_stop")
        assert "first pass" in app.main.query_one(StatusLine).text()


async def test_a_lesson_leads_over_both_screens() -> None:
    app = started(small(lesson=LESSON))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        assert app.screen is app.main
        await pilot.press("n")
        await settled(pilot)
        assert app.screen is app.training
        assert "Step 2 of 3" in seen(app, LessonStrip)
        assert (at(app), app.training.now.fixes) == (4, ("he_init",))
        assert app.training.records.fixed is not None
        assert "gradient rms, layers over updates" in drawn(app) or "gradient rms, with fixes" in drawn(app)
        await pilot.press("n")
        await settled(pilot)
        assert app.screen is app.main
        assert app.main.now.cursor == 2
        await pilot.press("N")
        await settled(pilot)
        assert app.screen is app.training


async def test_an_edit_keeps_the_update_and_trains_again() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        before = app.training.records.baseline
        await pilot.press("left", "left", "e")
        focused = app.training.focused
        assert focused is not None
        row = focused.query_ancestor(FieldRow)
        assert row.field.key == "training.optimizer.learning_rate"
        focused.value = "0.2"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await settled(pilot)
        after = app.training.records.baseline
        assert before is not None
        assert after is not None
        assert after.numbers["learning_rate"][0] == 0.2
        assert after.numbers["loss"][0] == before.numbers["loss"][0]
        assert after.numbers["loss"][5] != before.numbers["loss"][5]
        assert at(app) == 3


async def test_the_form_keeps_the_keys_through_a_screen_too_small_for_it() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("e")
        await until(lambda: app.training.editing)
        await pilot.resize_terminal(50, 15)
        await pilot.resize_terminal(60, 18)
        await pilot.resize_terminal(80, 24)
        await until(lambda: app.training.editing)
        await pilot.press("escape")
        assert not app.training.has_class("-editing")
        assert app.screen is app.training


async def test_a_run_is_saved_as_it_is(tmp_path: Path) -> None:
    from gradsim.sim.run_file import is_run, load_run

    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("S", "enter")
        await settled(pilot)
        path = tmp_path / "four-layers.npz"
        assert "saved as" in seen(app, StatusLine)
    assert is_run(path)
    run = load_run(path)
    assert len(run) == 6
    again = GradsimApp(state.train(state.begin(run.scenario)), trainings=Trainings(run))
    async with again.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert again.screen is again.training
        assert "in 6 updates" in seen(again, VerdictPanel)


async def test_a_refusal_is_told_and_the_screen_lives_on() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        app.training.edit({"network.width": 16_384, "network.depth": 10_000})
        await settled(pilot)
        assert "memory" in seen(app, StatusLine)
        assert "no result" in seen(app, VerdictPanel)
        app.training.edit({"network.width": 8, "network.depth": 4})
        await settled(pilot)
        assert "in 6 updates" in seen(app, VerdictPanel)


async def test_a_click_goes_to_an_update() -> None:
    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        plot = app.training.query_one("#chart", PlotWidget)
        assert plot.drawing is not None
        column = plot.drawing.column_of(3)
        assert column is not None
        await pilot.click(plot, offset=(column, 3))
        assert at(app) == 2


async def test_leaving_while_it_plays_stops_it() -> None:
    app = started(small(updates=1_000_000))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await until(lambda: app.training.now.updates.made > 20)
        await pilot.press("space")
        await settled(pilot)
        made = app.training.now.updates.made
        assert not app.training.now.updates.playing
        assert at(app) == made - 1
        await pilot.press("space")
        await until(lambda: app.training.now.updates.made > made)
        await pilot.press("t")
        await settled(pilot)
        assert app.screen is app.main
        assert not app.main.now.updates.playing


async def test_the_palette_and_help_know_the_screen() -> None:
    from gradsim.tui.screens.commands import commands

    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        names = {name: run for name, _, run in commands(app.training)}
        assert {"show: update / weight", "go to an update by its number"} <= set(names)
        names["show: update / weight"]()
        assert app.training.now.updates.quantity == "update_ratio"
        await pilot.press("question_mark")
        told = app.screen.query_one(Lines).text()
        assert all(words in " ".join(told.split()) for _, _, words, _ in all_keys())


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
async def test_recurrent_networks_train_and_show_their_passes(kind: str) -> None:
    app = started(parse_scenario({"network": {"kind": kind, "depth": 2, "width": 4}, "training": {"iterations": 3},
                                  "time": {"steps": 5}}))  # fmt: skip
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("p")
        await settled(pilot)
        assert "step 3 of 5" in app.main.query_one(Inspector).text()
        assert "before update 2" in app.main.query_one(Header).text()


def test_where_a_scenario_starts() -> None:
    assert state.begin(small()).scene == "pass"
    assert state.begin(small(lesson=LESSON)).scene == "pass"
    assert state.begin(small(lesson=LESSON[1:])).scene == "training"
    assert state.begin(small(expect={"trained": "learning"})).scene == "training"
    assert state.begin(small(expect={"trained": "learning", "verdict": "healthy"})).scene == "pass"


def test_a_lesson_can_not_point_beyond_the_run_or_at_what_is_not_recorded() -> None:
    with pytest.raises(ScenarioError, match="give 0 to 5"):
        small(lesson=[{"text": "x", "update": 6}])
    with pytest.raises(ScenarioError, match="gradient_norm"):
        small(lesson=[{"text": "x", "update": 1, "quantity": "gradient_nrm"}])


def test_where_one_looks() -> None:
    playing = moves.play(Updates(), 100)
    on = moves.progressed(playing, 40, 30, done=False)
    assert (on.at, on.playing) == (39, True)
    still = moves.pause(on)
    assert (still.at, still.wanted, still.playing) == (39, 30, False)
    assert moves.go(still, 500, 100).wanted == 100
    assert moves.go(on, 10, 100).playing is False
    assert moves.again(moves.progressed(on, 100, 100, done=True), 50).at == 49
    assert moves.again(Updates(), 50) == Updates()


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adamw"])
def test_fields_of_training_give_back_what_they_show(optimizer: str) -> None:
    chosen = parse_scenario({"training": {"optimizer": optimizer, "clip": "agc", "schedule": "step"}})
    listed = fields(chosen, training=True)
    assert listed[0].key == "training.optimizer"
    assert {field.key for field in listed} == {field.key for field in fields(chosen)}
    assert changes(chosen, {field.key: field.value for field in listed}) == {}


def test_a_pair_of_numbers_is_typed_with_a_comma() -> None:
    chosen = parse_scenario({"training": {"optimizer": "adam"}})
    betas = next(field for field in fields(chosen) if field.key.endswith(".betas"))
    assert betas.value == "0.9, 0.999"
    edited = chosen.edit(changes(chosen, {betas.key: "0.8, 0.99"}))
    assert edited.training.optimizer.parameters["betas"] == (0.8, 0.99)
    with pytest.raises(ScenarioError, match="list of 2 numbers"):
        chosen.edit(changes(chosen, {betas.key: "0.8"}))


def test_a_saved_run_opens_where_it_stopped() -> None:
    session = state.reopen(small(), 4)
    assert (session.scene, session.updates.at, session.updates.playing) == ("training", 3, False)


def test_a_saved_run_stays_as_it_was_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="leave this out"):
        command.callback(("run.npz",), (), ("seed=1",), None, False)  # type: ignore[misc]
    with pytest.raises(UserError, match="no such file"):
        command.callback((str(tmp_path / "run.npz"),), (), (), None, False)  # type: ignore[misc]
