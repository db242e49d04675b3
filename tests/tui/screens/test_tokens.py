"""What a step is called by its kind, and charts of weights, which have no steps; with real keys."""

import pytest

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.screens.single_pass.screen import PassScreen
from gradsim.tui.terminal.textual_private import screen_text
from pilot import chart, settled, started

TRANSFORMER = {"kind": "transformer", "depth": 3, "width": 8, "heads": 2}
MIXED = {"layers": [{"kind": "transformer", "width": 8, "heads": 2, "repeat": 2}, {"kind": "lstm", "width": 8}]}


@pytest.fixture(autouse=True)
def no_fixes_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the background, which takes longer than all else here."""
    monkeypatch.setattr(PassScreen, "_cure", lambda _: None)


def net(network: dict[str, object]) -> Scenario:
    timed = {"time": {"steps": 5}, "loss": {"at": "every"}}
    return parse_scenario({"title": "Some net", "network": network, "data": {"batch": 4}} | timed)


@pytest.mark.parametrize(("network", "word", "other"), [
    (TRANSFORMER, "token", "step"), ({"kind": "gru", "depth": 3, "width": 8}, "step", "token"),
    (MIXED, "step", "token"),
    ({"layers": [{"kind": "dense", "width": 8}, *MIXED["layers"][:1]]}, "token", "step"),
])  # fmt: skip
async def test_the_screen_calls_a_step_by_its_word(network: dict[str, object], word: str, other: str) -> None:
    app = started(net(network))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        seen = []
        for _ in app.main.now.views:
            seen.append("\n".join(line for line in screen_text(app.screen).split("\n") if "[ ] fewer" not in line))
            await pilot.press("c")
            await settled(pilot, 1)
        for text in seen:
            assert f"5 {word}s" in text
            assert other not in text.replace("several steps", "")
        await pilot.press("g", *f"{word} 2", "enter")
        await settled(pilot, 1)
        assert app.main.now.step_cursor == 2


async def test_gradients_of_queries_keys_and_values_are_charts_by_layer() -> None:
    app = started(net(TRANSFORMER))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in ("query", "key", "value"):
            for _ in range(60):
                if app.main.now.quantity == f"{name}_gradient_norm":
                    break
                await pilot.press("v")
            await settled(pilot, 1)
            assert f"{name} gradient by layer" in chart(app)
            assert "token" not in chart(app)
        await pilot.press("c")
        assert "is one number a layer" in screen_text(app.screen)


async def test_they_are_offered_only_where_there_are_such_weights() -> None:
    app = started(parse_scenario({"network": {"depth": 3, "width": 8}}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        seen = set()
        for _ in range(30):
            seen.add(app.main.now.quantity)
            await pilot.press("v")
        assert "slope_factor" in seen
        assert not {name for name in seen if name.startswith(("query", "key", "value"))}
