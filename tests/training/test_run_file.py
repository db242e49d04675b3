"""Saved runs: the same afterwards, whole or not there, and never trusted."""

import io
import json
import math
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from gradsim.sim import registry
from gradsim.sim.errors import UserError
from gradsim.sim.io.npz import Archive
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.training.clip_threshold import suggested_threshold
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_file import MARK, is_run, load_run, save_run
from runs import scenario_of, trained


def same(one, other) -> bool:
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_a_run_goes_on_after_it_was_reopened_as_if_nothing_had_been(tmp_path):
    run = trained()
    save_run(run, tmp_path / "run.npz")
    again = load_run(tmp_path / "run.npz")
    assert again.scenario == run.scenario
    assert same(again.history.numbers, run.history.numbers)
    assert same(again.history.layers, run.history.layers)
    for i in (11, 0, 5):
        assert again.visit(i).numbers == pytest.approx(run.visit(i).numbers, rel=0, abs=0, nan_ok=True)
    for _ in range(3):
        assert again.advance().numbers == pytest.approx(run.advance().numbers, rel=0, abs=0, nan_ok=True)


SEQUENCE = {"data": {"task": "adding", "batch": 4}, "loss": {"name": "mse"}, "time": {"steps": 6}}
IMAGES = {"data": {"task": "digits", "batch": 4}, "loss": {"name": "cross_entropy"}}
OF_KIND = {
    "transformer": ({"depth": 1, "width": 4, "heads": 2}, SEQUENCE), "conv": ({"depth": 1, "width": 2}, IMAGES),
    "mlp": ({"depth": 1, "width": 4, "norm": "batch", "activation": "rrelu"}, IMAGES),
    "rnn": ({"depth": 2, "width": 3, "direction": "both", "skip": "rezero"},
            SEQUENCE | {"loss": {"name": "mse", "at": "ends"}}),
}  # fmt: skip
USUAL = {"depth": 1, "width": 3}, SEQUENCE
CHAINS = {
    "chain with a transformer": ([
        {"kind": "lstm", "width": 2, "direction": "both", "norm": "layer"}, {"kind": "dropout", "rate": 0.3},
        {"kind": "transformer", "width": 4, "heads": 2}, {"kind": "mean_step"}, {"kind": "dense", "width": 3},
    ], SEQUENCE),
    "chain of images": ([
        {"kind": "conv", "width": 2, "norm": "batch"}, {"kind": "pool"}, {"kind": "flatten"},
        {"block": [{"kind": "dense", "width": 3}, {"kind": "dropout"}], "repeat": 2},
    ], IMAGES),
}  # fmt: skip
RESUMED = {kind: ({"kind": kind, **network}, tables) for kind in registry.names("layers")
           for network, tables in (OF_KIND.get(kind, USUAL),)}  # fmt: skip
