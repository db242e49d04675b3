"""The memory that a pass is said to need is what it needs: never less, and not much more."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradsim.sim.network.memory import FLOOR, estimate
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.memory import training_estimate
from gradsim.sim.training.run import Run

DEEP = {"depth": 600, "width": 8}
LEARNABLE = {"activation": "relu", "init": "he_normal"}
DIGITS = {"task": "digits", "batch": 4}


def scenario(network: dict[str, Any], **tables: Any) -> Scenario:
    return parse_scenario({"network": network, "data": {"batch": 4}, **tables})


def peak(chosen: Scenario, updates: int = 0) -> int:
    """Bytes of arrays and Python objects that a pass, or a few updates, held at most; imports not counted."""
    work(chosen.edit({"network.depth": 2, "network.width": 8}), updates)
    tracemalloc.start()
    try:
        work(chosen, updates)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def work(chosen: Scenario, updates: int) -> None:
    if not updates:
        simulate(chosen)
        return
    run = Run(chosen)
    for _ in range(updates):
        run.advance()


def agrees(held: int, estimated: int) -> bool:
    """Apart from what the estimate adds for all scenarios alike, and a MiB for what happens to be imported then."""
    return held - 2**20 <= estimated - FLOOR <= 1.6 * held + 2**20


PASSES = {
    "deep and narrow": scenario(DEEP),
    "one sample": scenario(DEEP, data={"batch": 1}),
    "layer norm, skip": scenario(DEEP | {"norm": "layer", "skip": "identity"}),
    "batch norm, rezero": scenario(DEEP | {"norm": "batch", "skip": "rezero"}),
    "many groups": scenario(DEEP | {"norm": {"name": "group", "groups": 8}}, data={"batch": 16}),
    "random slopes": scenario(DEEP | {"activation": "rrelu"}, data={"batch": 16}),
    "float16": scenario(DEEP, precision={"format": "float16"}),
    "float64": scenario(DEEP, precision={"format": "float64"}),
    "states recomputed": scenario({"depth": 150, "width": 128}, data={"batch": 2048}),
    "many samples": scenario({"depth": 4, "width": 64}, data={"batch": 10_000}),
    "wide": scenario({"depth": 3, "width": 1024}),
    "wide, orthogonal": scenario({"depth": 2, "width": 256, "init": "orthogonal"}),
    "rnn, deep": scenario({"kind": "rnn", "depth": 100, "width": 8}, time={"steps": 20}),
    "lstm, deep": scenario({"kind": "lstm", "depth": 100, "width": 4}, time={"steps": 5}),
    "lstm, softsign": scenario({"kind": "lstm", "depth": 2, "width": 64, "activation": "softsign"},
                               data={"batch": 32}, time={"steps": 100}),
    "tfloat32": scenario({"depth": 4, "width": 64}, data={"batch": 10_000}, precision={"format": "tfloat32"}),
    "tfloat32, wide": scenario({"depth": 3, "width": 1024}, precision={"format": "tfloat32"}),
    "tfloat32, gru": scenario({"kind": "gru", "depth": 2, "width": 128}, data={"batch": 64}, time={"steps": 50},
                              precision={"format": "tfloat32"}),
    "wide, truncated": scenario({"depth": 2, "width": 1024, "init": "truncated_normal"}),
    "wide, variance scaling": scenario({"depth": 2, "width": 1024, "init": "variance_scaling"}),
    "gru, long": scenario({"kind": "gru", "depth": 2, "width": 32}, time={"steps": 1000}),
    "gru, normed": scenario({"kind": "gru", "depth": 2, "width": 64, "norm": "layer", "skip": "identity"},
                            data={"batch": 32}, time={"steps": 100}),
    "lstm, both ways": scenario({"kind": "lstm", "depth": 2, "width": 48, "direction": "both"}, data={"batch": 32},
                                time={"steps": 150}),
    "rnn, both ways, deep": scenario({"kind": "rnn", "depth": 50, "width": 8, "direction": "both"}, time={"steps": 20}),
    "gru, both ways, normed": scenario({"kind": "gru", "depth": 2, "width": 48, "direction": "both", "norm": "layer",
                                        "norm_at": "output", "skip": "scaled"}, data={"batch": 32},
                                       time={"steps": 100}),
    "transformer, deep": scenario({"kind": "transformer", "depth": 60, "width": 16, "qk_norm": "rms"},
                                  time={"steps": 8}),
    "transformer, wide": scenario({"kind": "transformer", "depth": 4, "width": 128, "norm_at": "sandwich",
                                   "skip": "deepnorm"}, time={"steps": 64}),
    "transformer, long": scenario({"kind": "transformer", "depth": 2, "width": 64, "heads": 2}, time={"steps": 1000}),
    "lstm, wide": scenario({"kind": "lstm", "depth": 1, "width": 384}, time={"steps": 10}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PASSES)
def test_a_pass_needs_what_is_estimated(name: str) -> None:
    with np.errstate(all="ignore"):
        held = peak(PASSES[name])
    assert agrees(held, estimate(PASSES[name])), (held, estimate(PASSES[name]))


RUNS = {
    "sgd, deep": ({"depth": 400, "width": 8}, {"optimizer": "sgd"}),
    "adam, deep": ({"depth": 400, "width": 8, "norm": "layer", "skip": "rezero"}, {"optimizer": "adam"}),
    "rmsprop, wide": ({"depth": 3, "width": 512}, {"optimizer": "rmsprop", "clip": "norm"}),
    "adamw, wide": ({"depth": 3, "width": 512}, {"optimizer": "adamw"}),
    "lstm": ({"kind": "lstm", "depth": 30, "width": 8}, {"optimizer": "adam"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_needs_what_is_estimated(name: str) -> None:
    network, training = RUNS[name][0], RUNS[name][1] | {"iterations": 3}
    if "kind" in network:
        chosen = scenario(network, data={"task": "adding", "batch": 4}, loss={"name": "mse"}, training=training)
    else:
        chosen = scenario(network | LEARNABLE, data=DIGITS, loss={"name": "cross_entropy"}, training=training)
    held, estimated = peak(chosen, 3), estimate(chosen) + training_estimate(chosen, 3)
    assert agrees(held, estimated), (held, estimated)


def test_what_a_file_says_of_its_steps_counts() -> None:
    chosen = PASSES["gru, long"]
    assert estimate(chosen, 4000) > estimate(chosen) > estimate(chosen, 500)
