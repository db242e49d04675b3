"""Fixes that are tried in the background: marks, digits, the list of A, and what stops it; with real keys."""

import os
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from gradsim.sim.results.trace import Concern, Verdict
from gradsim.sim.scenario.choice import Choice
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.fixing import apply_fixes, obstacle
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.scenario.verdict_words import Kind
from gradsim.sim.simulation import simulate
from gradsim.sim.training.advice import ALL
from gradsim.sim.training.fix_search import steps, tries
from gradsim.sim.training.trial import Trial, TrialRun
from gradsim.sim.training.tried import Cost, Tried, rank
from gradsim.tui.app import GradsimApp
from gradsim.tui.cli.process.cures import NICE
from gradsim.tui.screens.common import curing
from gradsim.tui.screens.common.curing import KNOWN, Curing
from gradsim.tui.screens.dialogs.cures import CureList, CureWindow, heading
from gradsim.tui.screens.single_pass.runner import PassRunner
from gradsim.tui.state import outcome as outcomes
from gradsim.tui.state.doubts import doubts
from gradsim.tui.state.outcome import brief, outcome
from gradsim.tui.terminal import partial_paint
from gradsim.tui.terminal.glyphs import PLAIN, RICH, glyphs
from gradsim.tui.terminal.textual_private import exactly
from gradsim.tui.widgets import fixes as fix_panel
from gradsim.tui.widgets.failure_panel import FailurePanel
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.footer import StatusLine
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.widgets.verdict import VerdictPanel
from gradsim.tui.workers import cures as workers
from gradsim.tui.workers.child import Child
from gradsim.tui.workers.cures import PROGRAM, Cures
from pilot import SIZES, scenario, settled, started, text, until

SGD = Choice("optimizers", "sgd", {"learning_rate": 0.1})
LONG = 3600.0


def tried(*names: str, kind: Kind = "healthy", ratio: float = 0.5, score: float | None = None) -> Tried:
    trial = None
    if score is not None:
        sick = "trains" if score < 0.95 else "sick"
        trial = Trial((TrialRun(SGD, np.ones(9), score, sick, score > 2),), 9, 1.0)
    outlook = trial.outlook if trial else None
    return Tried(names, kind, ratio, outlook, Cost(1.0, 1.0), (0, 1), trial, reason=f"Since {names[0]}.")


FOUND = (tried("layer_norm", ratio=1.24), tried("residual", ratio=0.61), tried("relu", "he_init", ratio=1.4),
         tried("gelu", kind="vanishing", ratio=3e-9))  # fmt: skip


class Tries:
    """Answers what a test lets it; counts who asks, and who was stopped."""

    def __init__(self, *found: Tried, whole: bool = True):
        self.found, self.whole = rank(found), whole
        self.asked: list[int] = []
        self.stopped: list[int] = []
        self.go = threading.Event()
        self.part: tuple[Tried, ...] = ()
        self.shown = threading.Event()

    def __call__(self, ask: Callable[[Any], object], cures: Cures, stopped: Callable[[], bool],
                 show: Callable[[Cures], None]) -> Cures:  # fmt: skip
        ask(stopped)
        depth = cures.scenario.network.depth
        self.asked.append(depth)
        if self.part:
            show(workers.replace(cures, ranked=rank(self.part), steps=9, answered=len(self.part)))
            self.shown.set()
        while not self.go.wait(0.005):
            if stopped():
                self.stopped.append(depth)
                break
        return workers.replace(cures, ranked=self.found, answered=9, steps=9, done=True, whole=self.whole)


@pytest.fixture
def tries_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tries]:
    """What the interface tries is what a test says, in the background too."""

    def make(*found: Tried, wait: bool = False) -> Tries:
        made = Tries(*found)
        if not wait:
            made.go.set()
        monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: True))
        monkeypatch.setattr(curing, "try_fixes", made)
        return made

    return make


class InProcess(Child):
    """Answers what the process would, from this one."""

    most: int | None = None

    def __init__(self, _program: str, question: Any):
        super().__init__("", None)
        self.question = question

    def answers(self, stopped: Callable[[], bool]) -> Iterator[Any]:  # type: ignore[override]
        yield steps(self.question[0])
        for one in islice(tries(self.question[0], LONG), self.most):
            if stopped():
                return
            yield one
        yield True


