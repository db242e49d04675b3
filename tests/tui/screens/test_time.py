"""The interface on recurrent networks, with real keys: both cursors, three charts, the walk over time."""

import asyncio
from collections.abc import Sequence

import pytest
from textual import events
from textual.widgets import Static

from gradsim.sim import registry
from gradsim.sim.results.factors import cell_path
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.text import format_number
from gradsim.tui.app import GradsimApp
from gradsim.tui.charts.plot import grid as drawing
from gradsim.tui.charts.plot.area import HeatmapPlot
from gradsim.tui.cli.report.time_table import horizon
from gradsim.tui.screens.dialogs.ask import Ask
from gradsim.tui.screens.single_pass.questions import parse_position
from gradsim.tui.state import session as state
from gradsim.tui.state.changes import clear, edit
from gradsim.tui.state.form_fields import changes, fields
from gradsim.tui.state.signal_walk import MOST, TICK, Walk, advance
from gradsim.tui.widgets.cells import merge
from gradsim.tui.widgets.field import FieldRow
from gradsim.tui.widgets.footer import KeyLine, StatusLine
from gradsim.tui.widgets.header import Header, summary
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.widgets.time_cells import memory
from gradsim.tui.widgets.verdict import VerdictPanel
from pilot import SIZES, chart, press_digit_of, quiet, settled, started, text

LESSON = [{"text": "Look at step 5 of layer 1.", "layer": 1, "step": 5}]
TRUNCATED = {"network": {"kind": "rnn", "depth": 1, "width": 8}, "time": {"steps": 40, "truncate": 20}}


def recurrent(kind: str = "rnn", depth: int = 3, steps: int = 40, **network: object) -> Scenario:
    table = {"kind": kind, "depth": depth, "width": 8, **network}
    return parse_scenario({"title": "Through time", "network": table, "time": {"steps": steps}, "lesson": LESSON})


def where(app: GradsimApp) -> tuple[int, int]:
    return app.main.now.layer_cursor, app.main.now.step_cursor


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
async def test_first_sight(size: tuple[int, int], kind: str) -> None:
    app = started(recurrent(kind))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert f"{kind} 3 × 8" in text(app, Header)
        assert "40 steps" in text(app, Header)
        assert "by step, layer 2" in chart(app)
        assert "step 20" in text(app, Inspector)
        assert "left here" in text(app, Inspector)
        assert "1%" in text(app, Inspector)
        assert "[ ] layer" in text(app, KeyLine)
        await pilot.press("n")
        await settled(pilot)
        for widget in app.main.query(TextRows):
            if widget.display and widget.region.height:
                lines = widget.text().split("\n")
                assert max(map(len, lines)) <= widget.size.width, widget
                assert len(lines) <= widget.size.height, widget


async def test_both_cursors_move_and_stay_inside() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key, expected in (
            ("home", (2, 1)), ("left", (2, 1)), ("right", (2, 2)), ("pagedown", (2, 6)), ("end", (2, 40)),
            ("right_square_bracket", (3, 40)), ("right_square_bracket", (3, 40)), ("left_curly_bracket", (1, 40)),
            ("c", (1, 40)), ("right", (2, 40)), ("left_square_bracket", (2, 39)), ("left_curly_bracket", (2, 35)),
            ("end", (3, 35)), ("c", (3, 35)), ("home", (3, 1)), ("left_square_bracket", (2, 1)),
        ):  # fmt: skip
            await pilot.press(key)
            assert where(app) == expected, key
        for keys, expected in ((("7",), (2, 7)), ((*"layer", "space", "3"), (3, 7)), (("s", "9"), (3, 9))):
            await pilot.press("g", *keys, "enter")
            assert where(app) == expected
        await pilot.press("g", *"l99", "enter")
        assert isinstance(app.screen, Ask)
        assert "layer from 1 to 3" in str(app.screen.query_one("#about", Static).content)


async def test_three_charts_and_their_cursors() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        assert "by layer, step 20" in chart(app)
        assert "[ ] step" in text(app, KeyLine)
        await pilot.press("c")
        await settled(pilot)
        assert "layers over steps" in chart(app)
        assert "each mark" in chart(app)
        await pilot.press("C", "C")
        await settled(pilot)
        assert "by step" in chart(app)
        await pilot.press("right_square_bracket")
        await settled(pilot)
        assert "layer 3" in chart(app)


