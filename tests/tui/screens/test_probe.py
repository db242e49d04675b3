"""A probe on the screen: t says that there is nothing to learn, and once more t trains a task instead."""

import pytest
from textual.pilot import Pilot

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.common.task_offer import NothingToLearn
from gradsim.tui.state import session as state
from gradsim.tui.state.lessons import go_to_lesson_step
from gradsim.tui.widgets.footer import StatusLine
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.verdict import VerdictPanel
from pilot import settled, started


def probe(**more: object) -> Scenario:
    return parse_scenario(
        {"title": "A probe", "network": {"depth": 3, "width": 8}, "training": {"iterations": 4}, **more}
    )


async def asked(pilot: Pilot[int], app: GradsimApp) -> None:
    await settled(pilot)
    await pilot.press("t")
    await pilot.pause()
    assert isinstance(app.screen, NothingToLearn)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["t", "enter"])
@pytest.mark.parametrize("size", [(80, 24), (60, 18)])
async def test_a_task_takes_the_place_of_a_probe_and_is_trained(size: tuple[int, int], key: str) -> None:
    app = started(probe())
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("2")
        fixes = app.main.now.fixes
        await asked(pilot, app)
        await pilot.press(key)
        await settled(pilot)
        now = app.training.now
        assert app.screen is app.training
        assert (now.scenario.task.name, now.scenario.loss.name.name) == ("digits", "cross_entropy")
        assert (now.scenario.network, now.scenario.seed, now.fixes) == (probe().network, probe().seed, fixes)
        assert app.training.records.made == 4
        assert "UNDECIDED" in app.training.query_one(VerdictPanel).text()
        assert "training" in app.training.query_one(Header).text()


async def test_escape_leaves_the_probe_as_it_is() -> None:
    app = started(probe())
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, app)
        await pilot.press("escape")
        assert app.screen is app.main
        assert app.main.now.scenario == probe()


async def test_the_offer_is_left_once_however_fast_the_hand() -> None:
    app = started(probe())
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, app)
        window = app.screen
        window.dismiss(False)
        window.dismiss(False)
        await settled(pilot)
        assert app.screen is app.main


async def test_a_file_that_is_gone_is_told(tmp_path) -> None:
    app = started(probe(data={"file": str(tmp_path / "gone.npz")}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        assert app.screen is app.main
        assert "no such file" in " ".join(app.main.query_one(StatusLine).text().split())


async def test_a_run_that_is_edited_to_a_probe_says_so_and_offers_a_task() -> None:
    app = started(probe(loss={"name": "cross_entropy"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        app.training.steering.edit({"loss.name": "probe"})
        await settled(pilot)
        assert "nothing to learn; space offers a task" in app.training.query_one(StatusLine).text()
        assert "LEARNING" not in app.training.query_one(VerdictPanel).text()
        await pilot.press("space")
        await pilot.pause()
        assert isinstance(app.screen, NothingToLearn)
        await pilot.press("t")
        await settled(pilot)
        assert not app.training.now.scenario.loss.is_probe
        assert app.training.records.made == 4


def test_no_session_on_a_probe_begins_in_its_training() -> None:
    assert state.begin(probe(expect={"trained": "learning"})).scene == "pass"
    lesson = [{"text": "It learns.", "update": 2}]
    began = state.begin(probe(lesson=lesson))
    assert go_to_lesson_step(began, 0)[0].scene == "pass"
    assert state.begin(probe(lesson=lesson, loss={"name": "cross_entropy"})).scene == "training"
