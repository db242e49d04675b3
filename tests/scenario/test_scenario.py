"""Scenarios: defaults, edits, saving with comments, and all errors in one go."""

import os
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import common
from gradsim.sim.errors import ScenarioError, UserError
from gradsim.sim.scenario import presets
from gradsim.sim.scenario.file import load_scenario, save_scenario, to_toml
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import get, parse_scenario

CHOICES = {"activation": "activations", "init": "inits", "norm": "norms", "skip": "skips"}
NETWORKS = st.fixed_dictionaries(
    {"depth": st.integers(1, 300), "width": st.integers(1, 100)},
    optional={key: st.sampled_from(common(name)) for key, name in CHOICES.items()},
)
SCENARIOS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(max_size=30),
        "seed": st.integers(0, 2**63 - 1),
        "network": NETWORKS,
        "data": st.fixed_dictionaries({"batch": st.integers(2, 64)}),
    },
)


def test_the_same_said_otherwise_is_the_same_scenario():
    one = {"name": "sgd", "momentum": 0.5, "learning_rate": 1.0}
    other = dict(reversed(one.items()))
    assert parse_scenario({"training": {"optimizer": one}}) == parse_scenario({"training": {"optimizer": other}})
    for table, key, name, number in (("network", "bias", "constant", 0.0), ("precision", "loss_scale", "static", 1.0)):
        assert parse_scenario({table: {key: name}}) == parse_scenario({table: {key: number}})


def test_an_empty_file_is_a_scenario(tmp_path):
    (tmp_path / "empty.toml").write_text("")
    scenario = load_scenario(tmp_path / "empty.toml")
    assert scenario == parse_scenario({})
    assert scenario.plain(resolved=True)["network"]["depth"] == 20