RESUMED |= {name: ({"layers": layers}, tables) for name, (layers, tables) in CHAINS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", RESUMED)
def test_a_run_of_any_kind_goes_on_with_the_same_bits(name, tmp_path):
    network, tables = RESUMED[name]
    training = {"optimizer": {"name": "adam", "learning_rate": 0.01}, "clip": "norm", "iterations": 6}
    run = Run(parse_scenario({"network": network, **tables, "training": training}))
    for _ in range(2):
        run.advance()
    save_run(run, tmp_path / "run.npz")
    again = load_run(tmp_path / "run.npz")
    for _ in range(2):
        one, other = again.advance(), run.advance()
    for values, theirs in ((one.numbers, other.numbers), (one.trace.profile, other.trace.profile)):
        assert values.keys() == theirs.keys()
        assert all(np.array_equal(values[key], theirs[key], equal_nan=True) for key in values)


def test_a_broken_run_keeps_what_broke_it(tmp_path):
    run = trained(optimizer={"name": "sgd", "learning_rate": 1e30}, clip="none")
    assert run.first_nonfinite is not None
    save_run(run, tmp_path / "run.npz")
    again = load_run(tmp_path / "run.npz")
    assert repr(again.first_nonfinite) == repr(run.first_nonfinite)  # repr, as nan is not itself
    assert again.failure_events == run.failure_events
    assert again.verdict.kind == "nonfinite"


def test_a_run_and_data_are_told_apart(tmp_path):
    np.savez(tmp_path / "data.npz", input=np.ones((3, 2)), target=np.array([0, 1, 0]))
    save_run(trained(2), tmp_path / "run.npz")
    (tmp_path / "text.npz").write_text("no archive")
    assert is_run(tmp_path / "run.npz")
    assert not any(is_run(tmp_path / name) for name in ("data.npz", "text.npz", "missing.npz", "."))


def nonfinite(**changed):
    """A first number that is not finite, as a run of 12 updates of 3 layers may hold it."""
    at = Nonfinite("forward", 1, 1, "matrix product", "layers.1.preactivation", value=math.inf, iteration=2)
    return {"first_nonfinite": np.frombuffer(json.dumps(asdict(at) | changed).encode(), np.uint8)}


def states(**columns):
    moments = np.array([[12, 12, 1, 12]], float)
    for name, value in columns.items():
        moments[0, ["iteration", "count", "loss_scale", "clean"].index(name)] = value
    return {"moments": moments}


FORGED = {
    "another form": ({MARK: np.array(99)}, "is a run in form 99, and this gradsim reads forms 1 to 2"),
    "no mark": ({MARK: None}, "holds no run of gradsim"),
    "a mark of text": ({MARK: np.array("1")}, MARK),
    "no history": ({"history.loss": None}, "has no array history.loss"),
    "an empty history": ({"history.loss": np.zeros(0)}, "has a history of 0 updates"),
    "a shorter column": ({"history.cosine": np.zeros(3)}, "history.cosine is float64 (3,), and this run has (12,)"),
    "a history of integers": ({"history.loss": np.zeros(12, int)}, "history.loss is int64"),
    "objects": ({"layers.weight_norm": np.array([{}] * 12, object)}, "layers.weight_norm is object"),
    "another depth": ({"layers.weight_norm": np.zeros((12, 4))}, "(12, 4), and this run has (12, 3)"),
    "another size": ({"states": np.zeros((1, 7), np.float32)}, "states is float32"),
    "too many states": ({"moments": np.ones((500, 4))}, "has 500 states"),
    "states of no update": ({"moments": np.full((9, 4), np.nan)}, "has states that belong to no update"),
    "a scenario that is none": (
        {"scenario": np.frombuffer(b"depth = = 3", np.uint8)},
        "its scenario is not valid TOML",
    ),
    "a wrong scenario": ({"scenario": np.frombuffer(b"[network]\ndepth = 0", np.uint8)}, "network.depth: 0 is not"),
    "a scenario in no encoding": ({"scenario": np.array([255], np.uint8)}, "scenario is not UTF-8 text"),
    "a long text": ({"scenario": np.zeros(1_000_001, np.uint8)}, "is not a text of at most"),
    "flags that are none": ({"history.clipped": np.full(12, np.nan)}, "history.clipped has numbers that are not from"),
    "a share above 1": ({"history.bad_parameters": np.full(12, 7.0)}, "history.bad_parameters has numbers that"),
    "steps before the first": (states(count=-3), "has states that belong to no update"),
    "more steps than updates": (states(count=13), "has states that belong to no update"),
    "half a step": (states(count=0.5), "has states that belong to no update"),
    "a break after the end": (nonfinite(iteration=10**30), "first_nonfinite is of no update or layer"),
    "a break at no update": (nonfinite(iteration=None), "first_nonfinite is of no update or layer"),
    "a break beyond the layers": (nonfinite(layer=5), "first_nonfinite is of no update or layer"),
    "a break in no format": (nonfinite(format="float12"), "first_nonfinite is of no update or layer"),
    "a forged break": ({"first_nonfinite": np.frombuffer(b'{"phase": 3}', np.uint8)}, "first_nonfinite can't be read"),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.npz"
    save_run(trained(), path)
    with np.load(path) as stored:
        return dict(stored)


@pytest.mark.parametrize(("changed", "message"), FORGED.values(), ids=FORGED)
def test_a_file_that_is_not_what_it_says_is_refused(saved, tmp_path, changed, message):
    arrays = {key: value for key, value in (saved | changed).items() if value is not None}
    np.savez(tmp_path / "run.npz", **arrays)
    with pytest.raises(UserError) as caught:
        load_run(tmp_path / "run.npz")
    assert message in str(caught.value)
    assert str(tmp_path / "run.npz") in str(caught.value)


def test_a_run_of_the_form_before_is_read(saved, tmp_path):
    """Form 1 did not know how many updates rounding made nothing."""
    np.savez(
        tmp_path / "old.npz", **{k: v for k, v in saved.items() if k != "history.lost_updates"} | {MARK: np.array(1)}
    )
    run = load_run(tmp_path / "old.npz")
    assert np.isnan(run.history.numbers["lost_updates"]).all()
    assert run.advance().numbers["lost_updates"] >= 0
    assert "rounding" not in run.verdict.why
    np.savez(tmp_path / "new.npz", **{k: v for k, v in saved.items() if k != "history.lost_updates"})
    with pytest.raises(UserError, match=r"has no array history[.]lost_updates"):
        load_run(tmp_path / "new.npz")


def test_a_forged_history_larger_than_memory_is_refused_before_it_is_read(saved, tmp_path, monkeypatch):
    np.savez(tmp_path / "run.npz", **saved)
    monkeypatch.setattr(Archive, "header", longer(Archive.header))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2**28))
    with pytest.raises(UserError, match="1,000,000 updates of 3 x 8 need about"):
        load_run(tmp_path / "run.npz")


