"""What is said of a scenario is true of it: words after an edit, verdicts while one waits, names when one saves."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from gradsim.sim import simulation as sim_simulation
from gradsim.sim.errors import Cancelled, UserError
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.scenario import EDITED, Scenario, edited, parse_scenario, without_stale_words
from gradsim.sim.training.run_file import load_run
from gradsim.tui.app import GradsimApp
from gradsim.tui.cli.main import run
from gradsim.tui.screens.single_pass.runner import PassRunner
from gradsim.tui.startup import restart
from gradsim.tui.state.changes import edit
from gradsim.tui.state.save import to_save
from gradsim.tui.state.session import begin
from gradsim.tui.widgets.footer import StatusLine
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.verdict import VerdictPanel
from gradsim.tui.workers import passes as simulation
from gradsim.tui.workers.passes import Known, run_both
from pilot import settled, until

TOLD = {"title": "Twelve layers", "summary": "Twelve sigmoid layers fade.", "lesson": [{"text": "Look."}],
        "expect": {"verdict": "vanishing"}, "network": {"depth": 12, "width": 8, "activation": "sigmoid"}}  # fmt: skip


def told(**keys: object) -> Scenario:
    return parse_scenario({**TOLD, **keys})


@pytest.mark.parametrize("changes", [{"network.depth": 5}, {"seed": 7}, {"training.iterations": 3},
                                     {"precision.format": "float16"}, {"data.batch": 2}])  # fmt: skip
def test_another_simulation_has_no_words_of_the_first(changes: dict[str, object]) -> None:
    found = without_stale_words(told().edit(changes), told())
    assert found.title == f"Twelve layers{EDITED}"
    assert (found.summary, found.lesson, found.expect.verdict) == ("", (), None)
    assert without_stale_words(found.edit({"network.width": 9}), found).title == found.title  # said once


@pytest.mark.parametrize("changes", [{}, {"title": "Mine"}, {"summary": "Other."}, {"network.depth": 12}])
def test_the_same_simulation_keeps_its_words(changes: dict[str, object]) -> None:
    scenario = told().edit(changes)
    assert without_stale_words(scenario, told()) == scenario


def test_words_of_one_s_own_stay() -> None:
    found = without_stale_words(told().edit({"network.depth": 5, "title": "Mine", "summary": "Five."}), told())
    assert (found.title, found.summary, found.lesson) == ("Mine", "Five.", ())
    assert edited(told(title="x" * 200)).title.endswith(EDITED)
    assert edited(parse_scenario({})).title == parse_scenario({}).title


def test_a_saved_scenario_and_its_name_say_that_it_was_edited(tmp_path: Path) -> None:
    session, _ = edit(begin(told(), Path("twelve.toml")), {"network.depth": 5})
    assert to_save(session, tmp_path / "other.toml").title == f"Twelve layers{EDITED}"
    assert to_save(session, Path("twelve.toml")).title == "Twelve layers"  # its own file
    assert session.summary == ""
    assert begin(told()).summary == "Twelve sigmoid layers fade."


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--fix", "relu"), ("--set", "network.depth=3"), ("--seed", "5")])
def test_a_saved_run_has_words_that_are_true_of_it(options: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    assert (
        run(["train", "digits_20", "--iterations", "1", "--set", "network.width=4", "--save", str(path), *options]) == 0
    )
    session, _ = restart(load_run(path))
    assert session.scenario.title.endswith(EDITED)
    assert session.summary == ""
    assert session.lesson == ()


def test_a_run_of_a_preset_as_it_is_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    assert run(["train", "weight_decay", "--iterations", "1", "--save", str(path)]) == 0
    assert load_run(path).scenario.summary


@pytest.mark.parametrize(("command", "options"), [("show", ("--fix", "relu")), ("run", ("--set", "network.depth=3"))])
def test_what_the_command_line_changes_it_does_not_call_by_its_old_name(
    command: str, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "sigmoid_20", *options]) == 0
    assert EDITED in capsys.readouterr().out
    assert run([command, "sigmoid_20"]) == 0
    assert EDITED not in capsys.readouterr().out


async def test_a_scenario_that_options_changed_is_shown_without_its_summary() -> None:
    session, _ = edit(begin(told()), {"network.depth": 5})
    app = GradsimApp(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "fade" not in app.main.query_one(StatusLine).text()
        assert EDITED in app.main.query_one(Header).text()


async def test_typing_replaces_the_name_that_saving_suggests(tmp_path: Path) -> None:
    app = GradsimApp(begin(told()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s", *"mine", "enter")
        assert app.screen is app.main
        assert load_scenario(tmp_path / "mine.toml").title == "Twelve layers"
        await pilot.press("s", "end", *(["backspace"] * 5), *"2", "enter")  # or it is changed, as any text
        assert (tmp_path / "mine2.toml").is_file()


async def test_an_edited_scenario_suggests_another_name() -> None:
    app = GradsimApp(begin(told()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("+", "s")
        assert app.screen.query_one(Input).value == "twelve-layers-edited.toml"


class Waits:
    """A simulator that waits with one depth until it is let go."""

    def __init__(self, depth: int):
        self.depth, self.let_go = depth, threading.Event()

    def __call__(self, baseline: Scenario, *others: Any) -> simulation.Runs:
        if baseline.network.depth == self.depth:
            assert self.let_go.wait(60)
        return run_both(baseline, *others)


async def test_a_verdict_of_another_scenario_is_dimmed_and_then_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Waits(15)
    monkeypatch.setattr(PassRunner, "run_both", staticmethod(waits))
    monkeypatch.setattr("gradsim.tui.screens.common.waiting.PATIENCE", 60)
    app = GradsimApp(begin(told()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        panel = app.main.query_one(VerdictPanel)
        await pilot.press("+")
        assert "15" in app.main.query_one(Header).text()
        await until(lambda: app.main.has_class("-stale"))
        assert "as it was" in panel.text()
        assert {role for row in panel.rows(80) for _, role in row[1:]} <= {"label", ""}
        app.main._wait()  # as once it has waited long
        assert not app.main.has_class("-stale")
        assert "VANISHING" not in panel.text()
        waits.let_go.set()
        await settled(pilot)
        assert "VANISHING" in panel.text()
        assert "as it is" in panel.text()


async def test_what_is_still_true_is_not_dimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = GradsimApp(begin(told()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(PassRunner, "run_both", staticmethod(waits := Waits(12)))
        await pilot.press("1")
        await until(lambda: app.main.slow)
        await pilot.pause()
        assert not app.main.has_class("-stale")
        waits.let_go.set()
        await settled(pilot)


class Counting:
    """Counts the passes that begin and those that end, and waits in the first until it is let go."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.whole: list[int] = []
        self.stopped: list[int] = []
        self.let_go = threading.Event()

    def __call__(self, scenario: Scenario, *, watch: Callable[..., None], **given: Any) -> Any:
        self.began.append(scenario.network.depth)
        while not self.let_go.is_set():
            try:
                watch("forward", 1, None)
            except Cancelled:
                self.stopped.append(scenario.network.depth)
                raise
            time.sleep(0.001)
        found = SIMULATE(scenario, watch=watch, **given)
        self.whole.append(scenario.network.depth)
        return found


