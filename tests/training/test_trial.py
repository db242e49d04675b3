"""Trials: what short runs say of learning, beside a run of the trainer itself."""

from typing import Any

import numpy as np
import pytest

from gradsim.sim import UserError, registry, trial
from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.training.loss_trend import STALLED
from gradsim.sim.training.run import Run
from gradsim.sim.training.trial import PATIENCE, trial_of_own
from gradsim.sim.training.trial import trial as trial_of

LEARNS: dict[str, Any] = {
    "network": {"depth": 2, "width": 32, "activation": "relu", "init": "he_normal"},
    "data": {"task": "digits"}, "loss": {"name": "cross_entropy"},
}  # fmt: skip
SICK = {"network": {"depth": 30, "width": 16, "activation": "sigmoid"}}


@pytest.mark.slow
def test_a_network_that_learns_trains_and_one_that_vanishes_is_sick() -> None:
    for seed in range(3):
        good, bad = (trial(parse_scenario(LEARNS | more | {"seed": seed}), 30) for more in ({}, SICK))
        assert (good.outlook, bad.outlook) == ("trains", "sick")
        assert good.score < 0.7
        assert bad.score > 0.95


MORE: dict[str, dict[str, Any]] = {
    "clipped": {"training": {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
                             "clip": {"name": "norm", "threshold": 0.1}, "weight_decay": 0.01, "warmup": 5}},
    "narrow": {"precision": {"format": "float16", "loss_scale": "dynamic", "master_weights": True},
               "training": {"optimizer": "adam"}},
    "recurrent": {"network": {"kind": "lstm", "depth": 2, "width": 8}, "data": {"task": "digits_rows"}},
    "random": {"network": {"depth": 3, "width": 16, "activation": "rrelu", "norm": "batch", "skip": "rezero"}},
}  # fmt: skip


@pytest.mark.parametrize("more", MORE)
def test_the_own_run_is_the_beginning_of_training(more: str) -> None:
    scenario = parse_scenario(LEARNS | MORE[more])
    run = Run(scenario)
    for _ in range(12):
        run.advance()
    result = trial(scenario, 12)
    np.testing.assert_array_equal(result.own.losses[:12], run.history["loss"])
    assert result.constant_predictor_loss == run.constant_predictor_loss


def test_an_optimizer_is_not_tried_twice() -> None:
    words = [run.words for run in trial(parse_scenario(LEARNS), 3).runs]
    assert words == ["SGD at 0.1", "Adam at 0.001", "Adam at 0.01"]
    scenario = parse_scenario(LEARNS | {"training": {"optimizer": {"name": "adam", "learning_rate": 0.01}}})
    assert [run.words for run in trial(scenario, 3).runs] == ["Adam at 0.01", "Adam at 0.001"]


def test_what_has_not_learned_gets_more_updates_and_what_has_does_not() -> None:
    bad = trial(parse_scenario(LEARNS | SICK), 4)
    assert [len(run.losses) for run in bad.runs] == [4 * PATIENCE] * 3
    slow = parse_scenario(LEARNS | {"network": {"depth": 4, "width": 16, "activation": "tanh", "init": "gpt2"}})
    short, long = trial_of_own(slow, 8), trial(slow, 8)
    assert short.own.score > STALLED
    assert long.score < STALLED
    assert len(short.own.losses) == 8
    best = long.best.losses
    assert len(best) % 8 == 0
    assert 8 < len(best) <= 8 * PATIENCE
    np.testing.assert_array_equal(trial(slow, len(best)).runs[long.runs.index(long.best)].losses[: len(best)], best)


def test_an_optimizer_is_named_by_its_own_file() -> None:
    for name in registry.names("optimizers"):
        assert registry.entry("optimizers", name).metadata["LABEL"].lower() == name


def test_it_says_which_optimizer_learned() -> None:
    scenario = parse_scenario(LEARNS | {"training": {"optimizer": {"name": "sgd", "learning_rate": 1e8}}})
    result = trial(scenario)
    assert result.outlook == "trains"
    assert "trains with Adam at" in result.why
    assert "SGD at 1e+08 diverges" in result.why


def test_a_probe_has_nothing_to_learn() -> None:
    with pytest.raises(UserError, match="give it a task: --set"):
        trial({})


def test_it_can_be_broken_off() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        trial_of(parse_scenario(LEARNS), check=check)