async def test_charts_below_show_the_same_quantity_otherwise() -> None:
    app = started(recurrent())
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        found = [app.main.query_one(which, PlotWidget).drawing for which in ("#chart", "#second", "#third")]
        titles = [drawing.text().splitlines()[0] for drawing in found if drawing]
        assert ["by step" in titles[0], "by layer" in titles[1], "layers over steps" in titles[2]] == [True] * 3


async def test_one_layer_has_one_chart_and_says_so() -> None:
    app = started(recurrent(depth=1))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        assert "several layers" in text(app, StatusLine)
        assert "[ ]" not in text(app, KeyLine)
        assert app.main.now.shown == "step"


async def test_an_mlp_has_no_time() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = app.main.now
        await pilot.press("right_square_bracket", "left_curly_bracket", "b")
        assert where(app) == (before.layer_cursor, 1)
        await pilot.press("c")
        assert app.main.now.shown == "layer"
        assert "rnn" in text(app, StatusLine)


async def test_a_click_on_the_heatmap_picks_layer_and_step() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c", "c")
        await settled(pilot)
        plot = app.main.query_one("#chart", PlotWidget)
        assert plot.drawing is not None
        field = plot.drawing.plot
        assert isinstance(field, HeatmapPlot)
        await pilot.click(plot, offset=(field.column(31), field.row(3)))
        assert where(app) == (3, 31)


async def test_a_click_on_the_chart_by_step_picks_the_step() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        plot = app.main.query_one("#chart", PlotWidget)
        assert plot.drawing is not None
        column = plot.drawing.column_of(7)
        assert column is not None
        await pilot.click(plot, offset=(column, 3))
        assert where(app) == (2, 7)


async def test_the_other_run_on_the_heatmap() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("b")
        assert "heatmap" in text(app, StatusLine)
        await pilot.press("c", "c", press_digit_of(app, "relu"))
        await settled(pilot)
        assert "with fixes" in chart(app)
        await pilot.press("b")
        await settled(pilot)
        assert "as it is" in chart(app)


@pytest.mark.usefixtures("by_hand")
async def test_the_walk_goes_through_time_and_back() -> None:
    app = started(recurrent(steps=30))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space")
        assert app.main.now.walk is not None
        seen = [app.main.now.step_cursor]
        assert "step 1 of 30" in text(app, StatusLine)
        await settled(pilot)
        assert "activation std by step" in chart(app)
        while not app.main.now.walk.finished:
            app.main.navigation.tick()
            seen.append(app.main.now.step_cursor)
        assert seen[0] == seen[-1] == 1
        assert 30 in seen
        turn = seen.index(30)
        assert seen[: turn + 1] == sorted(seen[: turn + 1])
        assert seen[turn + 1 :] == sorted(seen[turn + 1 :], reverse=True)
        await settled(pilot)
        assert "gradient rms by step" in chart(app)
        assert app.main.now.layer_cursor == 2


@pytest.mark.usefixtures("by_hand")
async def test_the_walk_plays_on_every_chart() -> None:
    app = started(recurrent(steps=4))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        for view in ("step", "layer", "map"):
            while app.main.now.shown != view:
                await pilot.press("c")
            await pilot.press("space")
            assert app.main.now.walk is not None
            ticks = 0
            while app.main.now.walk is not None and ticks < 20:
                app.main.navigation.tick()
                await quiet(app)
                ticks += 1
            assert app.main.now.walk is None
            if view == "layer":
                await pilot.resize_terminal(80, 24)


async def test_a_lesson_sets_the_step() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert where(app) == (1, 5)
        assert "step 5, layer 1" in text(app, Inspector)


async def test_a_lesson_returns_to_the_chart_its_text_speaks_of() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c", "n")
        await settled(pilot)
        assert "by step" in chart(app)


