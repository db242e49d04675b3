"""The training screen with real keys: play, step, go back, jump; charts, what broke, the pass of an update."""

import re
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from gradsim.sim.errors import ScenarioError, UserError
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.quantities import BY_LAYER, NUMBERS, over_updates
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import inspect_layer
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_inspection import inspect_update
from gradsim.sim.training.run_snapshot import RunSnapshot
from gradsim.sim.training.verdict import RunVerdict
from gradsim.tui.app import GradsimApp
from gradsim.tui.charts.plot.legend import GUTTER
from gradsim.tui.charts.plot.training_picture import TrainingPicture, horizon
from gradsim.tui.charts.training_catalog import training_chart, training_charts
from gradsim.tui.cli.commands.open import command
from gradsim.tui.screens.dialogs.ask import Ask
from gradsim.tui.screens.dialogs.help import Help
from gradsim.tui.screens.training.keys import all_keys
from gradsim.tui.state import playback as moves
from gradsim.tui.state import session as state
from gradsim.tui.state.form_fields import changes, fields
from gradsim.tui.state.lessons import go_to_lesson_step
from gradsim.tui.state.playback import Playback
from gradsim.tui.widgets.failure_panel import FailurePanel
from gradsim.tui.widgets.field import FieldRow
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.footer import KeyLine, LessonStrip, StatusLine
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.widgets.update_table import UpdateTable
from gradsim.tui.widgets.verdict import VerdictPanel
from gradsim.tui.workers.runs import Trainings
from pilot import SIZES, settled, started, until

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


def seen(app: GradsimApp, widget: type[TextRows]) -> str:
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
    return app.training.now.playback.cursor


def says_what_became_of_it(app: GradsimApp) -> None:
    assert "training" in seen(app, Header)
    assert "sgd(0.1)" in seen(app, Header)
    assert "in 6 updates" in seen(app, VerdictPanel)
    assert "update 5 of 6" in seen(app, UpdateTable)
    assert "loss by update" in drawn(app)
    assert "play" in seen(app, KeyLine)


@pytest.mark.long
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
        for widget in app.training.query(TextRows):
            if widget.display and widget.region.height:
                lines = widget.text().split("\n")
                assert max(map(len, lines)) <= widget.size.width, widget
                assert len(lines) <= widget.size.height, widget


