"""--width: no line of what is printed is longer."""

import pytest

from gradsim.tui.cli.main import run

SMALL = ["--set", "network.depth=4", "--set", "network.width=8", "--set", "data.batch=8"]
COMMANDS = {
    "pass": ["run", "relu_30", *SMALL],
    "with a fix": ["run", "relu_30", "--fix", "he_init", *SMALL],
    "many layers": ["run", "relu_30", "--set", "network.width=4"],
    "over steps": ["run", "rnn_vanishing", "--set", "network.width=8"],
    "over steps, with a fix": ["run", "rnn_vanishing", "--fix", "lstm", "--set", "network.width=8"],
    "plot": ["run", "relu_30", "--format", "plot", *SMALL],
    "presets": ["list"],
}


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_wider(name, width, capsys) -> None:
    assert run([*COMMANDS[name], "--width", str(width)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert width < 80 or max(map(len, lines)) > 80


@pytest.mark.parametrize("fixes", [[], ["--fix", "relu"]])
def test_a_training_table_is_no_wider(fixes, capsys) -> None:
    small = ["--set", "network.depth=3", "--set", "network.width=8", "--iterations", "3"]
    assert run(["train", "digits_20", *small, *fixes, "--width", "50"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 50


@pytest.mark.parametrize("text", ["39", "1001", "wide", "-5"])
def test_a_wrong_width_is_told(text, capsys) -> None:
    assert run(["run", "relu_30", f"--width={text}"]) == 2
    assert "give a whole number of columns from 40 to 1000" in capsys.readouterr().err
