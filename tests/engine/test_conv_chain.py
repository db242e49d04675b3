"""Images in chains of different layers: against PyTorch, against the short form, and through training."""

import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import registry
from gradsim.sim.interop.arrays import dump
from gradsim.sim.scenario.file import make_scenario, to_toml
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run

TOLERANCE = 1e-10  # of an array's largest entry
LENET = [
    {"kind": "conv", "width": 6, "kernel": 5}, {"kind": "pool", "mode": "average"}, {"kind": "conv", "width": 16},
    {"kind": "pool"}, {"kind": "flatten"}, {"kind": "dense", "width": 20}, {"kind": "dense", "width": 12},
]  # fmt: skip


def scenario_of(layers: list[dict[str, Any]], loss: str = "probe", image: tuple[int, int] = (8, 4), seed: int = 0,
                form: str = "float64", **network: Any) -> Scenario:  # fmt: skip
    told = {"activation": "tanh", "bias": {"name": "normal", "std": 0.3}} | network
    return parse_scenario({
        "network": {**told, "layers": layers}, "data": {"batch": 3, "inputs": 2, "image": list(image)}, "seed": seed,
        "loss": {"name": loss}, "precision": {"format": form},
    })  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    from oracles import torch_conv as oracle

    _, arrays = dump(scenario)
    expected = {key: value.detach().numpy() for key, value in oracle.chain_autograd(scenario, arrays).items()}
    assert {key for key in arrays if "grad_" in key} <= {*expected, "grad_mean"}, set(arrays) ^ set(expected)
    terms = max(np.abs(array).max() for key, array in arrays.items() if "grad_" in key)
    for key in sorted(set(expected) & set(arrays)):
        theirs, made = expected[key], arrays[key]
        assert made.shape == theirs.shape, key
        error = np.abs(made - theirs).max() / max(np.abs(theirs).max(), 1e-3 * terms, 1e-200)
        assert error < TOLERANCE, f"{key}: {error:.1e}"


NORMS = ["none", "batch", "layer", "rms", {"name": "group", "groups": 2}]
ON_IMAGES = st.one_of(
    st.fixed_dictionaries({"kind": st.just("conv"), "width": st.sampled_from([2, 4])}, optional={
        "order": st.sampled_from(["plain", "resnet", "preactivation"]), "norm": st.sampled_from(NORMS),
        "skip": st.sampled_from(["identity", "scaled"]), "kernel": st.sampled_from([1, 3]),
        "padding": st.sampled_from(["circular", "zeros"]), "repeat": st.integers(1, 3),
        "activation": st.sampled_from(["relu", "tanh", "rrelu"]),
    }),
    st.fixed_dictionaries({"kind": st.just("norm"), "norm": st.sampled_from(NORMS[1:])}),
    st.just({"kind": "dropout", "rate": 0.3}), st.just({"kind": "activation", "activation": "gelu"}),
)  # fmt: skip
POOLS = st.sampled_from([[], [{"kind": "pool"}], [{"kind": "pool", "mode": "average"}], [{"kind": "pool", "size": 4}]])
AFTER = st.sampled_from([[], [{"kind": "flatten"}], [{"kind": "flatten"}, {"kind": "dense", "width": 5, "repeat": 2}]])
CHAINS = st.builds(
    lambda first, pool, second, after, loss, seed: scenario_of(
        [{"kind": "conv", "width": 4}, *first, *pool, *second, *after], loss, seed=seed
    ),
    st.lists(ON_IMAGES, max_size=2), POOLS, st.lists(ON_IMAGES, max_size=2), AFTER,
    st.sampled_from(registry.names("losses")), st.integers(0, 10_000),
)  # fmt: skip


@pytest.mark.oracle
@settings(max_examples=30, deadline=None, derandomize=True)
@given(CHAINS)
def test_random_chains_of_images_agree_with_autograd(scenario: Scenario) -> None:
    assert_agrees(scenario)


@pytest.mark.oracle
def test_lenet_agrees_with_autograd() -> None:
    for loss in ("probe", "cross_entropy"):
        assert_agrees(scenario_of(LENET, loss, image=(8, 8)))


@pytest.mark.parametrize("more", [
    {"pool": {"name": "average", "every": 2}}, {"order": "resnet", "skip": "scaled", "norm": "batch"},
    {"order": "preactivation", "pool": {"name": "stride", "every": 3}, "skip": "identity", "activation": "rrelu"},
])  # fmt: skip
def test_one_entry_repeated_is_the_short_form_bit_for_bit(more: dict[str, Any]) -> None:
    rest = {"data": {"batch": 3, "inputs": 2, "image": [4, 8]}, "loss": {"name": "cross_entropy"}}
    short = parse_scenario({"network": {**more, "kind": "conv", "depth": 5, "width": 4}, **rest})
    long = parse_scenario({"network": {**more, "layers": [{"kind": "conv", "repeat": 5, "width": 4}]}, **rest})
    (one, arrays), (other, found) = dump(short), dump(long)
    assert set(arrays) == set(found)
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, found[key], err_msg=key)
    assert one.verdict == other.verdict
    for key, table in one.profile.items():
        np.testing.assert_array_equal(table, other.profile[key], err_msg=key)


def test_rows_tell_their_shapes_and_a_file_of_it_says_the_same() -> None:
    scenario = scenario_of(LENET, image=(8, 8))
    trace = simulate(scenario)
    assert [layer.shape for layer in trace.layers] == [
        (6, 8, 8), (6, 4, 4), (16, 4, 4), (16, 2, 2), (64,), (20,), (12,)
    ]  # fmt: skip
    assert [layer.label for layer in trace.layers][:4] == ["conv 1", "pool 1", "conv 2", "pool 2"]
    again = make_scenario(tomllib.loads(to_toml(scenario)))
    assert simulate(again).verdict == trace.verdict


def test_a_lenet_learns_the_digits() -> None:
    chosen = parse_scenario({
        "network": {"layers": LENET, "activation": "tanh", "init": "xavier_uniform"}, "data": {"task": "digits"},
        "loss": {"name": "cross_entropy"},
        "training": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "iterations": 40},
    })  # fmt: skip
    run = Run(chosen)
    losses = [run.advance().trace.loss for _ in range(40)]
    assert losses[-1] < losses[0] / 2