@pytest.mark.parametrize("at", ["last", "every"])
async def test_where_truncation_cuts_there_is_no_nan(at: str) -> None:
    app = started(parse_scenario(TRUNCATED | {"loss": {"at": at}}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for keys in (("g", "5", "enter"), ("g", "2", "1", "enter")):
            await pilot.press(*keys)
            await settled(pilot)
            assert "NaN" not in text(app, Inspector)


@pytest.mark.parametrize("kind", ["mlp", "rnn", "lstm"])
async def test_where_not_even_the_loss_has_a_gradient_there_is_no_nan(kind: str) -> None:
    table = {"network": {"kind": kind, "depth": 2, "width": 8}, "precision": {"format": "float16", "loss_scale": 1e-12}}
    app = started(parse_scenario(table))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("end", "home"):
            await pilot.press(key)
            assert "VANISHING" in text(app, VerdictPanel)
            assert "NaN" not in text(app, Inspector)


@pytest.mark.slow
async def test_another_kind_by_the_form_brings_a_sequence_and_back() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "up", *"rnn")
        await settled(pilot)
        now = app.main.now
        assert (now.scenario.network.kind, now.steps, now.shown) == ("rnn", 50, "step")
        assert app.main.runs is not None
        assert app.main.runs.baseline.steps == 50
        keys = {row.field.key for row in app.main.query("FieldRow")}  # type: ignore[attr-defined]
        assert {"time.steps", "network.recurrent_init", "time.truncate", "loss.at"} <= keys
        await pilot.press("m")
        await settled(pilot)
        assert (app.main.now.scenario.network.kind, app.main.now.steps, app.main.now.shown) == ("mlp", 1, "layer")
        assert app.main.runs.baseline.steps == 1


async def test_the_reasons_tell_of_memory_and_bounds() -> None:
    app = started(recurrent())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        told = " ".join(app.screen.query_one(TextRows).text().split())
        assert "memory of layer 2" in told
        assert "spectral radius" in told


async def test_gates_and_the_cell_are_told() -> None:
    app = started(recurrent("lstm", depth=1))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for word in ("gate i", "gate f", "gate g", "gate o", "dL/dc"):
            assert word in text(app, Inspector)


async def test_a_long_sequence_is_shown_and_walked() -> None:
    app = started(recurrent(depth=2, steps=20_000, width=4))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("end", "left", "c", "c")
        await settled(pilot)
        assert where(app)[1] == 19_999
        assert "20000" in chart(app)
        assert "VANISHING" in text(app, VerdictPanel)


def test_where_a_session_looks() -> None:
    session = state.begin(recurrent(depth=4, steps=100))
    assert (session.layer_cursor, session.step_cursor, session.steps, session.shown, session.across) == (
        2,
        50,
        100,
        "step",
        "step",
    )
    assert state.move(session, 99, 999).step_cursor == 100
    assert state.move(session, layer=0).layer_cursor == 1
    shorter, _ = edit(session, {"time.steps": 10})
    assert (shorter.steps, shorter.step_cursor) == (10, 10)
    assert state.begin(parse_scenario({})).views == ("layer",)


def test_a_file_tells_its_steps_only_when_it_runs() -> None:
    session = state.begin(parse_scenario({"network": {"kind": "rnn"}, "data": {"file": "my.npz"}}))
    assert session.steps == 1
    known = state.measured(session, 80)
    assert (known.steps, known.step_cursor) == (80, 40)
    assert clear(known).steps == 80


@pytest.mark.parametrize("kind", ["mlp", "rnn", "lstm", "gru"])
def test_fields_are_those_that_apply_and_give_back_what_they_show(kind: str) -> None:
    chosen = parse_scenario({}) if kind == "mlp" else recurrent(kind)
    texts = {field.key: field.value for field in fields(chosen)}
    assert changes(chosen, texts) == {}
    assert ("network.forget_bias" in texts) == (kind == "lstm")
    assert "network.activation" in texts
    assert ("time.steps" in texts) == (kind != "mlp")
    for other in ("mlp", "rnn", "lstm", "gru"):
        if other != kind:
            assert chosen.edit(changes(chosen, {"network.kind": other})).network.kind == other


def test_gates_come_with_tanh_and_keep_another_activation_only_among_themselves() -> None:
    relu = recurrent("rnn").edit({"network.activation": "relu"})
    gated = relu.edit(changes(relu, {"network.kind": "lstm"}))
    assert gated.network.activation.name == "tanh"
    other = gated.edit({"network.activation": "softsign"})
    assert other.edit(changes(other, {"network.kind": "gru"})).network.activation.name == "softsign"


@pytest.mark.parametrize(
    ("words", "found"),
    [("7", ("step", 7)), ("l 3", ("layer", 3)), ("Step 12", ("step", 12)), ("x3", None), ("", None), ("-1", None)],
)
def test_places_in_words(words: str, found: object) -> None:
    assert parse_position(words, "step") == found


@pytest.mark.parametrize("steps", [2, 100, 100_000])
def test_a_walk_over_steps_stays_short(steps: int) -> None:
    walk, ticks = Walk(steps, over="step"), 1
    while not walk.finished:
        walk, ticks = advance(walk), ticks + 1
    assert ticks <= MOST / TICK + 2
    assert "step 1 of" in walk.text


async def test_quantities_of_gates_come_with_the_gates() -> None:
    app = started(recurrent("lstm", depth=1))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        seen = set()
        for _ in range(20):
            await pilot.press("v")
            seen.add(app.main.now.quantity)
        assert {"gate_f_mean", "cell_gradient_rms"} <= seen
        assert "gate_z_mean" not in seen
        app.main.questions.show_quantity("gate_f_mean")
        await settled(pilot)
        assert "forget gate by step" in chart(app)
        app.main.steering.edit({"network.kind": "rnn"})
        await settled(pilot)
        assert "gradient rms by step" in chart(app)


@pytest.mark.parametrize("size", [(60, 18), (66, 20)])
async def test_the_smallest_screen_still_tells_the_step(size: tuple[int, int]) -> None:
    app = started(recurrent("lstm"))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for widget in app.main.query(TextRows):
            if widget.display and widget.region.height:
                assert max(map(len, widget.text().split("\n"))) <= widget.size.width, widget
        assert "passes on" in text(app, Inspector)


def test_a_loss_at_every_step_claims_nothing_about_memory() -> None:
    trace = simulate(load_scenario(locate("truncated_bptt")).edit({"time.truncate": 20}))
    assert trace.verdict.memory_horizon is None
    for words in (memory(trace, 1), horizon(trace)):
        assert words == "each step has its own loss, cut after 20 steps"


KINDS = registry.names("layers")
LONG = {"time.steps": 73, "time.truncate": 9, "loss.at": "every", "network.activation": "relu"}


@pytest.mark.slow
async def test_a_kind_that_returns_brings_its_keys_back() -> None:
    app = started(recurrent().edit(LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = app.main.now.scenario
        await pilot.press("e", "up", "m")
        await settled(pilot)
        assert app.main.now.scenario.time.steps is None
        await pilot.press("r")
        await settled(pilot)
        assert app.main.now.scenario == before
        await pilot.press("l")
        await settled(pilot)
        assert app.main.now.scenario.steps == 73
        assert app.main.now.scenario.network.activation.name == "tanh"
        await pilot.press("r")
        await settled(pilot)
        assert app.main.now.scenario == before


async def typed(app: GradsimApp, keys: Sequence[str], turns: int) -> None:
    """Keys that come faster than they are answered, so many turns of the event loop apart."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
        for _ in range(turns):
            await asyncio.sleep(0)


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 40])
@pytest.mark.parametrize(("keys", "kind"), [
    ("rnnlstm", "lstm"), (("right",) * 3, KINDS[(KINDS.index("mlp") + 3) % len(KINDS)]),
    (("left",) * len(KINDS), "mlp"),
])  # fmt: skip
async def test_keys_typed_faster_than_the_form_answers_choose_what_they_say(
    keys: Sequence[str], kind: str, turns: int
) -> None:
    """A focus that is lost on the way would give them to the screen, where n opens the lesson."""
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "up")
        await typed(app, keys, turns)
        await pilot.pause()
        now = app.main.now
        assert (now.scenario.network.kind, now.step, now.fixes) == (kind, None, ())
        rows = {row.field.key: row for row in app.main.query(FieldRow) if not row.gone}
        assert rows["network.kind"].value.has_focus
        assert rows["network.kind"].field.value == kind
        assert list(rows) == [field.key for field in fields(now.scenario)]


@pytest.mark.slow
async def test_a_choice_typed_fast_goes_on_in_the_next_field() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e", "up")
        await typed(app, ("g", "r", "u", "down", "3", "0", "enter"), 40)
        await pilot.pause()
        network = app.main.now.scenario.network
        assert (network.kind, network.depth) == ("gru", 30)


@pytest.mark.usefixtures("by_hand")
async def test_after_a_walk_a_lesson_looks_where_it_did() -> None:
    chosen = recurrent().edit({"lesson": [*LESSON, {"text": "Stay."}]})
    app = started(chosen)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        for leave in ("end", "escape", "n"):
            await pilot.press("space")
            for _ in range(7):
                app.main.navigation.tick()
            assert where(app) != (1, 5)
            if leave == "end":
                while app.main.now.walk is not None:
                    app.main.navigation.tick()
            else:
                await pilot.press(leave)
            assert app.main.now.walk is None
            assert where(app) == (1, 5)
            assert (app.main.now.step == 0) == (leave != "n")


@pytest.mark.usefixtures("by_hand")
async def test_without_a_lesson_a_walk_ends_where_it_is() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space")
        while app.main.now.walk is not None:
            app.main.navigation.tick()
        assert where(app) == (2, 1)


async def test_an_lstm_tells_gates_and_cell_path_in_place_of_a_slope() -> None:
    app = started(recurrent("lstm", depth=1))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        told = text(app, Inspector)
        assert "gates" in told
        assert "slope" not in told
        assert app.main.runs is not None
        sizes = app.main.runs.baseline.profile["cell_gradient_rms"][0]
        here = app.main.now.step_cursor - 1
        assert cell_path(app.main.runs.baseline, 1, here + 1) == pytest.approx(sizes[here - 1] / sizes[here])
        assert "cell path" in told
        assert format_number(sizes[here - 1] / sizes[here]) in told


def test_numbers_of_two_kinds_stand_in_the_order_of_the_product() -> None:
    rnn = dict.fromkeys(("left here", "slope", "weight", "passes on"), (" ", "1"))
    lstm = dict.fromkeys(("left here", "gates", "weight", "passes on"), (" ", "1"))
    for one, other in ((rnn, lstm), (lstm, rnn)):
        first, *factors, last = (column.heading for column in merge(one, other))
        assert (first, set(factors), factors[-1], last) == (
            "left here", {"slope", "gates", "weight"}, "weight", "passes on")  # fmt: skip


@pytest.mark.slow
async def test_the_place_of_a_norm_is_a_field_where_there_is_a_norm() -> None:
    app = started(recurrent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "network.norm_at" not in {field.key for field in fields(app.main.now.scenario)}
        app.main.steering.edit({"network.norm": "layer"})
        await settled(pilot)
        await pilot.press("e")
        row = next(row for row in app.main.query(FieldRow) if row.field.key == "network.norm_at")
        app.main.set_focus(row.value)
        await pilot.press("right")
        await settled(pilot)
        assert app.main.now.scenario.output_norm
        assert "layer norm on output" in " ".join(summary(app.main.now.scenario))


async def test_while_it_simulates_labels_and_headings_stay_and_numbers_go(monkeypatch: pytest.MonkeyPatch) -> None:
    app = started(recurrent())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        plot, inspector = app.main.query_one("#chart", PlotWidget), app.main.query_one(Inspector)
        assert plot.drawing is not None
        height, frame = inspector.size.height, drawing.frame(plot.drawing.rows)
        monkeypatch.setattr(app.main.runner, "simulate", lambda _session: None)  # a run that takes its time
        app.main.steering.edit({"seed": 5})
        app.main._wait()
        await pilot.pause()
        assert app.main.runs is None
        assert shown(plot) == ["".join(text for text, _ in row) for row in frame]
        assert not any(set(row) & set("⠤⠒⠉⣀▲") for row in shown(plot))
        assert inspector.size.height == height
        told = text(app, Inspector)
        assert "left here" in told
        assert "dL/dh" in told
        assert not any(character.isdigit() for line in told.split("\n") if "as it is" in line for character in line)


def shown(plot: PlotWidget) -> list[str]:
    return ["".join(segment.text for segment in plot.render_line(y)) for y in range(plot.size.height)]


@pytest.mark.parametrize("width", [60, 66, 80, 100])
async def test_a_product_is_shown_whole_or_not_at_all(width: int) -> None:
    app = started(recurrent("gru", depth=1))
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        await pilot.press(press_digit_of(app, "lstm"))
        await settled(pilot)
        told = text(app, Inspector)
        factors = [f"× {word}" in told for word in ("gates", "weight", "other")]
        assert all(factors) or not any(factors)
        assert ("this step" in told) != any(factors)
        assert "= passes on" in told
