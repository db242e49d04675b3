"""`gradsim advise`, `run --trial`, and the advice after a run that went wrong."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from gradsim.sim.training.fix_search import tries
from gradsim.sim.training.tried import Tried
from gradsim.tui.cli.main import run as command

SMALL = """
[network]
depth = {depth}
width = 8
activation = "sigmoid"
[data]
task = "digits"
[loss]
name = "cross_entropy"
"""


@pytest.fixture
def sick(tmp_path: Path) -> str:
    path = tmp_path / "sick.toml"
    path.write_text(SMALL.format(depth=20))
    return str(path)


@pytest.mark.long
def test_advice_as_json(sick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["advise", sick, "--format", "json", "--seconds", "600"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["complete"] is True
    assert data["verdict"]["outlook"] == "doubtful"
    first = data["advice"][0]
    assert list(first)[:6] == ["fixes", "kind", "ratio", "score", "outlook", "cost"]
    assert first["outlook"] == "trains"
    assert first["score"] < 0.9
    assert command(["run", sick, *[f"--fix={name}" for name in first["fixes"]], "--trial", "--format", "json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["trial"]["outlook"] == again["verdict"]["outlook"] == "trains"
    assert again["advice"] == []
    assert len(again["trial"]["runs"][0]["loss"]) == 50


def test_advice_of_a_probe_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["advise", "relu_30", "--set", "network.width=8", "--seconds", "600"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "to see what trains give it a task: --set" in out
    assert "learns to" not in out
    assert command(["run", "relu_30", "--trial"]) == 2
    assert "give it a task: --set" in capsys.readouterr().err


def test_a_pass_tells_its_concerns_and_how_to_ask(sick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", sick]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "outlook doubtful" in out
    assert f"gradsim advise {sick}"[:20] in out
    assert "note, collapse: only" in out


def test_a_healthy_pass_with_a_note_tells_how_to_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for depth, asks in ((4, True), (1, False)):
        (path := tmp_path / "net.toml").write_text(SMALL.format(depth=depth))
        assert command(["run", str(path)]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert out.startswith("HEALTHY")
        assert ("outlook trains: 'gradsim run" in out) == asks


def test_ctrl_c_keeps_what_is_known_and_a_terminal_sees_how_far_it_is(
    sick: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(question: Any, seconds: float, *, check: Callable[[], None], **more: Any) -> Iterator[Tried]:
        yield from islice(tries(question, seconds, check=check, **more), 2)
        os.kill(os.getpid(), signal.SIGINT)
        check()

    monkeypatch.setattr("gradsim.tui.cli.advice_loop.tries", two)
    monkeypatch.setattr("gradsim.tui.cli.advice_loop.is_tty", lambda _: True)
    assert command(["advise", sick, "--seconds", "600"]) == 130
    captured = capsys.readouterr()
    assert "--fix adam: " in captured.out
    assert captured.out.rstrip().endswith("not all was tried: stopped")
    assert "\r\x1b[K[" in captured.err
    assert " adam" in captured.err
    assert captured.err.endswith("\r\x1b[K"), "it leaves no trace"


@pytest.mark.parametrize(("option", "value"), [("--seconds", "0"), ("--seconds", "nan"), ("--seconds", "soon")])
def test_seconds_are_a_number(option: str, value: str, sick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["advise", sick, option, value]) == 2
    assert "give a number of seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "2.5", "x", "99999999"])
def test_updates_of_a_trial_are_a_number(value: str, sick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", sick, f"--trial={value}"]) == 2
    assert "give a whole number of updates" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "plot"])
def test_a_run_that_stalled_gets_what_was_tried(form: str, sick: str, capsys: pytest.CaptureFixture[str],
                                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("gradsim.tui.cli.train_loop.ADVICE_SECONDS", 600.0)
    assert command(["train", sick, "--iterations", "60", "--format", form]) == 0
    out = capsys.readouterr().out
    out = " ".join(out.split())  # whatever way it is wrapped
    assert "what would have helped, tried from the start with up to 50 updates each, the best first:" in out
    first = out.partition("the best first:")[2].split(":")[0].strip()
    assert first.startswith("--fix ")
    assert "learns to" in out