async def known(pilot: Pilot[int], app: GradsimApp) -> None:
    """Until all is tried of what is on the screen."""
    await until(lambda: app.scene.cures is not None and app.scene.cures.done)
    await settled(pilot)


async def test_what_a_fix_helps_with_is_said_of_this_scenario(tries_of: Any) -> None:
    tries_of(*FOUND)
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        rows = {row.name: row for row in app.main.fix_list.rows()}
        assert "sigmoid's own gain" in rows["he_init"].cures
        assert "GELU's is near 1" in rows["gelu"].about


def line_of(app: GradsimApp, label: str, screen: Any = None) -> str:
    return next(line for line in (screen or app.main).query_one(FixPanel).text().split("\n") if label in line)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
async def test_each_fix_shows_what_it_would_do_before_it_is_on(size: tuple[int, int], tries_of: Any) -> None:
    tries_of(*FOUND)
    app = started()
    async with app.run_test(size=size) as pilot:
        await known(pilot, app)
        kinds = glyphs().kinds
        assert f"{kinds['healthy']} 0.61" in line_of(app, "residual")
        assert f"{kinds['healthy']} 1.2" in line_of(app, "layer norm")
        assert f"{kinds['vanishing']} 3e-9" in line_of(app, "GELU")
        assert "A tried" in text(app, FixPanel)
        panel = app.main.query_one(FixPanel)
        assert all(len(line) <= panel.size.width for line in panel.text().split("\n"))
        assert app.main.now.fixes == ()


async def test_once_all_are_tried_the_best_have_the_digits(tries_of: Any) -> None:
    made = tries_of(*FOUND, wait=True)
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: made.asked == [12])
        assert line_of(app, "ReLU")[1] == "1"
        assert "A trying" in text(app, FixPanel)
        made.go.set()
        await known(pilot, app)
        assert [fix.name for fix in app.main.query_one(FixPanel).page][:2] == ["layer_norm", "residual"]
        fix_panel_moved_long_ago(app)
        await pilot.press("1")
        assert app.main.now.fixes == ("layer_norm",)


def fix_panel_moved_long_ago(app: GradsimApp) -> None:
    app.main.query_one(FixPanel)._moved = -fix_panel.GRACE


@pytest.mark.parametrize("key", ["2", "down", "f"])
async def test_no_digit_moves_once_the_panel_is_used(key: str, tries_of: Any) -> None:
    made = tries_of(*FOUND, wait=True)
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: made.asked == [12])
        await pilot.press(key)
        before = [fix.name for fix in app.main.query_one(FixPanel).page]
        made.go.set()
        await known(pilot, app)
        assert [fix.name for fix in app.main.query_one(FixPanel).page] == before
        assert "0.61" in text(app, FixPanel) or key == "f"


@pytest.mark.parametrize("key", ["1", "enter"])
async def test_a_key_right_after_the_move_means_what_it_stood_beside(
    key: str, tries_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fix_panel, "GRACE", LONG)
    made = tries_of(*FOUND, wait=True)
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: made.asked == [12])
        first = app.main.query_one(FixPanel).page[0].name
        made.go.set()
        await known(pilot, app)
        assert app.main.query_one(FixPanel).page[0].name != first
        await pilot.press(key)
        assert app.main.now.fixes == (first,)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "stops"), [("+", True), ("r", True), ("1", False), ("right", False), ("v", False),
                                            ("t", False), ("space", False)])  # fmt: skip