def longer(header):
    def changed(archive, name):
        head = header(archive, name)
        return head._replace(shape=(1_000_000,)) if name == "history.loss" else head

    return changed


def test_states_too_large_for_their_format_become_inf_without_a_warning(saved, tmp_path):
    np.savez(tmp_path / "run.npz", **saved | {"states": np.full(saved["states"].shape, 1e300)})
    assert np.isinf(load_run(tmp_path / "run.npz").end.values).all()


def test_a_file_of_python_2_is_read_without_a_warning(saved, tmp_path):
    with zipfile.ZipFile(tmp_path / "run.npz", "w") as file:
        for name, array in saved.items():
            held = io.BytesIO()
            np.save(held, array)
            old = held.getvalue().replace(b"(12,), } ", b"(12L,), }", 1)
            file.writestr(f"{name}.npy", old)
    assert len(load_run(tmp_path / "run.npz")) == 12


def test_a_pipe_is_no_run_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert not is_run(tmp_path / "pipe")


def test_a_run_on_data_that_have_changed_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", input=rng.standard_normal((40, 3)), target=rng.integers(3, size=40))
    run = Run(scenario_of().edit({"data.task": None, "data.file": str(tmp_path / "data.npz")}))
    run.advance()
    save_run(run, tmp_path / "run.npz")
    assert len(load_run(tmp_path / "run.npz")) == 1
    np.savez(tmp_path / "data.npz", input=rng.standard_normal((40, 3)), target=rng.integers(3, size=40))
    with pytest.raises(UserError, match="was made on other data"):
        load_run(tmp_path / "run.npz")


def test_a_damaged_file_is_refused(tmp_path):
    save_run(trained(), tmp_path / "run.npz")
    whole = (tmp_path / "run.npz").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(40):
        bent = bytearray(whole)
        for at in rng.integers(len(whole), size=8):
            bent[at] ^= int(rng.integers(1, 256))
        (tmp_path / "bent.npz").write_bytes(bent if rng.random() < 0.5 else bent[: int(rng.integers(len(whole)))])
        try:
            load_run(tmp_path / "bent.npz")
        except UserError as error:
            assert "bent.npz" in str(error)  # noqa: PT017  a flipped bit in unused bytes may do no harm


KILLED = """
import sys
from gradsim.sim.training.run_file import save_run
from runs import trained
run = trained(3)
while True:
    save_run(run, sys.argv[1])
    print(len(run), flush=True)
    run.advance()
"""


@pytest.mark.slow
def test_a_killed_process_leaves_a_whole_run_and_nothing_else(tmp_path):
    path = tmp_path / "run.npz"
    for lines in (1, 3, 5):
        process = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, text=True,
                                   cwd=Path(__file__).parents[1])  # fmt: skip
        said = [int(process.stdout.readline()) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert len(load_run(path)) >= said[-1]
        assert [left.name for left in tmp_path.iterdir()] == ["run.npz"]


def test_the_suggested_threshold_is_a_percentile_of_what_was_seen():
    run = trained(clip="none")
    norms = run.history.numbers["gradient_norm"]
    advice = suggested_threshold(run.scenario, run.history)
    assert advice.threshold == pytest.approx(np.percentile(norms, 90), rel=0.06)
    assert (norms > advice.threshold).sum() in (1, 2)
    assert "90% below" in advice.text


def test_the_place_of_the_first_nonfinite_number_is_stored_as_json(saved):
    assert json.loads(saved["first_nonfinite"].tobytes()) is None
