"""What is told of a run that broke must be true of every number of every update."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.training.clip_threshold import largest_norm, suggested_threshold
from gradsim.sim.training.events import silent_zeros
from gradsim.sim.training.run import Run
from gradsim.sim.training.trainer import Trainer

AGAIN = "from here on all is finite again"
UPDATES = 12


@st.composite
def breaking(draw: st.DrawFn) -> Scenario:
    """Small nets with weights, rates and formats in which something often overflows, for a while or for good."""
    form = draw(st.sampled_from(["float32", "float16", "bfloat16", "float8_e5m2"]))
    large = {"float32": [1.0, 1e3, 1e5, 1e6], "bfloat16": [1.0, 1e5, 1e6]}.get(form, [1.0, 3.0, 30.0])
    return parse_scenario({
        "seed": draw(st.integers(0, 5)),
        "network": {"depth": draw(st.integers(1, 6)), "width": 8,
                    "activation": draw(st.sampled_from(["relu", "linear"])),
                    "init": {"name": "normal", "std": draw(st.sampled_from(large))}},
        "data": {"batch": 8},
        "loss": {"name": draw(st.sampled_from(["mse", "cross_entropy"]))},
        "training": {
            "optimizer": {"name": draw(st.sampled_from(["sgd", "adam", "rmsprop"])),
                          "learning_rate": draw(st.sampled_from([1e-3, 0.1, 1e4]))},
            "clip": draw(st.sampled_from(["none", "norm", "agc", "value"])),
            "skip_nonfinite": draw(st.booleans()), "iterations": UPDATES,
        },
        "precision": {"format": form, "loss_scale": draw(st.sampled_from([1.0, "dynamic"])),
                      "master_weights": form != "float32" and draw(st.booleans())},
    })  # fmt: skip


def whole(trainer: Trainer) -> list[bool]:
    """Of each update whether all its numbers are finite: of pass, gradient, clipping, optimizer and parameters."""
    starts = []
    for _ in range(UPDATES):
        update = trainer.update()
        optimizer = trainer.optimizer
        arrays = (trainer.flat.gradients, trainer.flat.parameters, optimizer.parameters, *optimizer.memory.values())
        finite = all(np.isfinite(array).all() for array in arrays) and np.isfinite(update.numbers["loss"])
        starts.append(bool(finite and update.first_nonfinite is None and update.trace.verdict.kind != "nonfinite"))
    return starts


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(scenario=breaking())
def test_all_is_finite_again_only_where_every_number_is(scenario: Scenario) -> None:
    run = Run(scenario)
    for _ in range(UPDATES):
        run.advance()
    assume(run.first_nonfinite is not None)
    finite = whole(Trainer(scenario))
    again = [event.iteration for event in run.failure_events if event.text == AGAIN]
    if finite[-1]:
        assert again == [UPDATES - finite[::-1].index(False)]
    else:
        assert again == []


def silent(**network: Any) -> Run:
    """A run whose gradient is finite, and its norm is not when clipping works it out."""
    run = Run(parse_scenario({
        "network": {"depth": 4, "width": 16, "activation": "linear", "init": {"name": "normal", "std": 1e6}} | network,
        "data": {"batch": 8}, "loss": {"name": "cross_entropy"},
        "training": {"clip": "norm", "iterations": 10},
    }))  # fmt: skip
    for _ in range(10):
        run.advance()
    return run


def test_a_norm_that_stays_inf_is_no_recovery() -> None:
    run = silent()
    assert (run.history.numbers["bad_norm"] == 1).all()
    assert silent_zeros(run.history) == 10
    sentences = [event.text for event in run.failure_events]
    assert "clipping by norm set the whole gradient to 0 (in 10 updates)" in sentences
    assert AGAIN not in sentences


def test_no_threshold_is_suggested_with_which_every_gradient_is_0() -> None:
    run = silent()
    advice = suggested_threshold(run.scenario, run.history)
    assert np.isnan(advice.threshold)
    assert advice.text.endswith("smaller weights help, no threshold does")


@pytest.mark.parametrize("clip", ["norm", "value"])
def test_a_threshold_of_0_is_no_overflow(clip: str) -> None:
    run = Run(parse_scenario({
        "network": {"depth": 2, "width": 8}, "data": {"batch": 8}, "loss": {"name": "mse"},
        "training": {"clip": {"name": clip, "threshold": 0.0}, "iterations": 2},
    }))  # fmt: skip
    assert run.advance().numbers["clipped_norm"] == 0
    assert silent_zeros(run.history) == 0


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(scenario=breaking())
def test_a_suggested_threshold_leaves_a_gradient(scenario: Scenario) -> None:
    run = Run(scenario.edit({"training.clip": "none"}))
    for _ in range(UPDATES):
        run.advance()
    norms = run.history.numbers["gradient_norm"]
    assume(np.isfinite(norms).all() and norms.all() and (norms < largest_norm(scenario) / 2).all())
    threshold = suggested_threshold(run.scenario, run.history).threshold
    clipped = Trainer(scenario.edit({"training.clip": {"name": "norm", "threshold": threshold}}))
    assert clipped.update().numbers["clipped_norm"] > 0


@pytest.mark.parametrize("form", ["float32", "float16", "bfloat16", "float64", "float8_e5m2"])
def test_the_largest_norm_is_where_clipping_finds_inf(form: str) -> None:
    from gradsim.sim.numerics.number_format import number_format
    from gradsim.sim.training.parameter_vector import norms_in_format

    largest = largest_norm(parse_scenario({"precision": {"format": form}}))
    kept = number_format(form)
    dtype = np.float64 if form == "float64" else np.float32
    for share, finite in ((0.9, True), (1.1, False)):
        with np.errstate(all="ignore"):
            array = np.full(16, share * largest / 4, dtype)
            assert bool(np.isfinite(norms_in_format([array], kept.round_)[0])) is finite
