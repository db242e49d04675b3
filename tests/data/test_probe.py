"""A probe has nothing to learn and is not trained; the same network with a task is."""

from typing import Any

import numpy as np
import pytest

from factories import with_task
from gradsim.sim.data.probe import task_changes
from gradsim.sim.errors import ScenarioError, UserError
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import presets
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_file import load_run, save_run
from gradsim.tui.cli import main

PROBES = {preset.name: load_scenario(preset.path) for preset in presets() if load_scenario(preset.path).loss.is_probe}


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_of_every_preset_becomes_a_task_of_the_same_network(name: str) -> None:
    probe = PROBES[name]
    task_scenario = with_task(probe)
    assert not task_scenario.loss.is_probe
    kept = ("seed", "network", "training", "precision", "title")
    assert [getattr(task_scenario, key) for key in kept] == [getattr(probe, key) for key in kept]
    assert task_scenario.loss.at == probe.loss.at
    assert task_scenario.task.name == ("adding" if probe.reads_sequence else "digits")
    assert with_task(task_scenario) == task_scenario


@pytest.mark.parametrize("name", ["sigmoid_20", "batch_norm_batch_2", "rnn_vanishing", "truncated_bptt", "gru_100",
                                  "chain_of_factors", "lstm_bias_5"])  # fmt: skip
def test_it_trains(name: str) -> None:
    run = Run(with_task(PROBES[name]))
    for _ in range(2):
        assert np.isfinite(run.advance().numbers["loss"])
    assert np.isfinite(run.constant_predictor_loss)


@pytest.mark.parametrize(("tables", "changed"), [
    ({}, {"loss.name": "cross_entropy", "data.task": "digits"}),
    ({"network": {"kind": "conv"}, "data": {"inputs": 16, "image": [4, 4]}},
     {"loss.name": "cross_entropy", "data.task": "digits", "data.inputs": None, "data.image": None}),
    ({"data": {"task": "spirals"}}, {"loss.name": "cross_entropy"}),
    ({"data": {"batch": 4096, "inputs": 9}}, {"loss.name": "cross_entropy", "data.task": "digits", "data.inputs": 64,
                                             "data.batch": 1797}),
    ({"network": {"kind": "lstm"}, "time": {"steps": 1}},
     {"loss.name": "mse", "data.task": "adding", "time.steps": 100}),
    ({"network": {"kind": "gru"}, "time": {"steps": 7}, "loss": {"name": "probe", "at": "every"}},
     {"loss.name": "mse", "data.task": "adding"}),
    ({"network": {"kind": "rnn"}, "data": {"task": "digits_rows"}}, {"loss.name": "cross_entropy"}),
])  # fmt: skip
def test_what_is_changed(tables: dict[str, object], changed: dict[str, object]) -> None:
    scenario = parse_scenario(tables)
    assert task_changes(scenario) == changed
    assert not scenario.edit(changed).loss.is_probe


@pytest.mark.parametrize(("target", "loss"), [(np.arange(8) % 3, "cross_entropy"), (np.arange(8) / 3, "mse")])
def test_a_probe_of_a_file_learns_the_targets_of_the_file(tmp_path, target: np.ndarray, loss: str) -> None:
    np.savez(tmp_path / "own.npz", input=np.ones((8, 2)), target=target)
    scenario = parse_scenario({"data": {"file": str(tmp_path / "own.npz"), "batch": 4}})
    assert task_changes(scenario) == {"loss.name": loss}
    with pytest.raises(UserError, match="no such file"):
        task_changes(scenario.edit({"data.file": str(tmp_path / "gone.npz")}))


@pytest.mark.parametrize("network", [{}, {"layers": [{"kind": "activation"}]}], ids=["mlp", "without parameters"])
def test_a_probe_is_not_updated(network: dict[str, Any]) -> None:
    run = Run(parse_scenario({"network": network}))
    with pytest.raises(ScenarioError, match=r"--set loss[.]name=cross_entropy --set data[.]task=digits"):
        run.advance()
    assert len(run) == 0


def test_the_command_line_refuses_a_probe_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["train", "sigmoid_20", "--fix", "relu"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert 'loss.name: "probe": a probe has no target, so there is nothing to learn' in err
    options = err.partition("give it a task: ")[2].split()
    assert main.run(["train", "sigmoid_20", "--fix", "relu", "--iterations", "2", *options]) == 0
    assert "in 2 updates" in capsys.readouterr().out


def trained_before(path, updates: int = 3) -> None:
    """A saved run of a probe, as versions before have made them."""
    run = Run(parse_scenario({"network": {"depth": 3, "width": 8}, "training": {"iterations": 9}}))
    for _ in range(updates):
        run.history.append(run.trainer.update())
    save_run(run, path)


def test_a_saved_run_of_a_probe_is_shown_and_goes_no_further(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    trained_before(tmp_path / "old.npz")
    assert load_run(tmp_path / "old.npz").verdict.kind == "undecided"
    assert main.run(["train", str(tmp_path / "old.npz")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "UNDECIDED" in out
    assert "a probe has no target, so there is nothing to learn" in out
    assert main.run(["train", str(tmp_path / "old.npz"), "--iterations", "5"]) == 2
    assert "nothing to learn" in capsys.readouterr().err