async def test_what_changes_the_scenario_stops_it(key: str, stops: bool, tries_of: Any) -> None:
    made = tries_of(*FOUND, wait=True)
    app = started(scenario().edit({"loss.name": "cross_entropy", "data.task": "digits", "training.iterations": 1}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: made.asked == [12])
        await pilot.press(key)
        if stops:
            await until(lambda: made.stopped == [12])
            await until(lambda: len(made.asked) == 2)  # of the new scenario
            assert app.main.cures is not None
            assert not app.main.cures.ranked
        else:
            await pilot.pause()
            assert made.stopped == []
        made.go.set()
        await known(pilot, app)
        assert len(made.asked) == 1 + stops


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
async def test_a_lists_all_that_was_tried_and_enter_switches_it_on(size: tuple[int, int], tries_of: Any) -> None:
    made = tries_of(*FOUND)
    app = started()
    async with app.run_test(size=size) as pilot:
        await known(pilot, app)
        await pilot.press("A")
        assert isinstance(app.screen, CureWindow)
        shown = app.screen.query_one(CureList)
        await until(lambda: "same cost" in shown.text())
        words = " ".join(shown.text().split())
        for one in FOUND:
            assert one.text.partition(": ")[2] in words
        assert "ReLU + He init" in words
        assert f"Since {made.found[0].fixes[0]}." in words, "the chosen one's reason"
        assert max(map(len, shown.text().split("\n"))) <= shown.size.width
        await pilot.press("escape")
        assert app.screen is app.main
        assert app.main.now.fixes == ()
        await pilot.press("A", "down", "down", "up", "down", "enter")
        await settled(pilot)
        assert set(app.main.now.fixes) == set(made.found[2].fixes)
        assert app.main.now.with_fixes == apply_fixes(app.main.now.scenario, made.found[2].fixes)
        assert made.asked == [12]


async def test_while_it_is_tried_the_list_tells_how_far_and_the_chosen_one_stays(tries_of: Any) -> None:
    made = tries_of(*FOUND, wait=True)
    made.part = (FOUND[3], FOUND[1])
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(made.shown.is_set)
        await pilot.press("A")
        assert isinstance(app.screen, CureWindow)
        shown = app.screen.query_one(CureList)
        await until(lambda: bool(shown._ranked))
        assert "2 of at most 9 so far" in heading(app.main.cures or Cures(scenario()))
        await pilot.press("down")
        assert shown.chosen is not None
        assert shown.chosen.fixes == ("gelu",)
        await pilot.press("escape", "A")  # what was found stays, and it goes on
        shown = app.screen.query_one(CureList)
        await until(lambda: len(shown._ranked) == 2)
        await pilot.press("down")
        made.go.set()
        await until(lambda: len(shown._ranked) == 4)
        assert shown.chosen is not None
        assert shown.chosen.fixes == ("gelu",)
        assert made.asked == [12]


async def test_what_comes_in_repaints_only_what_it_says(tries_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tries_of(*FOUND, wait=True)
    sent: list[int] = []
    drawn: list[type[Any]] = []
    show, redraw, painter = GradsimApp._display, TextRows.redraw, partial_paint.Painter()

    def display(app: Any, screen: Any, frame: Any) -> None:
        if frame is not None:
            sent.append(len(exactly(painter, frame).render_segments(app.console)))
        show(app, screen, frame)

    def redrawn(widget: TextRows) -> None:
        drawn.append(type(widget))
        redraw(widget)

    app = started()
    names = [fix.name for fix in fixes() if not obstacle(fix.name, app.main.now.scenario)]
    found = [tried(name, ratio=0.1 * i) for i, name in enumerate(names, 1)]
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: made.asked == [12] and not app.main.waiting)
        await pilot.pause()
        monkeypatch.setattr(GradsimApp, "_display", display)
        monkeypatch.setattr(TextRows, "redraw", redrawn)
        assert app.main.cures is not None
        for count in range(1, len(found) + 1, 3):
            app.post_message(Curing.Found(workers.replace(app.main.cures, ranked=rank(found[:count]), answered=count)))
            await until(lambda count=count: app.main.cures is not None and app.main.cures.answered == count)
            await pilot.pause()
        assert set(drawn) <= {FixPanel, StatusLine}
        visible = [
            line for line in app.main.query_one(FixPanel).text().split("\n") if glyphs().kinds["healthy"] in line
        ]
        assert len(visible) >= 4
        assert sum(sent) <= 100 * len(visible), "a mark and a number, and where to put them"
        made.go.set()
        await known(pilot, app)
        assert sum(sent) <= 12_000


async def test_with_one_processor_it_is_tried_when_it_is_asked(tries_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tries_of(*FOUND)
    monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: False))
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert made.asked == []
        assert "f more" in text(app, FixPanel)
        await pilot.press("A")
        await known(pilot, app)
        assert made.asked == [12]


