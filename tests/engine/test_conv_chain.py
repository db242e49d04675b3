"""Images in chains of different layers: against PyTorch, against the short form, and through training."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import registry
from gradsim.sim.errors import ScenarioError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.scenario.file import make_scenario, to_toml
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run
from oracles.agreement import assert_close

LENET = [
    {"kind": "conv", "width": 6, "kernel": 5}, {"kind": "pool", "mode": "average"}, {"kind": "conv", "width": 16},
    {"kind": "pool"}, {"kind": "flatten"}, {"kind": "dense", "width": 20}, {"kind": "dense", "width": 12},
]  # fmt: skip


def scenario_of(layers: list[dict[str, Any]], loss: str = "probe", image: tuple[int, int] = (8, 4), seed: int = 0,
                form: str = "float64", **network: Any) -> Scenario:  # fmt: skip
    chosen = {"activation": "tanh", "bias": {"name": "normal", "std": 0.3}} | network
    return parse_scenario({
        "network": {**chosen, "layers": layers}, "data": {"batch": 3, "inputs": 2, "image": list(image)}, "seed": seed,
        "loss": {"name": loss}, "precision": {"format": form},
    })  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    from oracles import torch_conv as oracle

    _, arrays = dump(scenario)
    expected = {key: value.detach().numpy() for key, value in oracle.chain_autograd(scenario, arrays).items()}
    assert {key for key in arrays if "grad_" in key} <= {*expected, "grad_mean"}, set(arrays) ^ set(expected)
    terms = [key for key in arrays if "grad_" in key]
    for key in sorted(set(expected) & set(arrays)):
        assert_close(key, arrays, expected[key], terms)


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
@settings(max_examples=15, deadline=None, derandomize=True)
@given(CHAINS)
def test_random_chains_of_images_agree_with_autograd(scenario: Scenario) -> None:
    assert_agrees(scenario)


@pytest.mark.oracle
def test_lenet_agrees_with_autograd() -> None:
    for loss in ("probe", "cross_entropy"):
        assert_agrees(scenario_of(LENET, loss, image=(8, 8)))


@pytest.mark.oracle
def test_blocks_of_images_agree_with_autograd() -> None:
    two = [{"kind": "conv", "norm": "batch"}, {"kind": "conv", "activation": "linear"}]
    half = [{"kind": "pool"}, {"kind": "conv", "width": 6, "order": "preactivation", "activation": "rrelu"}]
    layers = [{"kind": "conv", "width": 4}, {"block": two, "skip": "identity", "repeat": 2}, {"block": half},
              {"block": [{"kind": "dropout"}, {"kind": "conv"}], "skip": "scaled"}]  # fmt: skip
    assert_agrees(scenario_of(layers, activation="relu"))
    assert_agrees(scenario_of([*layers, {"kind": "flatten"}, {"kind": "dense", "width": 5}], "cross_entropy"))


BLOCK = [{"kind": "conv", "width": 4}]
WRONG = [
    ([{"kind": "conv", "kernel": 4}], "kernel: 4 has no middle"),
    ([*BLOCK, {"kind": "dense", "name": "top"}], '[2] "top": kind: an image of 4 x 8 x 4 comes into a dense'),
    ([*BLOCK, {"kind": "flatten"}, {"kind": "conv"}], "[3]: kind: a conv needs an image, and 128 features come in"),
    ([*BLOCK, {"kind": "pool", "size": 3}], "[2]: size: an image of 8 x 4 can't be divided by 3"),
    ([{"kind": "conv", "repeat": 3, "pool": {"name": "max", "every": 1}}], "[1]: pool: an image of 2 x 1 can't be"),
    ([*BLOCK, {"block": [{"kind": "pool"}], "skip": "identity"}], "4 x 8 x 4 comes in and an image of 4 x 4 x 2"),
    ([*BLOCK, {"block": [{"kind": "dense"}]}], "[2] block[1]: kind: an image"),
    ([*BLOCK, {"kind": "lstm"}], "[2]: kind: an image of 4 x 8 x 4 comes into a"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "message"), WRONG)
def test_what_can_not_be_is_an_error_that_names_the_entry(layers: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        scenario_of(layers)


SHORT = [
    ({"kind": "conv", "pool": "stride", "depth": 12}, {"image": [8, 12]}, "block 12: an image of 2 x 3 can't be"),
    ({"kind": "conv", "order": "preactivation", "norm": {"name": "group", "groups": 2}, "width": 4}, {"inputs": 3},
     "block 1: 2 groups do not divide the 3 channels"),
    ({"kind": "conv"}, {"image": [8]}, "[8] is no height and width"),
    ({"kind": "conv"}, {"task": "digits", "image": [4, 4]}, "digits has 8 x 8"),
    ({"kind": "conv"}, {"task": "digits", "inputs": 64}, "digits has 1 channel"),
    ({"kind": "conv"}, {"task": "spirals"}, "spirals has no images"),
    ({"layers": [{"kind": "conv"}, {"kind": "mean_step"}]}, {"task": "digits_rows"}, "digits_rows has no images"),
    ({"layers": [{"kind": "rnn"}, {"kind": "flatten"}]}, {"task": "digits_pixels"}, "digits_pixels has no images"),
    ({"kind": "mlp"}, {"image": [8, 8]}, "an mlp reads no images"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "data", "message"), SHORT)
def test_what_is_wrong_with_images_is_an_error(network: dict[str, Any], data: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        parse_scenario({"network": network, "data": data})


def test_a_file_may_hold_images(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images, rows = random.normal(size=(6, 2, 4, 8)), tmp_path / "rows.npz"
    np.savez(tmp_path / "images.npz", input=images, target=np.arange(6) % 3)
    np.savez(rows, input=images.reshape(6, -1), target=np.arange(6) % 3)

    def of(path: Path, kind: str = "conv", **data: Any) -> Scenario:
        return parse_scenario({
            "network": {"kind": kind, "depth": 2, "width": 4}, "data": {"file": str(path), "batch": 6, **data},
            "loss": {"name": "cross_entropy"},
        })  # fmt: skip

    _, arrays = dump(of(tmp_path / "images.npz"))
    np.testing.assert_allclose(arrays["input"], images.astype(np.float32))
    _, same = dump(of(rows, image=[4, 8]))
    assert same["loss"] == arrays["loss"]
    for wrong, message in ((of(rows), "64 features and no shape"), (of(rows, image=[5, 5]), "do not divide"),
                        (of(tmp_path / "images.npz", image=[8, 4]), "images of 2 x 4 x 8"),
                        (of(tmp_path / "images.npz", "mlp"), "an mlp reads no images"),
                        (of(rows, image=[4, 8], inputs=3), "2 channels")):  # fmt: skip
        with pytest.raises(ScenarioError, match=re.escape(message)):
            simulate(wrong)


@pytest.mark.parametrize("form", ["bfloat16", "float16", "tfloat32", "float8_e4m3"])
def test_narrow_formats_hold_what_a_pass_stores(form: str) -> None:
    chosen = {"kind": "conv", "depth": 3, "width": 4, "order": "resnet", "norm": "batch", "skip": "identity"}
    _, arrays = dump(parse_scenario({"network": chosen, "precision": {"format": form}, "data": {"batch": 3}}))
    numbers = number_format(form)
    for key in ("preactivation1", "activation", "grad_activation", "conv1.grad_weight"):
        array = arrays[f"layers.2.{key}"].astype(numbers.dtype)
        np.testing.assert_array_equal(numbers.round_(array.copy()), array, err_msg=key)


def test_the_first_inf_is_located_in_a_convolution() -> None:
    chosen = {"kind": "conv", "depth": 3, "width": 4, "activation": "linear", "init": {"name": "normal", "std": 300.0}}
    first = simulate(parse_scenario({"network": chosen, "precision": {"format": "float16"}})).verdict.first_nonfinite
    assert first is not None
    assert first.operation == "convolution"
    assert abs(first.exact) > 65504
    assert "convolution overflowed float16" in first.text
    assert dict(first.terms)["terms"] == 36


@pytest.mark.parametrize("more", [
    {"pool": {"name": "average", "every": 2}}, {"order": "resnet", "skip": "scaled", "norm": "batch"},
    {"order": "preactivation", "pool": {"name": "stride", "every": 3}, "skip": "identity", "activation": "rrelu"},
])  # fmt: skip
def test_one_entry_repeated_is_the_short_form_bit_for_bit(more: dict[str, Any]) -> None:
    rest = {"data": {"batch": 3, "inputs": 2, "image": [4, 8]}, "loss": {"name": "cross_entropy"}}
    short = parse_scenario({"network": {**more, "kind": "conv", "depth": 5, "width": 4}, **rest})
    long = parse_scenario({"network": {**more, "layers": [{"kind": "conv", "repeat": 5, "width": 4}]}, **rest})
    (one, arrays), (other, result) = dump(short), dump(long)
    assert set(arrays) == set(result)
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, result[key], err_msg=key)
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
    parsed = make_scenario(tomllib.loads(to_toml(scenario)))
    assert simulate(parsed).verdict == trace.verdict


def test_a_lenet_learns_the_digits() -> None:
    chosen = parse_scenario({
        "network": {"layers": LENET, "activation": "tanh", "init": "xavier_uniform"}, "data": {"task": "digits"},
        "loss": {"name": "cross_entropy"},
        "training": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "iterations": 40},
    })  # fmt: skip
    run = Run(chosen)
    losses = [run.advance().trace.loss for _ in range(40)]
    assert losses[-1] < losses[0] / 2
