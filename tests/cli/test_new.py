"""`gradsim new`: a scenario file with comments, from options and from questions."""

import pytest
from hypothesis import given, settings

from gradsim.sim import registry
from gradsim.sim.io.toml_read import parse_toml
from gradsim.sim.scenario.file import load_scenario, make_scenario
from gradsim.tui.cli import questions
from gradsim.tui.cli.commands import new
from gradsim.tui.cli.main import run
from gradsim.tui.state.commented_file import WIDTH, commented
from gradsim.tui.state.kind_rules import applies
from strategies import scenarios

TABLES = ("network", "time", "data", "loss", "training", "precision")


def told(scenario):
    """All that a simulation depends on, whatever was given and whatever is a default."""
    plain = scenario.plain(resolved=True)
    values = {f"{name}.{key}": value for name in TABLES for key, value in plain[name].items()}
    return {key: value for key, value in values.items() if applies(key, scenario, scenario.network.kind)}


@settings(max_examples=15, deadline=None)
@given(scenarios())
def test_a_commented_file_says_the_same(scenario) -> None:
    if not scenario.network.by_key:
        return
    text = commented(scenario)
    again = make_scenario(parse_toml(text.encode(), "x"))
    assert (again.seed, told(again)) == (scenario.seed, told(scenario))
    assert max(len(line) for line in text.splitlines() if line.startswith("#")) <= WIDTH


@pytest.mark.parametrize("kind", registry.names("layers"))
def test_each_kind_gets_its_own_keys_with_the_words_of_its_choices(kind, tmp_path, capsys) -> None:
    path = tmp_path / "mine.toml"
    assert run(["new", "--kind", kind, "--depth", "3", "--out", str(path)]) == 0
    assert f"gradsim run {path}" in capsys.readouterr().err
    scenario, text = load_scenario(path), path.read_text()
    assert (scenario.network.kind, scenario.depth) == (kind, 3)
    words = " ".join(text.replace("#", " ").split())
    for choice in (scenario.network.init, scenario.training.optimizer, scenario.loss.name):
        assert " ".join(choice.entry.summary.split()) in words
    for key in registry.entry("layers", kind).metadata.get("KEYS", {}):
        assert f"\n{key} =" in text or f"\n# {key} =" in text or key == "norm_at"  # which needs a norm


def test_a_file_is_never_replaced_unasked(tmp_path, capsys) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    assert run(["new", "--out", str(path)]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert path.read_text() == "precious"
    assert run(["new", "--out", str(path), "--force"]) == 0
    assert load_scenario(path).depth == 20
    assert [left.name for left in tmp_path.iterdir()] == ["mine.toml"]


def test_mistakes_name_their_option(capsys) -> None:
    assert run(["new", "--depth", "0", "--norm", "layre", "--set", "data.batch=x"]) == 2
    err = capsys.readouterr().err
    assert "--depth: 0 is not allowed" in err
    assert "--norm: no norm" in err
    assert "did you mean layer?" in err
    assert "--set: data.batch" in err


def test_standard_output_can_be_run(capsys) -> None:
    assert run(["new", "--title", "3", "--fix", "relu", "--out", "-"]) == 0
    scenario = make_scenario(parse_toml(capsys.readouterr().out.encode(), "x"))
    assert (scenario.title, scenario.network.activation.name) == ("3", "relu")


def test_questions_on_a_terminal(monkeypatch, capsys, tmp_path) -> None:
    path = tmp_path / "asked.toml"
    answers = {"kind": ["?", "ltsm", "lstm"], "depth": ["2"], "task": ["adding"], "loss": ["mse"], "file": [str(path)]}
    asked = []

    def prompt(words, default, err):
        word = words.split(",")[0]
        asked.append(word)
        return answers.get(word, [default]).pop(0) if answers.get(word) else default

    monkeypatch.setattr(questions.click, "prompt", prompt)
    monkeypatch.setattr(new, "is_tty", lambda _: True)
    assert run(["new"]) == 0
    err = capsys.readouterr().err
    assert all(name in err for name in registry.names("layers"))
    assert "did you mean lstm?" in err
    assert asked[:3] == ["kind"] * 3
    assert "steps" in asked
    assert load_scenario(path).plain()["network"]["kind"] == "lstm"
    assert load_scenario(path).steps == 50