@pytest.mark.slow
async def test_only_the_last_scenarios_stay_known(tries_of: Any) -> None:
    made = tries_of(*FOUND)
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        for depth in range(3, 3 + KNOWN + 3):
            app.main.steering.edit({"network.depth": depth, "network.width": 4})
            await until(lambda depth=depth: depth in made.asked)
            await known(pilot, app)
        assert len(app.curing._known) == KNOWN


SMALL = {"network": {"depth": 6, "width": 8, "activation": "sigmoid"}, "data": {"batch": 8}}
TASK = {**SMALL, "data": {"batch": 8, "task": "digits"}, "loss": {"name": "cross_entropy"}}


@pytest.mark.parametrize("table", [SMALL, TASK])
async def test_marks_are_what_advice_says(table: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "Child", InProcess)
    some = (("relu",), ("residual",), ("relu", "he_init"), ("layer_norm",))
    monkeypatch.setattr("gradsim.sim.training.advice.candidates", lambda *_: some)
    app = started(parse_scenario(table))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("A", "escape")
        await known(pilot, app)
        cures = app.main.cures
        assert cures is not None
        assert cures.whole
        one = next(one for one in cures.ranked if one.fixes == ("relu",))
        verdict = simulate(apply_fixes(app.main.now.scenario, ["relu"])).verdict
        assert one.ratio == verdict.ratio
        assert (one.trial is None) == (table is SMALL), "nothing is learnt from a probe"
        seen = "borderline" if doubts(verdict).borderline else "healthy"
        mark = glyphs().kinds[seen] if table is SMALL else outcome(one).mark
        assert f"{mark} {brief(one.ratio)}" in line_of(app, "] ReLU")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_run_that_broke_tells_what_would_have_prevented_it(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "Child", InProcess)
    monkeypatch.setattr(InProcess, "most", 5)  # the likely ones
    monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: True))
    app = started(load_scenario(locate("learning_rate_too_high")).edit({"training.iterations": 20}))
    async with app.run_test(size=size) as pilot:
        await pilot.press("t")
        await until(lambda: app.scene is app.training and app.training.cures is not None and app.training.cures.failed)
        app.main.post_message(PassRunner.Ready(app.main.now))  # late, and of the screen below
        await known(pilot, app)
        told = app.training.query_one(FailurePanel).text()
        assert "prevents it:" in told
        assert max(map(len, told.split("\n"))) <= app.training.query_one(FailurePanel).size.width
        cures = app.training.cures
        assert cures is not None
        best = next(one for one in cures.ranked if one.heals)
        assert str(outcome(best, training=True)) in text_of(app, FixPanel)
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, CureWindow) and app.screen.is_mounted)
        assert heading(cures).startswith("what would have prevented it")
        assert "tried from update 7, the last healthy one" in heading(workers.replace(cures, since=7))
        await pilot.press("enter")
        await settled(pilot)
        assert app.training.now.fixes == cures.ranked[0].fixes
        assert app.training.records.with_fixes is not None


def text_of(app: GradsimApp, widget: type[TextRows]) -> str:
    return app.training.query_one(widget).text()


# --- the process


@pytest.mark.slow
def test_the_process_answers_what_this_one_would_on_one_core_of_low_priority() -> None:
    asked = parse_scenario(SMALL)
    with Child(PROGRAM, (asked, LONG)) as child:
        answers = child.answers(lambda: False)
        count, first = next(answers), next(answers)
        assert child._process is not None
        assert os.getpriority(os.PRIO_PROCESS, child._process.pid) == min(os.nice(0) + NICE, 19)
        status = Path(f"/proc/{child._process.pid}/status")
        if status.is_file():  # Linux: the thread that works, and the one that waits for the end of the input
            assert int(status.read_text().partition("Threads:")[2].split()[0]) <= 2
        *found, whole = first, *answers
    assert whole is True
    assert [one.to_dict() for one in found] == [one.to_dict() for one in tries(asked, LONG, enough=ALL)]
    assert count == steps(asked)