@settings(max_examples=25, derandomize=True)
@given(SCENARIOS)
def test_a_scenario_survives_its_file(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("scenario") / "saved.toml"
    scenario = parse_scenario(data)
    save_scenario(scenario, path)
    assert load_scenario(path) == scenario
    assert parse_scenario(scenario.plain(resolved=True)).plain(resolved=True) == scenario.plain(resolved=True)


def test_saving_keeps_comments_and_touches_only_what_changed(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("# why: the paper's figure 3\n[network]\ndepth = 20  # deep enough\nwidth = 8\n")
    scenario = load_scenario(path).edit({"network.depth": 30, "network.init": {"name": "normal", "std": 0.5}})
    save_scenario(scenario, path)
    text = path.read_text()
    assert text.startswith("# why: the paper's figure 3\n[network]\ndepth = 30  # deep enough\nwidth = 8\n")
    assert 'init = {name = "normal", std = 0.5}' in text
    assert load_scenario(path) == scenario


def test_saving_never_replaces_a_file_that_is_no_scenario(tmp_path):
    path = tmp_path / "precious.toml"
    path.write_text("not [ toml")
    with pytest.raises(ScenarioError, match="not a scenario file"):
        save_scenario(parse_scenario({}), path)
    assert path.read_text() == "not [ toml"


def test_saving_follows_a_link_and_keeps_the_mode(tmp_path):
    target, link = tmp_path / "target.toml", tmp_path / "link.toml"
    target.write_text("seed = 1\n")
    target.chmod(0o640)
    link.symlink_to(target)
    save_scenario(parse_scenario({"seed": 2}), link)
    assert link.is_symlink()
    assert target.read_text() == "seed = 2\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.toml", "target.toml"]


def test_saving_keeps_line_ends_and_the_comments_of_lessons(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"# a\r\n[network]\r\ndepth = 5 # b\r\n\r\n[[lesson]] # c\r\ntext = 'x' # d\r\n")
    save_scenario(load_scenario(path).edit({"network.width": 8, "data.batch": 4}), path)
    content = path.read_bytes()
    assert all(word in content for word in (b"# a", b"# b", b"# c", b"text = 'x' # d", b"width = 8", b"batch = 4"))
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 3 # s\n")
    save_scenario(load_scenario(path).edit({"seed": 4}), path)
    assert path.read_text() == "seed = 4 # s\n"


def test_saving_says_what_was_meant_where_tomlkit_stumbles(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[network.init]\nname = 'normal'\n[data]\nbatch = 4\n[network]\ndepth = 5\n")
    save_scenario(load_scenario(path).edit({"network": {}}), path)
    assert load_scenario(path).plain() == {"network": {}, "data": {"batch": 4}}


def test_saving_spares_what_is_no_scenario(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'mine'\n")
    os.mkfifo(tmp_path / "pipe")
    for name, message in {
        "pyproject.toml": "exists and is not a scenario file",
        "pipe": "is not a regular file",
        "nul\0": "can't be written",
        "x" * 300: "can't be written",
        "no/such": "can't be written",
    }.items():
        with pytest.raises(UserError, match=message):
            save_scenario(parse_scenario({}), tmp_path / name)
    assert path.read_text() == "[project]\nname = 'mine'\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pipe", "pyproject.toml"]


def test_saving_spares_what_is_read_only(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text("seed = 1\n")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(UserError, match="it is read-only"):
        save_scenario(parse_scenario({}), path)
    assert path.read_text() == "seed = 1\n"


def test_shown_text_steers_no_terminal():
    text = to_toml(parse_scenario({"title": "\x1b[31m \x9b31m \u202e"}))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert tomllib.loads(text)["title"] == "\x1b[31m \x9b31m \u202e"


def test_the_path_of_a_data_file_starts_at_the_scenario_file(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "mine.toml").write_text('[data]\nfile = "deep/my.npz"\n')
    scenario = load_scenario(tmp_path / "mine.toml")
    assert scenario.data.file == str(tmp_path / "deep" / "my.npz")
    save_scenario(scenario, tmp_path / "copy.toml")
    assert 'file = "deep/my.npz"' in (tmp_path / "copy.toml").read_text()
    save_scenario(scenario, tmp_path / "deep" / "copy.toml")
    assert 'file = "my.npz"' in (tmp_path / "deep" / "copy.toml").read_text()


def test_every_problem_is_reported_at_once():
    with pytest.raises(ScenarioError) as error:
        parse_scenario({
            "network": {"depht": 3, "width": 0, "activation": "rellu", "init": {"name": "normal", "std": -1}},
            "data": {"task": "gaussian", "file": "x.npz"}, "depth": 3, "seed": True,
            "training": {"clip": {"name": "norm", "treshold": 1.0}},
        })  # fmt: skip
    text = str(error.value)
    for expected in (
        'network.depht: no key "depht"; did you mean depth?',
        "network.width: 0 is not allowed; give a whole number from 1 to 16384",
        'network.activation: no activation "rellu"; did you mean relu?',
        "network.init.std: -1 is not allowed; give a number from 0.0 to 1000000.0",
        "data.task: a task and a file can't be given together",
        "depth: no such key here; did you mean network.depth?",
        "seed: true is not allowed",
        "training.clip.treshold: no parameter of norm",
    ):
        assert expected in text


def test_edits_are_checked_and_leave_the_old_scenario_alone():
    scenario = parse_scenario({"title": "t"})
    deeper = scenario.edit({"network.depth": 50, "data.inputs": 3})
    assert (get(deeper, "network.depth"), get(scenario, "network.depth")) == (50, 20)
    assert deeper.edit({"data.inputs": None}).inputs == 64
    with pytest.raises(ScenarioError, match="give a whole number"):
        scenario.edit({"network.depth": 0})
    with pytest.raises(ScenarioError, match="title is a value"):
        scenario.edit({"title.depth": 0})


def test_a_shorter_run_keeps_its_lesson():
    lesson = [{"text": "first"}, {"text": "begin", "update": 0}, {"text": "late", "update": 99, "quantity": "loss"}]
    scenario = parse_scenario({"lesson": lesson, "training": {"iterations": 100}})
    assert scenario.edit({"training.iterations": 99}).lesson == scenario.lesson
    with pytest.raises(ScenarioError, match="whole number"):
        scenario.edit({"training.iterations": "3"})


def test_resolved_says_everything():
    text = to_toml(parse_scenario({"network": {"activation": "leaky_relu", "bias": 0.5}}))
    for line in (
        'activation = {name = "leaky_relu", alpha = 0.01}',
        "bias = 0.5",
        "inputs = 64",
        "depth = 20",
    ):
        assert line in text


def test_a_misspelt_preset_gets_the_nearest_name(monkeypatch):
    one = presets.Preset("sigmoid_20", "t", "", locate("nowhere.toml"))
    monkeypatch.setattr(presets, "presets", lambda: (one,))
    with pytest.raises(ScenarioError, match="did you mean sigmoid_20"):
        locate("sigmoid20")
