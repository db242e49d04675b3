"""`gradsim sweep`: what it prints and how it ends."""

import json
import math
from pathlib import Path

import pytest

from gradsim.sim import load
from gradsim.sim.sweeps.point import Point
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import make_sweep, own_sweep
from gradsim.tui.cli.main import run as command
from gradsim.tui.cli.report.sweep_table import to_table
from gradsim.tui.state.pace import Pace, duration

NET = ["--set", "network.width=8", "--set", "data.batch=4", "--jobs", "1"]


def sweep(*args: str) -> int:
    return command(["sweep", "relu_30", *NET, *args])


def test_one_axis_is_a_chart_with_its_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep("--x", "network.depth=1..3", "--seeds", "2") == 0
    out = capsys.readouterr().out
    assert out.startswith("Healthy everywhere, from depth 1 to 3\n")
    assert "network.depth, 2 seeds each" in out
    assert sweep("--x", "network.depth=1..3", "--seeds", "2", "--quantity", "ratio") == 0
    assert "Median ratio from 1.00 at 1 to" in capsys.readouterr().out


def test_two_axes_are_a_map_with_a_legend(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep("--x", "network.init.gain=0.1,1,2", "--y", "network.depth=2..8") == 0
    out = capsys.readouterr().out
    assert "network.init.gain across, network.depth up" in out
    assert "healthy" in out.splitlines()[-2]
    assert "theory" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert sweep("--x", "network.init.gain=0.1,1,2", "--y", "network.depth=2..8", "--format", "table") == 0
    assert "vanishing" in capsys.readouterr().out


def test_the_same_command_goes_on_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("--x", "network.depth=1..3", "--out", str(tmp_path / "s.npz"), "--format", "json")
    assert sweep(*args) == 0
    first = capsys.readouterr()
    assert sweep(*args) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert "has 3 of 3 points already" in again.err
    assert sweep(*args, "--seeds", "2") == 2
    assert "holds another sweep: --seeds is 1 there and 2 here" in capsys.readouterr().err


def test_a_point_is_what_run_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep("--x", "network.depth=4,5", "--y", "fix=none,he_init", "--quantity", "ratio", "--format", "json") == 0
    point = json.loads(capsys.readouterr().out)["points"][-1]
    assert (point["x"], point["y"]) == (5, "he_init")
    assert (
        command(["run", "relu_30", *NET[:4], "--set", "network.depth=5", "--fix", "he_init", "--format", "json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["verdict"]["ratio"] == point["value"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "--x: give a key and its values"),
        (["--y", "network.depth=1..3"], "--x: give it together with --y"),
        (["--x", "network.dept=1..3"], "--x: network.dept: no key"),
        (["--x", "network.depth=1..3", "--y", "network.depth=1..3"], "--y: network.depth: is the other axis"),
        (["--x", "network.depth=1..3", "--seeds", "0"], "--seeds"),
        (["--x", "network.depth=1..3", "--jobs", "many"], "--jobs"),
        (["--x", "network.depth=1..3", "--out", "s.csv"], ".npz"),
        (["--x", "network.depth=1..10000", "--y", "network.width=1..9999"], "points; the most are"),
        (["--x", "network.depth=1..3", "--format", "jsn"], "did you mean json?"),
    ],
)
def test_mistakes_are_one_line(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep(*args) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1


def test_where_no_point_can_be_made_the_status_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep("--x", "network.depth=1..2", "--train", "3") == 2
    assert "no point could be made; all of them: " in " ".join(capsys.readouterr().out.lower().split())


@pytest.mark.parametrize(
    "name",
    ["trainable_depth", "edge_of_chaos", "rnn_exploding", "clip_threshold", "deep_and_narrow", "batch_norm_explodes"],
)
def test_presets_that_are_sweeps_name_points_that_exist(name: str) -> None:
    swept = own_sweep(load(name))
    for number in (0, len(swept) - 1):
        assert swept.scenario_at(number)


@pytest.mark.parametrize("seeds", [1, 2])
def test_what_a_stopped_sweep_has_not_made_is_no_number(seeds: int) -> None:
    line = Results(make_sweep(load("relu_30"), "network.depth=1..4", seeds=seeds, quantity="ratio"))
    line.add([(0, Point("healthy", 0.5)), (1, Point("", None, "too large")), (3, Point("dead", math.nan))])
    table = to_table(line)
    made, failed, missing, nan = (row.split() for row in table.splitlines()[-5:-1])
    assert made[0] == "1"
    assert "0.50" in made
    assert failed[-1] == "-"
    assert set(missing[1:]) == {"-"}
    assert "NaN" in nan, "a number that was measured, and is none"
    assert table.splitlines()[-1] == "- was not made"
    both = Results(make_sweep(load("relu_30"), "network.depth=1,2", "network.width=4,5", quantity="ratio"))
    both.add([(0, Point("healthy", 0.5))])
    assert [row.split() for row in to_table(both).splitlines()[-3:]] == [
        ["5", "-", "-"], ["4", "0.50", "-"], ["-", "was", "not", "made"]]  # fmt: skip
    both.add((n, Point("healthy", 0.5)) for n in both.missing)
    assert "-" not in to_table(both).split()


def test_a_rate_and_the_time_left_come_once_they_are_known() -> None:
    pace = Pace(1000, 200, began=50.0)
    assert pace.words(300, 51.0) == "300 of 1,000 points"
    assert pace.words(200, 60.0) == "200 of 1,000 points"
    assert pace.words(300, 60.0) == "300 of 1,000 points, 10 a second, 1 min 10 s left"


def test_durations() -> None:
    assert [duration(s) for s in (3.4, 200, 7500)] == ["3 s", "3 min 20 s", "2 h 5 min"]
