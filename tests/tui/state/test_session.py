"""The interface's state without a screen: session, walk, fields, recent files, fitted text."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim.errors import ScenarioError
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.screens.common.files import scenario_path
from gradsim.tui.state import session as state
from gradsim.tui.state.changes import deeper, edit, settle, toggle
from gradsim.tui.state.comparing import adopt
from gradsim.tui.state.form_fields import changes, fields, number
from gradsim.tui.state.lessons import go_to_lesson_step
from gradsim.tui.state.recent_files import MOST as MOST_RECENT
from gradsim.tui.state.recent_files import recent, remember
from gradsim.tui.state.save import saved
from gradsim.tui.state.signal_walk import LEAST, MOST, TICK, Walk, advance, at_speed, product_text, step
from gradsim.tui.terminal.glyphs import fit, wrap


def scenario(**network: object) -> Scenario:
    return parse_scenario({"network": {"depth": 20, "width": 16, "activation": "sigmoid", **network}})


def test_toggling_twice_changes_nothing() -> None:
    first = state.begin(scenario())
    on, note = toggle(first, "relu")
    assert (on.fixes, note) == (("relu",), "")
    assert on.with_fixes is not None
    assert on.with_fixes.network.activation.name == "relu"
    assert toggle(on, "relu")[0] == first


def test_a_fix_given_twice_counts_twice_where_that_says_more() -> None:
    names = ("lower_learning_rate", "relu", "relu", "lower_learning_rate")
    session, note = settle(replace(state.begin(scenario()), fixes=names))
    assert (session.fixes, note) == (("lower_learning_rate", "lower_learning_rate", "relu"), "")
    assert session.with_fixes is not None
    assert session.with_fixes.training.optimizer.parameters["learning_rate"] == 0.001
    assert toggle(session, "lower_learning_rate")[0].fixes == ("relu",)


def test_a_clash_replaces() -> None:
    on, _ = toggle(state.begin(scenario()), "relu")
    after, note = toggle(on, "elu")
    assert after.fixes == ("elu",)
    assert "replaces" in note
    assert "activation" in note


def test_fixes_that_no_longer_apply_go_with_a_note() -> None:
    on, _ = toggle(state.begin(scenario()), "relu")
    after, note = edit(on, {"network.activation": "relu"})
    assert after.fixes == ()
    assert "ReLU off" in note


def test_adopted_fixes_are_the_scenario_and_end_the_walk() -> None:
    on, _ = toggle(state.begin(scenario(depth=60)), "fewer_layers")
    after = adopt(replace(on, walk=Walk(on.depth), layer_cursor=60))
    assert after.scenario == on.with_fixes
    assert (after.fixes, after.with_fixes, after.walk) == ((), None, None)
    assert after.layer_cursor == after.scenario.network.depth < 60


def test_the_cursor_stays_within_the_deeper_network() -> None:
    session = state.move(state.begin(scenario()), 99)
    assert session.layer_cursor == 20
    assert edit(session, {"network.depth": 5})[0].layer_cursor == 5


def test_a_bad_edit_raises_and_changes_nothing() -> None:
    with pytest.raises(ScenarioError, match=r"network\.depth"):
        edit(state.begin(scenario()), {"network.depth": 0})


def test_a_lesson_goes_on_in_a_network_with_fewer_layers() -> None:
    taught = parse_scenario({"network": {"depth": 20}, "lesson": [{"text": "look", "layer": 20}]})
    after, _ = edit(state.begin(taught), {"network.depth": 3})
    assert go_to_lesson_step(after, 0)[0].layer_cursor == 3


@pytest.mark.parametrize(("depth", "up", "down"), [(1, 2, 1), (20, 30, 15), (24, 30, 20), (5000, 5000, 1000)])
def test_round_depths(depth: int, up: int, down: int) -> None:
    session = state.begin(scenario(depth=depth))
    assert (deeper(session, 1), deeper(session, -1)) == (up, down)


@pytest.mark.parametrize("depth", [1, 2, 20, 999, 100_000])
def test_a_walk_visits_both_ends_and_stays_short(depth: int) -> None:
    walk, ticks, layers = Walk(depth), 1, [(True, 1)]
    while not walk.finished:
        walk = advance(walk)
        ticks += 1
        layers.append((walk.forward, walk.place))
    assert (True, depth) in layers
    assert layers[-1] == (False, 1)
    assert ticks <= MOST / TICK + 2
    assert 3 <= walk.seconds <= 8, "whatever the depth"
    assert walk.tick >= min(TICK, LEAST / (2 * depth))
    faster = at_speed(at_speed(at_speed(walk, 1), 1), 1)
    assert faster.seconds == walk.seconds / 4
    assert faster.tick >= TICK * 0.99 or depth == 1  # no more repaints a second, but longer steps
    assert step(walk, -1).reached == (min(2, depth), depth)
    assert not step(walk, -1).playing


def test_a_walk_multiplies_as_it_goes_back() -> None:
    sizes = np.array([1.5e-3, 6e-3, 0.024, 0.12, 0.6, 1.2])
    assert product_text(sizes, 6) == "1.00 of it, as the loss sends it"
    assert product_text(sizes, 4) == "0.50 × 0.20 = 0.10 of it left"
    assert product_text(sizes, 1) == "… × 0.20 × 0.25 × 0.25 = 1.3e-03 of it left"


def test_fields_give_back_what_they_show() -> None:
    shown = scenario(init={"name": "normal", "std": 0.5})
    texts = {field.key: field.value for field in fields(shown)}
    assert texts["network.init"] == "normal"
    assert texts["network.init.std"] == "0.5"
    assert changes(shown, texts) == {}
    again = scenario().edit(changes(scenario(init="normal"), texts))
    assert again.network.init == shown.network.init


def test_another_choice_starts_with_its_own_parameters() -> None:
    shown = scenario(init={"name": "normal", "std": 0.5})
    wanted = changes(shown, {"network.init": "zeros", "network.init.std": "3"})
    assert shown.edit(wanted).network.init.plain() == "zeros"


def test_a_file_and_a_task_replace_each_other(tmp_path: Path) -> None:
    with_file = scenario().edit(changes(scenario(), {"data.file": str(tmp_path / "mine.csv")}))
    assert with_file.data.task is None
    assert scenario().edit(changes(with_file, {"data.task": "spirals"})).data.file is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-1", -1), ("1e-3", 0.001), ("100,000", 100_000), ("", None), ("true", True), ("much", "much")],
)
def test_numbers_in_text(text: str, value: object) -> None:
    assert number(text) == value


def test_recent_files_the_last_first_and_none_twice(tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.toml" for i in range(MOST_RECENT + 5)]
    for file in files:
        file.write_text("")
        remember(file, tmp_path)
    remember(files[-2], tmp_path)
    listed = recent(tmp_path)
    assert listed[:2] == (files[-2].resolve(), files[-1].resolve())
    assert len(listed) == MOST_RECENT
    files[-2].unlink()
    assert files[-2].resolve() not in recent(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[1, null, {}]", b"\xff\xfe", b'{"a": 1}', b"[" * 100_000])
def test_a_damaged_list_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recent.json").write_bytes(content)
    assert recent(tmp_path) == ()
    remember(tmp_path / "new.toml", tmp_path)


def test_an_unwritable_folder_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "x.toml", tmp_path / "file" / "below")
    assert recent(tmp_path / "file" / "below") == ()


@pytest.mark.parametrize("width", range(5, 40))
def test_fitted_text_is_cut_between_words(width: int) -> None:
    text = "the gradient vanishes layer by layer"
    cut = fit(text, width)
    assert len(cut) <= width
    assert cut == text or text.startswith(cut.rstrip(" …").rstrip("."))


@pytest.mark.parametrize("indent", [0, 8])
def test_wrapped_text_keeps_its_words(indent: int) -> None:
    text = "layer 1 gets almost nothing of the gradient of layer 20, because every sigmoid keeps a quarter"
    lines = wrap(text, 30, 9, indent)
    assert " ".join(lines) == text
    assert len(lines[0]) <= 30 - indent
    assert len(wrap(text, 30, 2, indent)) == 2


def test_learning_leaves_no_walk_behind() -> None:
    taught = parse_scenario({"lesson": [{"text": "look", "fixes": ["relu"]}]})
    session = replace(state.begin(taught), walk=Walk(20))
    after, _ = go_to_lesson_step(session, 0)
    assert after.walk is None
    assert after.fixes == ("relu",)


def test_a_session_is_edited_while_it_differs_from_its_file() -> None:
    first = state.begin(scenario(), Path("mine.toml"))
    other, _ = edit(first, {"network.depth": 30})
    back, _ = edit(other, {"network.depth": 20})
    on, _ = toggle(first, "relu")
    assert not any(session.edited for session in (first, back, on))
    assert other.edited
    assert adopt(on).edited
    assert not saved(other, Path("mine.toml"))[0].edited


def test_only_another_network_in_another_file_loses_what_was_told_of_the_first() -> None:
    table = {"title": "A", "expect": {"verdict": "vanishing"}, "lesson": [{"text": "look"}]}
    first = state.begin(parse_scenario(table), Path("mine.toml"))
    renamed, _ = edit(first, {"title": "B"})
    other, _ = edit(first, {"seed": 7})
    mine, yours = Path("mine.toml"), Path("yours.toml")
    for session, path, steps in ((first, yours, 1), (renamed, yours, 1), (other, mine, 1), (other, yours, 0)):
        after, note = saved(session, path)
        assert len(after.lesson) == len(after.scenario.lesson) == steps
        assert (after.scenario.expect.verdict is not None) == bool(steps)
        assert ("left out" in note) != bool(steps)
    assert saved(toggle(first, "relu")[0], mine)[1] == ", as it is, without 1 fix; a adopts it"


@pytest.mark.parametrize(("text", "name"), [("mine", "mine.toml"), ("a/b", "a/b.toml"), ("x.txt", "x.txt"), ("/", "/")])
def test_a_scenario_s_file_has_an_ending(text: str, name: str) -> None:
    assert scenario_path(text) == Path(name)
