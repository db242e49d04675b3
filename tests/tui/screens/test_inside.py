"""What is inside a layer, with real keys."""

import math

import pytest
from textual.widgets import Static

from gradsim.sim.results.inside import Part
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.dialogs.inside import InsideText, InsideWindow, _operations
from gradsim.tui.screens.single_pass import inside
from gradsim.tui.screens.single_pass.screen import PassScreen
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.widgets.inspector import Inspector
from gradsim.tui.workers.runs import Trainings
from pilot import press_digit_of, settled, started, type_fast

TRANSFORMER = {"kind": "transformer", "depth": 2, "width": 8, "heads": 2}
TRAINED = {"loss": {"name": "mse", "at": "every"}, "training": {"iterations": 3}}


@pytest.fixture(autouse=True)
def no_fixes_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the background, which takes longer than all else here."""
    monkeypatch.setattr(PassScreen, "_cure", lambda _: None)


def net(steps: int = 5, trained: bool = False, **network: object) -> Scenario:
    return parse_scenario({"network": network, "time": {"steps": steps}, "data": {"batch": 4}}
                          | (TRAINED if trained else {"loss": {"at": "every"}}))  # fmt: skip


def text(app: GradsimApp) -> str:
    return app.screen.query_one(InsideText).text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_block_is_opened_scrolled_and_left(size: tuple[int, int]) -> None:
    app = started(net(**TRANSFORMER))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("home", "i")
        await settled(pilot)
        assert isinstance(app.screen, InsideWindow)
        shown, scroll = text(app), app.screen.query_one("#scroll")
        for word in ("attention_logits", "mlp_preactivation", "in_proj_weight query", "attention entropy"):
            assert word in shown
        assert max(map(len, shown.splitlines())) <= app.screen.query_one(InsideText).size.width
        await pilot.press("pagedown")
        await pilot.pause()
        assert (scroll.scroll_offset.y > 0) == (scroll.max_scroll_y > 0)
        await pilot.press("escape")
        assert app.screen is app.main


async def test_both_runs_are_told_each_with_its_own_operations() -> None:
    app = started(parse_scenario({"network": {"depth": 3, "width": 8}}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(press_digit_of(app, "layer_norm"))
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot)
        baseline, fixed = text(app).split("with fixes")
        assert "as it is" in baseline
        assert "norm.weight" in fixed
        assert "norm.weight" not in baseline


async def test_the_pass_of_an_update_is_opened_with_the_weights_of_then() -> None:
    app = started(net(steps=4, trained=True, kind="lstm", depth=1, width=4))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot)
        before = text(app)
        await pilot.press("escape", "t")
        await settled(pilot)
        await pilot.press("end", "p")
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot)
        after = text(app)
    assert "cell state" in before
    assert "cell state" in after
    assert before != after


async def test_a_layer_is_opened_from_the_training_as_it_was_at_the_cursors_update() -> None:
    app = started(net(steps=4, trained=True, kind="lstm", depth=1, width=4))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        texts = []
        for key in ("home", "end"):
            await pilot.press(key)
            await settled(pilot)
            await pilot.press("i")
            await settled(pilot)
            texts.append(text(app))
            heading = app.screen.query_one(".heading", Static).visual
            assert f"before update {app.scene.now.playback.cursor}" in str(heading)
            await pilot.press("escape")
            assert app.screen is app.scene
        await pilot.press("p")
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot)
        assert "cell state" in texts[0]
        assert texts[0] != texts[1]
        assert texts[1] == text(app), "the same as from the pass of that update"


@pytest.mark.parametrize(
    ("error", "why"), [(MemoryError(), "not enough memory"), (LookupError("nothing here"), "LookupError: nothing here")]
)
async def test_a_reason_stands_in_place_of_numbers(error: Exception, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(inside, "look_inside_both", refuse)
    monkeypatch.setattr(Trainings, "look_inside", refuse)
    app = started(net(**TRANSFORMER, trained=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        type_fast(app, "i")
        await settled(pilot)
        assert why in text(app)
        await pilot.press("escape", "t")
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot)
        assert isinstance(app.screen, InsideWindow)
        assert why in text(app)


async def test_a_mistake_before_the_window_opens_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    app = started(net(steps=4, trained=True, kind="lstm", depth=1, width=4))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        monkeypatch.setattr(Trainings, "look", mistake)
        await pilot.press("i")
        await settled(pilot)
        assert app.screen is app.training
        assert "gradsim made a mistake" in app.training.status.text()


async def test_a_block_without_an_mlp_has_no_numbers_of_one_beside_its_chain() -> None:
    app = started(net(**TRANSFORMER, mlp_ratio=0))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        shown = app.main.query_one(Inspector).text()
    assert "attention" in shown
    assert "NaN" not in shown
    assert "saturated" not in shown


def test_nan_is_told_from_a_number_that_is_not_there() -> None:
    broken = Part("", "activation", "out", (8,), math.nan, math.inf, None)
    line = "".join(text for text, _ in _operations((broken,), 78)[-1])
    assert line.split()[-3:] == ["NaN", "inf", glyphs().dash]
