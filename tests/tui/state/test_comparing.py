"""Any two scenarios beside each other: what is compared, what the keys do to which; every pair can be drawn."""

from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.screens.single_pass.pictures import below, main, strip
from gradsim.tui.state.changes import switch, toggle
from gradsim.tui.state.comparing import adopt, alone, compare
from gradsim.tui.state.lessons import go_to_lesson_step
from gradsim.tui.state.run_names import ROOM, SAME
from gradsim.tui.state.session import Session, begin, same_runs, same_training
from gradsim.tui.widgets.header import Header
from gradsim.tui.widgets.inspector import ALL, Inspector
from gradsim.tui.widgets.text_rows import plain
from gradsim.tui.widgets.verdict import VerdictPanel
from gradsim.tui.workers.passes import Runs

KINDS = {
    "short": {"network": {"depth": 3, "width": 8, "activation": "sigmoid"}},
    "deep": {"network": {"depth": 12, "width": 8, "activation": "relu"}},
    "recurrent": {"network": {"kind": "rnn", "depth": 2, "width": 8}, "time": {"steps": 9}},
    "gated": {"network": {"kind": "lstm", "depth": 1, "width": 8}, "time": {"steps": 5}},
    "attention": {"network": {"kind": "transformer", "depth": 2, "width": 8, "heads": 2}, "time": {"steps": 4}},
    "broken": {"network": {"depth": 9, "width": 8, "activation": "linear", "init": {"name": "normal", "std": 1e6}}},
}  # fmt: skip


@cache
def trace_of(name: str) -> tuple[Scenario, Trace]:
    scenario = parse_scenario({"title": f"the {name}", "data": {"batch": 4}, **KINDS[name]})
    with np.errstate(all="ignore"):
        return scenario, simulate(scenario)


def compared(one: str = "short", other: str = "deep") -> Session:
    return compare(begin(trace_of(one)[0], Path(f"{one}.toml")), trace_of(other)[0], Path(f"{other}.toml"))[0]


def test_digits_switch_fixes_of_the_second_and_the_first_stays() -> None:
    session = compared()
    assert (session.with_fixes, session.fixes, session.names) == (trace_of("deep")[0], (), ("short", "deep"))
    on, note = toggle(session, "he_init")
    assert note == ""
    assert on.scenario == trace_of("short")[0]
    assert on.with_fixes is not None
    assert on.with_fixes.network.init.name.startswith("he_")
    assert on.with_fixes.depth == trace_of("deep")[0].depth
    assert on.names == ("short", "deep + fixes")
    assert "already" in toggle(session, "relu")[1], "what does not apply is said of the second"
    assert switch(on, ()).with_fixes == trace_of("deep")[0]


def test_the_note_says_what_the_keys_do() -> None:
    note = compare(begin(trace_of("short")[0], Path("short.toml")), trace_of("deep")[0], Path("deep.toml"))[1]
    assert note == "short and deep: digits switch fixes on deep, e edits short, Escape ends the comparison"


def test_escape_a_lesson_and_adopting_end_the_comparison() -> None:
    session = toggle(compared(), "he_init")[0]
    assert (alone(session).other, alone(session).with_fixes, alone(session).fixes) == (None, None, ())
    lesson = load_scenario(locate("sigmoid_20"))
    taught = go_to_lesson_step(compare(begin(lesson), trace_of("deep")[0])[0], 0)[0]
    assert (taught.other, taught.step) == (None, 0)
    adopted = adopt(session)
    assert (adopted.other, adopted.scenario, adopted.path) == (None, session.with_fixes, Path("deep.toml"))
    assert adopted.edited
    assert not adopt(compared()).edited


def test_other_runs_are_asked_for() -> None:
    session = begin(trace_of("short")[0])
    assert not same_runs(session, compared())
    assert not same_training(session, compared())
    assert same_runs(compared(), compared())


@pytest.mark.parametrize(("one", "other", "names"), [
    ("a/mine.toml", "b/mine.toml", SAME),
    ("a_name_that_is_much_too_long.toml", "b.toml", ("a_name_that_is_m …", "b")),
])  # fmt: skip
def test_names_tell_the_two_apart(one: str, other: str, names: tuple[str, str]) -> None:
    session = compare(begin(trace_of("short")[0], Path(one)), trace_of("deep")[0], Path(other))[0]
    assert session.names == names
    assert max(map(len, toggle(session, "he_init")[0].names)) <= ROOM
    untitled = compare(begin(trace_of("short")[0]), trace_of("deep")[0])[0]
    assert untitled.names == ("the short", "the deep")


@pytest.mark.parametrize(("one", "other"), list(permutations(KINDS, 2)))
def test_any_two_are_drawn_and_called_by_their_names(one: str, other: str) -> None:
    session, runs = compared(one, other), Runs(trace_of(one)[1], trace_of(other)[1])
    inspector, verdict, header = Inspector(), VerdictPanel(), Header()
    for view in session.views:
        now = replace(session, view=view)
        for width, height in ((54, 12), (88, 20)):
            for shown in (main(now, runs, True), *below(now, runs)):
                drawing = shown.picture.draw(width, height)
                drawing.with_cursor(shown.cursor)
                title = drawing.text()
                assert one in title or "(b:" in title
                assert other in title
            assert [row.name for row in strip(now, runs)] == [one, other]
    inspector.show(runs.baseline, runs.with_fixes, session.layer_cursor, session.step_cursor, ALL, called=session.names)
    verdict.show(runs.baseline, runs.with_fixes, ("", ""), names=session.names)
    header.show(session.scenario, other=session.other)
    for width in (80, 120):
        rows = [plain(row) for row in inspector.rows(width)]
        assert all(len(row) <= width for row in rows)
        assert any(row.startswith(f" {one}") for row in rows)
        assert any(row.startswith(f" {other}") for row in rows)
        rows = [plain(row) for row in verdict.rows(width)]
        assert rows[0].startswith(f" {one} ")
        assert any(row.startswith(f" {other} ") for row in rows)
        assert f"the {one} | the {other}" in plain(header.rows(width)[0])


def test_the_cursor_begins_where_both_have_a_layer_and_a_step() -> None:
    session = compared("deep", "short")
    assert 12 - 3 < session.layer_cursor <= 12
    over = compared("recurrent", "gated")
    assert (over.steps, over.step_cursor) == (9, 7)