async def test_it_plays_at_once_and_every_update_can_be_gone_to() -> None:
    app = started(small())
    async with app.run_test(size=SIZES[-1]) as pilot:
        await trained(pilot, app)
        for size in reversed(SIZES):
            if tuple(app.size) != size:
                await pilot.resize_terminal(*size)
                await settled(pilot, 1)
            says_what_became_of_it(app)
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
    app = GradsimApp(go_to_lesson_step(state.begin(chosen), 0)[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.screen is app.training
        assert (at(app), app.training.now.playback.completed) == (2, 3)
        await pilot.press("right")
        await settled(pilot)
        assert (at(app), app.training.now.playback.completed) == (3, 4)
        await pilot.press("pagedown")
        await settled(pilot)
        assert (at(app), app.training.now.playback.completed) == (13, 14)
        await pilot.press("space")
        await settled(pilot)
        assert (at(app), app.training.now.playback.completed) == (49, 50)


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
        assert after.with_fixes is not None
        assert len(after.with_fixes) == len(after.baseline) == 6
        assert at(app) == place
        assert "He init" in drawn(app)
        await pilot.press("0")
        await settled(pilot)
        assert app.training.records.with_fixes is None
        assert "with fixes" not in seen(app, VerdictPanel)


@pytest.mark.parametrize("size", SIZES)
async def test_beside_what_broke_no_chart_is_left_without_room(size: tuple[int, int]) -> None:
    app = started(broken())
    async with app.run_test(size=size) as pilot:
        await trained(pilot, app)
        assert app.training.has_class("-reported")
        rows = {plot.id: plot.size.height for plot in app.training.query(PlotWidget) if plot.size.height}
        assert min(rows.values()) >= 5, rows


async def test_what_broke_is_told_with_its_fixes_and_found_by_x() -> None:
    app = started(broken())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        record = app.training.records.baseline
        assert record is not None
        assert record.broken is not None
        assert app.training.has_class("-reported")
        assert f"update {record.broken:>2}" in seen(app, FailurePanel)
        assert "NONFINITE" in seen(app, VerdictPanel)
        assert app.training.now.playback.completed < 30, "it stops when all is lost"
        offered = re.findall(r"(?<= )(\d|f) (?=[a-zA-Z])", seen(app, FailurePanel).partition("worth a try:")[2])
        assert offered[:3] == ["1", "2", "3"], "what is worth a try has the first digits"
        await pilot.press("space")
        assert "never recover" in seen(app, StatusLine), "and says why it doesn't go on"
        await pilot.press("escape")
        assert app.screen is app.training
        assert not app.training.has_class("-reported")
        await pilot.press("x")
        assert at(app) == record.broken
        assert app.training.has_class("-reported")
        await pilot.press("w")
        assert isinstance(app.screen, Help)
        assert record.failure_events[0].text in " ".join(app.screen.query_one(TextRows).text().split())


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
        app.training.playback_keys.show_quantity("gradient_rms")
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
            names.append(app.training.now.playback.quantity)
            assert drawn(app)
        assert names == ["gradient_norm", "gradient_rms", "update_ratio", "accuracy", "weight_norm", "learning_rate"]
        await pilot.press("v")
        assert app.training.now.playback.quantity == "loss"


async def test_where_norms_are_shown_the_foot_says_what_to_clip_at() -> None:
    app = started(small(updates=20))
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        for quantity in ("gradient_norm", "gradient_rms"):
            await pilot.press("v")
            await settled(pilot)
            assert app.training.now.playback.quantity == quantity
            told = " ".join(seen(app, StatusLine).split())
            assert ("a threshold of" in told) == (quantity == "gradient_norm")


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


async def test_histograms_are_of_the_pass_that_is_shown() -> None:
    app = started(small())
    async with app.run_test(size=(120, 46)) as pilot:
        await trained(pilot, app)
        await pilot.press("p")
        plot = app.main.query_one("#histogram-activation", PlotWidget)
        await until(lambda: plot.drawing is not None)
        assert plot.drawing is not None
        assert "activation at layer 2" in plot.drawing.text()


def test_the_first_update_and_the_first_pass_look_the_same_closely() -> None:
    run = Run(small())
    run.advance()
    run.advance()
    first, again, later = inspect_layer(small(), 3), inspect_update(run, 0, 3), inspect_update(run, 1, 3)
    for name, histogram in first.histograms.items():
        assert np.array_equal(histogram.counts, again.histograms[name].counts)
        assert np.array_equal(histogram.edges, again.histograms[name].edges)
    assert not np.array_equal(first.histograms["gradient"].edges, later.histograms["gradient"].edges)


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
        assert app.training.records.with_fixes is not None
        assert "gradient rms, layers over updates" in drawn(app) or "gradient rms, with fixes" in drawn(app)
        await pilot.press("n")
        await settled(pilot)
        assert app.screen is app.main
        assert app.main.now.layer_cursor == 2
        await pilot.press("N")
        await settled(pilot)
        assert app.screen is app.training


@pytest.mark.slow
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


@pytest.mark.slow
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
    from gradsim.sim.training.run_file import is_run, load_run

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
        app.training.steering.edit({"network.width": 16_384, "network.depth": 10_000})
        await settled(pilot)
        assert "memory" in seen(app, StatusLine)
        assert "no result" in seen(app, VerdictPanel)
        app.training.steering.edit({"network.width": 8, "network.depth": 4})
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


@pytest.mark.slow
async def test_leaving_while_it_plays_stops_it() -> None:
    app = started(small(updates=1_000_000))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await until(lambda: app.training.now.playback.completed > 20)
        await pilot.press("space")
        await settled(pilot)
        made = app.training.now.playback.completed
        assert not app.training.now.playback.playing
        assert at(app) == made - 1
        await pilot.press("space")
        await until(lambda: app.training.now.playback.completed > made)
        await pilot.press("t")
        await settled(pilot)
        assert app.screen is app.main
        assert not app.main.now.playback.playing


async def test_the_palette_and_help_know_the_screen() -> None:
    from gradsim.tui.screens.palette import commands

    app = started(small())
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        names = {name: run for name, _, run in commands(app.training)}
        assert {"show: update / weight", "go to an update by its number"} <= set(names)
        names["show: update / weight"]()
        assert app.training.now.playback.quantity == "update_ratio"
        await pilot.press("question_mark")
        told = app.screen.query_one(TextRows).text()
        assert all(words in " ".join(told.split()) for _, _, words, _ in all_keys())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["learning_rate_too_high", "float16_underflow"])
async def test_lessons_of_presets_lead_through_both_screens(name: str) -> None:
    path = locate(name)
    chosen = load_scenario(path)
    app = GradsimApp(state.begin(chosen, path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for step in chosen.lesson:
            await pilot.press("n")
            await settled(pilot)
            assert app.screen is (app.main if step.update is None else app.training)
            assert step.update is None or at(app) == step.update < app.training.now.playback.completed
            assert not app.scene.failure
            for widget in app.screen.query(TextRows):
                if widget.display and widget.region.height:
                    lines = widget.text().split("\n")
                    assert max(map(len, lines)) <= widget.size.width, widget
                    assert len(lines) <= widget.size.height, widget


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
async def test_recurrent_networks_train_and_show_their_passes(kind: str) -> None:
    app = started(parse_scenario({"network": {"kind": kind, "depth": 2, "width": 4}, "training": {"iterations": 3},
                                  "time": {"steps": 5}, "loss": {"name": "mse"}}))  # fmt: skip
    async with app.run_test(size=(80, 24)) as pilot:
        await trained(pilot, app)
        await pilot.press("p")
        await settled(pilot)
        assert "step 3, layer 1" in app.main.query_one(Inspector).text()
        assert "before update 2" in app.main.query_one(Header).text()


def test_where_a_scenario_starts() -> None:
    assert state.begin(small()).scene == "pass"
    assert state.begin(small(lesson=LESSON)).scene == "pass"
    assert state.begin(small(lesson=LESSON[1:])).scene == "training"
    assert state.begin(small(expect={"trained": "learning"})).scene == "training"
    assert state.begin(small(expect={"trained": "learning", "verdict": "healthy"})).scene == "pass"


def test_a_lesson_can_not_point_at_what_is_not_recorded() -> None:
    with pytest.raises(ScenarioError, match="gradient_norm"):
        small(lesson=[{"text": "x", "update": 1, "quantity": "gradient_nrm"}])


def test_a_lesson_of_a_run_that_was_made_shorter_points_at_its_last_update() -> None:
    short = small(lesson=[{"text": "x", "update": 5}]).edit({"training.iterations": 3})
    told, _ = go_to_lesson_step(state.begin(short), 0)
    assert told.playback.cursor == 2


def test_where_one_looks() -> None:
    playing = moves.play(Playback(), 100)
    on = moves.progressed(playing, 40, 30, done=False)
    assert (on.cursor, on.playing) == (39, True)
    still = moves.pause(on)
    assert (still.cursor, still.target, still.playing) == (39, 30, False)
    assert moves.seek(still, 500, 100).target == 100
    assert moves.seek(on, 10, 100).playing is False
    assert moves.replan(moves.progressed(on, 100, 100, done=True), 50).cursor == 49
    assert moves.replan(Playback(), 50) == Playback()


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
    assert (session.scene, session.playback.cursor, session.playback.playing) == ("training", 3, False)


def test_a_saved_run_stays_as_it_was_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="leave this out"):
        command.callback(("run.npz",), (), ("seed=1",), None, None, False, False)  # type: ignore[misc]
    with pytest.raises(UserError, match="no such file"):
        command.callback((str(tmp_path / "run.npz"),), (), (), None, None, False, False)  # type: ignore[misc]


def recorded(values: list[float], depth: int = 3, place: Nonfinite | None = None, **training: object) -> RunSnapshot:
    """A run made by hand in which every number has the same values, update by update."""
    column = np.array(values)
    table = np.repeat(column[:, None], depth, axis=1)
    scenario = parse_scenario({"network": {"depth": depth}, "training": training})
    verdict = RunVerdict("learning", values[0], values[-1], "made by hand")
    return RunSnapshot(scenario, dict.fromkeys(NUMBERS, column), dict.fromkeys(BY_LAYER, table), table, verdict, place)


def test_lessons_can_name_every_chart_of_training() -> None:
    assert {chart.name for chart in training_charts()} == set(over_updates())
    assert all(0 < len(chart.title) <= 18 and chart.about.endswith(".") for chart in training_charts())
    with pytest.raises(UserError, match="did you mean loss"):
        training_chart("los")


@pytest.mark.parametrize("name", over_updates())
@pytest.mark.parametrize("values", [[1.0, 0.5], [np.nan], [0.0, np.inf, -1.0, 1e300, 5e-324], [1.0] * 5000])
def test_every_chart_draws_any_run_at_any_size(name: str, values: list[float]) -> None:
    run, other = recorded(values, clip={"name": "norm", "threshold": 2.0}), recorded([1.0, 2.0, 3.0], 5)
    for width, height in ((0, 0), (1, 1), (20, 5), (58, 10), (120, 40)):
        for view in ("map", "layer"):
            for braille in (True, False):
                picture = TrainingPicture(name, run, other, horizon(len(run), 6000), view, 1)
                drawing = picture.draw(width, height, braille=braille)
                assert len(drawing.rows) == height
                assert {sum(len(text) for text, _ in row) for row in drawing.rows} <= {width}
                assert braille or drawing.text().isascii()


def test_of_a_single_layer_quantities_by_layer_are_curves() -> None:
    text = TrainingPicture("update_ratio", recorded([1.0, 0.1], 1), view="layer").draw(60, 10).text()
    assert "update / weight by update" in text


def test_the_threshold_is_a_line_and_the_norm_after_clipping_a_faint_curve() -> None:
    run = recorded([0.1, 10.0, 1.0], clip={"name": "norm", "threshold": 2.0})
    text = TrainingPicture("gradient_norm", run).draw(90, 12).text()
    assert "╌╌ threshold 2" in text
    assert "·· after clipping" in text
    assert text.count("╌") > 60


def test_a_run_that_breaks_leaves_room_for_the_other() -> None:
    fine = recorded([2.0, 1.0, 0.5])
    drawing = TrainingPicture("loss", recorded([2.0, 1e30, np.nan]), fine).draw(60, 12)
    marks = next(row for row in drawing.text().splitlines()[1:] if "x" in row)
    assert set(marks[GUTTER:]) <= set(" x"), "marks stand beside the data"
    axes = drawing.axes
    assert axes is not None
    assert axes.high <= 4
    alone = TrainingPicture("loss", recorded([2.0, 1e30, np.nan])).draw(60, 12).axes
    assert alone is not None
    assert alone.high == 30


def test_the_first_nonfinite_cell_is_marked_in_its_layer_and_update() -> None:
    place = Nonfinite("forward", 2, 1, "matrix product", "layers.2.preactivation", iteration=1)
    drawing = TrainingPicture("gradient_rms", recorded([1.0, np.nan, np.nan], place=place), updates=3).draw(37, 8)
    rows = drawing.text().splitlines()
    assert drawing.plot is not None
    column = drawing.plot.column(2)
    assert [row[column] for row in rows[1:4]] == ["x", "X", "x"]


def test_the_axis_of_updates_grows_in_round_numbers_and_counts_from_0() -> None:
    assert [horizon(made, 300) for made in (1, 10, 11, 21, 51, 201, 300)] == [10, 10, 20, 50, 100, 300, 300]
    assert horizon(3, 3) == 3
    rows = TrainingPicture("loss", recorded([1.0, 0.5]), updates=101).draw(60, 10).text().splitlines()
    assert rows[-1].split() == ["update", "0", "20", "40", "60", "80", "100"]
