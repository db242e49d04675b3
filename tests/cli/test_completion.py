"""What a shell completes, and a scenario on standard input."""

import io
import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from gradsim.sim import registry
from gradsim.sim.scenario.presets import preset_paths
from gradsim.tui.cli.main import COMMANDS, cli, run


def completed(*line: str) -> list[str]:
    """What completes the last word of a line."""
    *before, word = line
    items = ShellComplete(cli, {}, "gradsim", "_GRADSIM_COMPLETE").get_completions(before, word)
    return [item.value for item in items]


def test_the_first_word_is_a_command_or_a_preset() -> None:
    assert completed("") == [*COMMANDS, *preset_paths()]
    assert completed("tr") == [name for name in (*COMMANDS, *preset_paths()) if name.startswith("tr")]


@pytest.mark.parametrize("command", ["run", "train", "advise", "show", "check"])
def test_a_command_takes_presets_fixes_and_keys(command: str) -> None:
    assert completed(command, "") == list(preset_paths())
    assert completed(command, "relu_30", "--fix", "") == list(registry.names("fixes"))
    assert "network.depth=" in completed(command, "relu_30", "--set", "network.")
    assert completed(command, "relu_30", "--set", "network.norm=la") == ["network.norm=layer"]


def test_the_options_of_a_new_scenario() -> None:
    assert completed("new", "--norm", "la") == ["layer"]
    assert completed("new", "--kind", "") == list(registry.names("layers"))


def test_what_is_no_preset_may_be_a_file() -> None:
    items = ShellComplete(cli, {}, "gradsim", "_GRADSIM_COMPLETE").get_completions(["run"], "./mine")
    assert [(item.value, item.type) for item in items] == [("./mine", "file")]


def test_words_of_an_option() -> None:
    assert completed("run", "relu_30", "--format", "") == ["table", "plot", "json", "csv"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    command = [sys.executable, "-c", "from gradsim.tui.cli.entry import main; main()"]
    env = os.environ | {"_GRADSIM_COMPLETE": f"{shell}_source"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert "_GRADSIM_COMPLETE" in done.stdout


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_scenario_comes_on_standard_input(monkeypatch, capsys, tmp_path) -> None:
    text = '[network]\ndepth = 2\nwidth = 4\n[data]\nfile = "data.csv"\n'
    (tmp_path / "data.csv").write_text("x0,x1,target\n" + "0.5,1.0,1\n" * 3)
    monkeypatch.chdir(tmp_path)
    given(monkeypatch, text.encode())
    assert run(["show", "-", "--set", "network.width=5"]) == 0
    shown = capsys.readouterr().out
    assert "width = 5" in shown
    assert str(tmp_path / "data.csv") in shown


@pytest.mark.parametrize(("content", "told"), [
    (b"depth = ", "standard input: is not valid TOML"), (b"\xff", "standard input: is not UTF-8"),
    (b"[network]\ndepht = 3", "standard input: network.depht"), (b"#" * 1_000_001, "standard input: is larger than"),
])  # fmt: skip
def test_what_is_wrong_with_standard_input_is_told(monkeypatch, capsys, content, told) -> None:
    given(monkeypatch, content)
    assert run(["run", "-"]) == 2
    assert told in capsys.readouterr().err


def test_a_closed_standard_input(monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert run(["run", "-"]) == 2
    assert "standard input: can't be read" in capsys.readouterr().err


def test_the_interface_reads_keys_from_there(capsys) -> None:
    assert run(["-"]) == 2
    assert "gradsim run - takes it" in capsys.readouterr().err
