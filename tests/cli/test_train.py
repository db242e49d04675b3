"""`gradsim train`: what it prints, saves and ends with, and that a signal ends it in order."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from factories import WEIGHTS
from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.quantities import NUMBERS, every_trace
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_file import load_run, save_run
from gradsim.tui.cli import main
from gradsim.tui.cli.process import autosave, progress
from gradsim.tui.cli.process.signals import Stop
from gradsim.tui.cli.report import train_rows

SMALL = """
title = "Small \\u001b[31mred\\u0007 net"
[network]
depth = 3
width = 8
activation = "relu"
[data]
task = "digits"
batch = 8
[loss]
name = "cross_entropy"
[training]
optimizer = { name = "sgd", learning_rate = 0.1 }
clip = { name = "norm", threshold = 1.0 }
iterations = 6
"""
FADES = ["--set", "network.activation=sigmoid", "--set", "network.depth=10"]
BREAKS = ["--set", "training.optimizer.learning_rate=1e30", "--set", "training.clip=none"]


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def saved(small, tmp_path):
    """A saved run of four of its six updates."""
    run = trained(small, 4)
    save_run(run, tmp_path / "run.npz")
    return tmp_path / "run.npz"


@pytest.fixture(autouse=True)
def _little_advice(monkeypatch):
    monkeypatch.setattr("gradsim.tui.cli.train_loop.ADVICE_SECONDS", 1.0)


@pytest.fixture
def cli(capsys):
    def call(*args):
        status = main.run(["train", *map(str, args)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def trained(path, updates, **changes):
    run = Run(load_scenario(path).edit(changes) if changes else load_scenario(path))
    while len(run) < updates:
        run.advance()
    return run


def refuse(word):
    raise ValueError(word)


def lines(out):
    return [json.loads(line, parse_constant=refuse) for line in out.splitlines()]


# --- json and csv


def test_json_is_a_line_an_update_with_the_passes_own_numbers(cli, small):
    status, out, _ = cli(small, "--format", "json")
    run = Run(load_scenario(small))
    data = lines(out)
    assert status == 0
    assert [line["iteration"] for line in data] == list(range(6))
    for line in data:
        update = run.advance(spectral=True)
        assert {name: line[name] for name in NUMBERS} == dict(update.numbers)
        assert isinstance(line["clipped"], bool)
        assert set(every_trace()) <= set(line["profile"])
        assert set(WEIGHTS) <= set(line["weights"])
        for name, rows in line["profile"].items():
            np.testing.assert_array_equal(np.array(rows, float), update.trace.profile[name])
        for name, values in line["weights"].items():
            np.testing.assert_array_equal(np.array(values, float), update.trace.weights[name])


def test_the_first_line_is_the_pass_of_run(cli, small, capsys):
    assert main.run(["run", str(small), "--format", "json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    first = lines(cli(small, "--format", "json")[1])[0]
    assert first["loss"] == alone["loss"]
    assert all(first["profile"][name] == alone["profile"][name] for name in every_trace())
    assert all(first["weights"][name] == alone["weights"][name] for name in WEIGHTS)


def test_json_stays_strict_when_all_breaks(cli, small):
    *updates, tried = lines(cli(small, "--format", "json", *BREAKS)[1])
    assert list(tried) == ["complete", "advice", "summary"]
    assert updates[-1]["loss"] in ("nan", "inf")
    assert updates[-1]["gradient_norm"] in ("nan", "inf")
    broken = [line["first_nonfinite"] for line in updates if line["first_nonfinite"]]
    assert {"phase", "layer", "step", "operation", "array", "iteration"} <= set(broken[0])
    assert (
        broken[0]["iteration"] == updates[[line["first_nonfinite"] for line in updates].index(broken[0])]["iteration"]
    )


@pytest.mark.slow
def test_what_would_have_prevented_it_is_tried_from_the_last_healthy_update(cli, small, monkeypatch):
    monkeypatch.setattr("gradsim.tui.cli.train_loop.ADVICE_SECONDS", 600.0)
    jumps = ["--set", "training.clip=none", "--set", "training.iterations=75", "--set",
             "training.schedule={name='step', step_size=60, gamma=1e6}"]  # fmt: skip
    out = " ".join(cli(small, *jumps)[1].split())
    assert "DIVERGING: " in out or "NONFINITE: " in out
    assert "what would have helped, tried from update 60 on, the last healthy one, with up to" in out
    tried = lines(cli(small, "--format", "json", *jumps)[1])[-1]
    assert tried["complete"] is True
    assert tried["advice"][0]["text"] in out
    assert tried["advice"][0]["since"] == 60


def test_csv_is_a_row_an_update(cli, small):
    rows = list(csv.DictReader(io.StringIO(cli(small, "--format", "csv")[1])))
    history = trained(small, 6).history
    assert [row["iteration"] for row in rows] == [str(i) for i in range(6)]
    for i, row in enumerate(rows):
        assert all(float(row[name]) == history.numbers[name][i] for name in NUMBERS)
        assert [float(row[f"gradient_rms.{n}"]) for n in (1, 2, 3)] == history.layers["gradient_rms"][i].tolist()
        assert [float(row[f"update_ratio.{n}"]) for n in (1, 2, 3)] == history.update_ratio[i].tolist()


def test_options_decide_what_is_trained(cli, small):
    args = ("--iterations", "2", "--seed", "5", "--set", "network.depth=2", "--fix", "tanh_is_no_fix")
    assert cli(small, *args)[0] == 2
    out = cli(small, *args[:-2], "--fix", "gelu", "--format", "json")[1]
    wanted = {"seed": 5, "network.depth": 2, "network.activation": "gelu"}
    losses = trained(small, 2, **wanted).history.numbers["loss"]
    assert [line["loss"] for line in lines(out)] == losses.tolist()


def test_same_seed_same_bytes(cli, small):
    first, again, other = (cli(small, "--format", "json", "--seed", seed)[1] for seed in ("3", "3", "4"))
    assert first == again != other


# --- table and plot


def test_the_table_tells_what_became_of_it(cli, small):
    status, out, _ = cli(small)
    run = trained(small, 6)
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert f"{run.verdict.kind.upper()}: " in out
    assert run.verdict.why in " ".join(out.split())
    fired = int(run.history.numbers["clipped"].sum())
    assert f"clipping by norm fired in {fired} of 6 updates" in out
    rows = [line.split() for line in out.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert [row[0] for row in rows] == [str(i) for i in range(6)]


def test_the_table_names_what_broke_in_order(cli, small):
    out = " ".join(cli(small, "--iterations", "8", *BREAKS)[1].split())
    run = trained(small, 8, **{"training.optimizer.learning_rate": 1e30, "training.clip": "none"})
    places = [out.index(f"update {event.iteration}: {event.text}") for event in run.failure_events]
    assert len(places) >= 2
    assert places == sorted(places)
    assert "NONFINITE: " in out
    assert "parameters NaN" in out
    assert "--fix " in out


def test_two_runs_stand_side_by_side(cli, small):
    for form in ("table", "plot"):
        out = cli(small, "--fix", "gelu", "--format", form)[1]
        assert "as it is - " in out
        assert "with gelu - " in out
        assert max(map(len, out.splitlines())) <= 80
    both = [trained(small, 6), trained(small, 6, **{"network.activation": "gelu"})]
    assert all(f"to {run.verdict.last_loss:.2f}" in " ".join(out.split()) for run in both)


def test_the_plot_has_the_size_of_the_terminal(cli, small, monkeypatch):
    for columns, rows in ((80, 24), (120, 40)):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(rows))
        out = cli(small, "--format", "plot")[1].splitlines()
        assert max(map(len, out)) <= columns
        assert len(out) < rows
        assert sum(line.split()[:2] == ["update", "0"] for line in out) == 2


def test_long_runs_are_thinned_out_to_what_matters(small):
    run = trained(small, 60)
    rows = train_rows.chosen([run])
    norms = run.history.numbers["gradient_norm"]
    assert {0, 59, int(np.argmax(norms))} <= set(rows)
    assert len(rows) <= train_rows.ROWS + 4
    assert len(train_rows.single(run)) == len(rows) + 2


@pytest.mark.parametrize(
    ("ratios", "layer"), [([1e-3, 1e-6, 2e-3], 1), ([1e-3, 0.5, 1e-4], 1), ([1e-9, 0, 1], 1), ([0, 1e-3, np.nan], 2)]
)
def test_the_worst_layer_is_the_farthest_from_healthy(ratios, layer):
    assert train_rows.worst(np.array(ratios)) == layer


# --- progress, on stderr


def test_a_log_gets_a_line_at_each_tenth(cli, small):
    err = cli(small, "--iterations", "30", "--format", "csv")[2].splitlines()
    assert [line.split(":")[0] for line in err] == [f"update {n} of 30" for n in range(3, 31, 3)]


def test_no_bar_over_results_that_stream_on_the_same_terminal(monkeypatch):
    monkeypatch.setattr(progress, "is_tty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    assert type(progress.progress(5, 0, streams=True)) is progress.Silent
    assert type(progress.progress(5, 0, streams=False)) is progress.Bar
    monkeypatch.setattr(progress, "_piped", lambda: True)
    assert type(progress.progress(5, 0, streams=False)) is progress.Bar
    monkeypatch.setattr(progress, "is_tty", lambda stream: stream is sys.stderr)
    assert type(progress.progress(5, 0, streams=True)) is progress.Lines
    monkeypatch.setenv("TERM", "dumb")
    assert type(progress.progress(5, 0, streams=False)) is progress.Lines


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_bar_is_drawn_now_and_then_and_leaves_nothing(small, monkeypatch, capsys, columns):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    clock = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.Bar(2) as bar:
        run = Run(load_scenario(small))
        for _ in range(2):
            run.advance(lambda *_: bar.watch())
            bar.made(run.history)
    err = capsys.readouterr().err
    assert "2/2" in err
    assert "loss" in err
    assert err.endswith("\x1b[2K")


# --- saved runs


def test_a_run_is_saved_and_printed_again(cli, small, tmp_path):
    path = tmp_path / "mine.npz"
    for form in ("json", "csv", "table", "plot"):
        status, out, err = cli(small, "--format", form, "--save", path)
        assert status == 0
        assert f"saved 6 updates: {path}" in err
        assert cli(path, "--format", form)[:2] == (0, out)


def test_a_saved_run_goes_on_where_it_was(cli, small, saved):
    whole = cli(small, "--format", "json")[1]
    assert cli(saved, "--format", "json")[1] == whole
    assert cli(saved, "--format", "json", "--save", saved)[1] == whole
    assert len(load_run(saved)) == 6
    longer = cli(saved, "--format", "csv", "--iterations", "8")[1]
    assert longer == cli(small, "--format", "csv", "--iterations", "8")[1]
    assert cli(saved, "--format", "csv", "--iterations", "2")[1] == cli(small, "--format", "csv")[1]


def test_a_saved_run_is_not_changed(cli, saved):
    status, out, err = cli(saved, "--fix", "relu", "--set", "network.depth=3", "--seed", "0")
    assert (status, out) == (2, "")
    assert [line.split(": ")[1] for line in err.splitlines()] == ["--fix", "--set", "--seed"]
    assert "a saved run goes on as it was made" in err


@pytest.mark.parametrize("command", ["run", "show", "check"])
def test_other_commands_tell_a_saved_run(capsys, saved, command):
    assert main.run([command, str(saved)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "is a saved run" in captured.err
    assert f"gradsim train {saved}" in captured.err


def test_it_is_saved_now_and_then(cli, small, tmp_path, monkeypatch):
    lengths = []
    monkeypatch.setattr(autosave, "EVERY", 0.0)
    monkeypatch.setattr("gradsim.sim.training.run_file.save_run", lambda run, _path: lengths.append(len(run)))
    assert cli(small, "--save", tmp_path / "x.npz")[0] == 0
    assert lengths == [1, 2, 3, 4, 5, 6, 6]


def test_what_can_not_be_saved_is_told_once_and_the_result_printed(cli, small, tmp_path, monkeypatch):
    monkeypatch.setattr(autosave, "EVERY", 0.0)
    (tmp_path / "x.npz").symlink_to("/dev/full")
    status, out, err = cli(small, "--save", tmp_path / "x.npz")
    assert status == 2
    assert "clipping by norm" in out
    assert 1 <= err.count("No space left") <= 2


@pytest.mark.parametrize("name", ["folder.npz", "loop.npz", "a" * 300 + ".npz"])
def test_a_target_that_can_not_be_is_refused_before_the_work(cli, small, tmp_path, name):
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "loop.npz").symlink_to(tmp_path / "loop.npz")
    status, out, err = cli(small, "--save", tmp_path / name)
    assert (status, out) == (2, "")
    assert err.startswith("gradsim: --save: ")
    assert err.count("\n") == 1


def test_a_name_does_not_steer_the_terminal(cli, small, tmp_path):
    assert "\x1b" not in cli(small, "--save", tmp_path / "a\x1b[31m.npz")[2]


def test_a_saved_run_is_not_continued_beyond_the_memory(cli, saved, monkeypatch):
    there = psutil.virtual_memory().available
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=min(there, 2**28)))
    status, out, err = cli(saved, "--iterations", "1000000")
    assert (status, out) == (2, "")
    assert "1,000,000 updates of 3 x" in err


@pytest.mark.parametrize("option", [("--iterations", "3"), ("--set", "training.iterations=3")])
def test_a_shorter_run_leaves_out_the_lesson_beyond_it(cli, option):
    status, out, _ = cli("learning_rate_too_high", *option, "--format", "csv")
    assert (status, out.count("\n")) == (0, 4)


# --- --fail-on


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fail_on", "more", "status"),
    [
        ("nonfinite", [], 0),
        ("nonfinite", BREAKS, 1),
        ("stalled,diverging", [*FADES, "--iterations", "60"], 1),
        ("stalled,diverging", FADES, 0),  # six updates are too few to say so
        ("undecided", FADES, 1),
        ("vanishing", FADES, 1),
        ("exploding,dead", FADES, 0),
    ],
)
def test_fail_on_is_the_status(cli, small, fail_on, more, status):
    assert cli(small, *more, "--fail-on", fail_on)[0] == status


@pytest.mark.slow
def test_fail_on_looks_at_a_saved_run_too(cli, small, tmp_path):
    path = tmp_path / "x.npz"
    assert cli(small, *BREAKS, "--save", path)[0] == 0
    assert cli(path, "--fail-on", "nonfinite")[0] == 1
    assert cli(path, "--fail-on", "dead")[0] == 0


# --- stopped


def process(*args):
    """The program in a process of its own, its pipes unbuffered: no line that it wrote is lost between two reads."""
    command = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", "train", *map(str, args)]
    return subprocess.Popen(
        command, bufsize=0, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), [("SIGINT", "table"), ("SIGTERM", "json"), ("SIGHUP", "csv")])
def test_a_signal_ends_it_in_order(small, tmp_path, name, form):
    path, number = tmp_path / "run.npz", getattr(signal, name)
    with process(small, "--iterations", "20000", "--save", path, "--format", form) as running:
        first = (running.stderr if form == "table" else running.stdout).readline()
        if form == "csv":  # that was the header
            running.stdout.readline()
        running.send_signal(number)
        out, err = (text.decode() for text in running.communicate(timeout=60))
    done = len(load_run(path))
    assert first
    assert running.returncode == 128 + number
    assert "Traceback" not in err
    assert f"stopped after {done} of 20000 updates" in err
    if form == "table":
        assert f" {done} updates" in " ".join(out.split())
    else:
        assert len(out.splitlines()) == done - 1  # besides the first


def test_a_signal_within_an_update_is_heard(small):
    run, seen = Run(load_scenario(small)), []
    with Stop() as stop:

        def watch(*place):
            if not seen:
                os.kill(os.getpid(), signal.SIGINT)
            seen.append(place)
            stop.check()

        with pytest.raises(Cancelled):
            run.advance(watch)
    assert (stop.status, len(run)) == (130, 0)
    assert len(seen) < 2 * run.scenario.network.depth


SWALLOWING = """
import os, signal
from gradsim.tui.cli.process.signals import Stop
with Stop():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        print("heard", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException:
        print("swallowed", flush=True)
"""


def test_a_second_signal_ends_at_once_wherever_it_comes():
    done = subprocess.run([sys.executable, "-c", SWALLOWING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, "heard\n", "")


def test_handlers_of_signals_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Stop():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_before_the_first_update(cli, small, tmp_path, monkeypatch):
    def killed(run, watch, **_):
        os.kill(os.getpid(), signal.SIGTERM)
        watch()

    monkeypatch.setattr(Run, "advance", killed)
    status, out, err = cli(small, "--save", tmp_path / "x.npz")
    assert (status, out) == (143, "")
    assert "stopped before the first update" in err
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.slow
def test_a_reader_that_has_enough_ends_it_quietly_and_saved(small, tmp_path):
    path = tmp_path / "run.npz"
    with process(small, "--iterations", "5000", "--format", "json", "--save", path) as running:
        assert json.loads(running.stdout.readline())["iteration"] == 0
        running.stdout.close()
        err = running.stderr.read().decode()
    assert running.returncode == 141
    assert "Traceback" not in err
    assert 1 <= len(load_run(path)) < 5000


def test_fewer_updates_than_a_lesson_tells_of_are_no_mistake(cli):
    status, out, _ = cli("silent_zero_step", "--iterations", "2", "--format", "csv")
    assert (status, len(out.splitlines())) == (0, 3)