def test_who_is_stopped_ends_its_process() -> None:
    with Child(PROGRAM, (parse_scenario(TASK), LONG)) as child:
        process = child._process
        assert process is not None
        assert list(child.answers(lambda: True)) == []
        assert process.returncode is not None
        assert process.returncode < 0


def test_without_a_process_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    found = workers.try_fixes(lambda _: parse_scenario(SMALL), Cures(parse_scenario(SMALL)), lambda: False, print)
    assert found.done
    assert not found.whole
    assert "time was over" in heading(found) or found.summary


# --- words and marks


@pytest.mark.parametrize(("one", "mark", "training"), [
    (tried("relu"), "● 0.5", "● 0.5"), (tried("relu", kind="vanishing", ratio=0.0), "▼ 0", "▼ 0"),
    (tried("relu", kind="nonfinite", ratio=float("nan")), "✖", "✖"), (tried("relu", score=0.5), "✓ 0.5", "✓ 50%"),
    (tried("relu", score=0.92), "○ 0.5", "○ 92%"), (tried("relu", score=1.1), "= 0.5", "= 110%"),
    (tried("relu", score=float("inf")), "✖ 0.5", "✖"),
])  # fmt: skip
def test_a_mark_says_what_came_of_it(one: Tried, mark: str, training: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "glyphs", lambda: RICH)
    assert str(outcome(one)) == mark
    assert str(outcome(one, training=True)) == training
    monkeypatch.setattr(outcomes, "glyphs", lambda: PLAIN)
    assert str(outcome(one)).isascii()


def test_marks_differ_without_colour() -> None:
    for menu in (RICH, PLAIN):
        marks = [menu.outcomes[name] for name in ("learns", "falls", "stays", "breaks")]
        assert len({*marks, menu.kinds["healthy"], menu.kinds["borderline"]}) == 6
        assert len(menu.kinds["borderline"]) == 1
    assert set("".join([*PLAIN.outcomes.values(), *PLAIN.kinds.values()])) <= set(map(chr, range(33, 127)))


@pytest.mark.parametrize("value", [0.0, 1.0, 0.0099, 0.0949, 99.6, 999.4, 999.6, 1e-312, 7.7e21, float("inf")])
def test_a_number_is_brief(value: float) -> None:
    assert len(brief(value)) <= 6
    assert float(brief(value)) == pytest.approx(value, rel=0.5)


def concern(text: str, counted: bool = True, in_verdict: bool = False) -> Concern:
    return Concern("one", 1.0, text, counted, "", in_verdict)


@pytest.mark.parametrize(("kind", "outlook", "concerns", "words", "borderline"), [
    ("healthy", "trains", (), "outlook trains", False), ("healthy", None, (), "", False),
    ("healthy", "doubtful", (concern("b", counted=False), concern("a")), "outlook doubtful: a; b", True),
    ("healthy", None, (concern("a", counted=False),), "borderline: a", True),
    ("healthy", "trains", (concern("a", counted=False),), "borderline: a; outlook trains", True),
    ("dead", "doubtful", (concern("it is dead", in_verdict=True),), "outlook doubtful", False),
    ("dead", None, (concern("it is dead", in_verdict=True), concern("a")), "also: a", False),
])  # fmt: skip
def test_doubts_in_words(kind: Kind, outlook: Any, concerns: Any, words: str, borderline: bool) -> None:
    told = doubts(Verdict(kind, 1.0, 1.0, "so", concerns=concerns, outlook=outlook))
    assert told == (words, borderline)


@pytest.mark.parametrize("size", SIZES)
async def test_a_borderline_is_said_with_its_reason(size: tuple[int, int]) -> None:
    app = started(load_scenario(locate("adam_against_sgd")).edit({"training.iterations": 1}))
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.screen is app.scene)
        if app.scene is not app.main:
            await pilot.press("t")
        await settled(pilot)
        panel = app.main.query_one(VerdictPanel)
        words = " ".join(panel.text().split())
        assert f"{glyphs().kinds['borderline']} HEALTHY" in words
        assert "borderline: " in words
        assert any(role == "borderline" for row in panel.rows(size[0]) for _, role in row)
        assert len(panel.text().split("\n")) <= 4
        assert max(map(len, panel.text().split("\n"))) <= size[0]