SIMULATE = sim_simulation.simulate


async def test_a_fix_during_a_long_pass_does_not_begin_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(sim_simulation, "simulate", counting)
    app = GradsimApp(begin(told()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: counting.began == [12])
        await pilot.press("1")
        await pilot.press("2")
        await asyncio.sleep(0.05)
        assert counting.began == [12]
        counting.let_go.set()
        await settled(pilot)
        await until(lambda: app.main.runs is not None and app.main.runs.with_fixes is not None)
        assert counting.began == counting.whole == [12, 12]  # as it is, and with both fixes
        assert app.main.runs is not None
        assert app.main.runs.with_fixes is not None
        assert app.main.runs.with_fixes.scenario == app.main.now.with_fixes


@pytest.mark.parametrize("key", ["+", "r", "t", "q"])
async def test_a_pass_that_is_no_longer_wanted_stops(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(sim_simulation, "simulate", counting)
    app = GradsimApp(begin(told(loss={"name": "mse"}, training={"iterations": 2})))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: counting.began == [12])
        await pilot.press("1")
        await pilot.press(key)
        if key != "q":
            await until(lambda: counting.stopped[:1] == [12])
            counting.let_go.set()
            await settled(pilot)
    await until(lambda: counting.stopped[:1] == [12])
    await until(lambda: len(counting.began) == len(counting.stopped) + len(counting.whole))


def test_a_pass_that_nobody_wants_is_given_up() -> None:
    known = Known()
    with pytest.raises(Cancelled):
        run_both(told(), None, known, lambda: True, lambda _: None)
    assert not known.traces


def test_an_error_of_a_pass_leaves_nothing_known() -> None:
    known, huge = Known(), told(network={"depth": 100_000, "width": 16_384})
    with pytest.raises(UserError):
        run_both(huge, None, known, lambda: False, lambda _: None)
    assert not known.traces
    assert not simulation.one_at_a_time.locked()
