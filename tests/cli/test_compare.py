"""`gradsim compare`: any two scenarios side by side."""

import pytest

from gradsim.tui.cli.commands.compare import names
from gradsim.tui.cli.main import run

SMALL = ["--set", "network.width=8", "--set", "data.batch=8", "--set", "data.inputs=8"]


@pytest.mark.parametrize("form", ["table", "plot"])
@pytest.mark.parametrize(("one", "other"), [
    ("sigmoid_20", "relu_30"), ("rnn_vanishing", "lstm_bias_0"), ("rnn_vanishing", "sigmoid_20"),
    ("selu_50", "post_norm_48"),
])  # fmt: skip
def test_two_scenarios_stand_side_by_side(one, other, form, capsys) -> None:
    assert run(["compare", one, other, "--format", form, *SMALL]) == 0
    out = capsys.readouterr().out
    assert f"{one} - " in out
    assert f"{other} - " in out
    assert "with fixes" not in out
    assert "as it is" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert out.count(one[:11]) > 1, "above its columns or at its curve, too"
    assert out.count(other[:11]) > 1


def test_both_take_the_changes_and_files_go_by_their_names(tmp_path, capsys) -> None:
    for name in ("mine", "yours"):
        (tmp_path / f"{name}.toml").write_text("[network]\ndepth = 3\nwidth = 4\n")
    paths = [str(tmp_path / f"{name}.toml") for name in ("mine", "yours")]
    assert run(["compare", *paths, "--set", "network.depth=5"]) == 0
    out = capsys.readouterr().out
    assert "mine - HEALTHY" in out
    assert out.count("mlp 5 x 4") == 2


def test_equal_names_are_told_apart() -> None:
    assert names("a/net.toml", "b/net.toml") == ("the first", "the second")
    assert names("relu_30", "b/net.toml") == ("relu_30", "net")


def test_one_is_not_enough_and_standard_input_is_one(capsys) -> None:
    assert run(["compare", "relu_30"]) == 2
    assert "gradsim compare sigmoid_20 relu_30" in capsys.readouterr().err
    assert run(["compare", "-", "-"]) == 2
    assert "give the other as a preset or a file" in capsys.readouterr().err


def test_a_borderline_verdict_is_called_so(capsys) -> None:
    steep = ["--set", "network.depth=6", "--set", "network.init={name='normal', std=0.05}"]
    assert run(["run", "tanh_small_normal", *steep]) == 0
    out = capsys.readouterr().out
    assert "HEALTHY (borderline): gradient at layer 1 is" in out
    assert "is outside 0.7 to 1.4" in " ".join(out.split())
