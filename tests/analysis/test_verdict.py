"""The sentence of a verdict: one for each way in which a gradient can go, true and short."""

import math
import re
from typing import Any

import pytest

from gradsim.sim.results.trace import Verdict
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate


def verdict(batch: int = 32, loss: str = "probe", **network: Any) -> Verdict:
    return simulate(parse_scenario({"network": network, "data": {"batch": batch}, "loss": {"name": loss}})).verdict


@pytest.mark.parametrize(("network", "kind", "words"), [
    ({"activation": "sigmoid"}, "vanishing", "a sigmoid's slope is at most 0.25, here ~0.24 on average"),
    ({"activation": "relu", "depth": 30}, "vanishing", "of the relu units are off: the slopes keep ~0.71 of it"),
    ({"bias": {"name": "normal", "std": 3.0}}, "vanishing", "of the tanh units are where it is flat"),
    ({"init": {"name": "normal", "std": 0.05}}, "vanishing", "the weights are too small: they multiply it by ~0.40"),
    ({"init": {"name": "normal", "std": 1.0}}, "exploding", "the weights are too large: they multiply it by ~8.0"),
    ({"activation": "relu", "init": "he_normal", "depth": 100, "width": 8}, "vanishing", "factors scatter"),
    ({"activation": "relu", "norm": "batch", "depth": 50}, "exploding", "batch norm and weights together multiply it"),
    ({"bias": {"name": "normal", "std": 3.0}, "norm": "layer"}, "vanishing", "layer norm and weights together"),
    ({"activation": "relu", "init": "he_normal", "skip": "identity", "depth": 50}, "exploding", "of the skip's 1"),
    ({"skip": "rezero"}, "healthy", "(x1.00 per layer): the skip hands it on whole"),
    ({"depth": 1}, "healthy", "one layer only"),
    ({"init": "zeros"}, "dead", "the weights of layer 20 are all 0"),
    ({"activation": "relu", "bias": -9.0}, "dead", "every relu of layers 1 to 20 is off for every sample"),
    ({"init": {"name": "normal", "std": 0.01}, "depth": 200}, "vanishing", "smaller than float32 can hold"),
    ({"activation": "relu", "init": {"name": "normal", "std": 9.0}, "depth": 99}, "nonfinite", "overflowed float32"),
])  # fmt: skip
def test_says_why(network: dict[str, Any], kind: str, words: str) -> None:
    result = verdict(**network)
    assert result.kind == kind
    assert says(result.why, words), result.why
    assert len(result.why) <= 200


def says(text: str, words: str) -> bool:
    """Whether a text has these words; ~8.0 is a number within 5% of it, as theory has it: the last digits differ."""
    before, _, rest = words.partition("~")
    wanted, _, after = rest.partition(" ")
    if not rest:
        return words in text
    match = re.search(re.escape(before) + r"([\d.]+\d)" + re.escape(f" {after}".rstrip()), text)
    return match is not None and math.isclose(float(match[1]), float(wanted), rel_tol=0.05)


@pytest.mark.slow
def test_activations_too_small_for_the_format_are_no_dead_units() -> None:
    """PyTorch's default in 200 ReLU layers: float32 runs out of digits forward; float64 does not."""
    scenario = parse_scenario({"network": {"depth": 200, "activation": "relu", "init": "torch_default"}})
    narrow, wide = (simulate(scenario.edit({"precision.format": form})).verdict for form in ("float32", "float64"))
    assert (narrow.kind, wide.kind) == ("vanishing", "vanishing")
    assert "the activations became exactly 0 at layer" in narrow.why
    assert wide.ratio > 0


@pytest.mark.parametrize(("network", "loss"), [
    ({"width": 3, "activation": "linear", "init": {"name": "normal", "std": 1e-30}}, "cross_entropy"),
    ({"norm": "layer", "bias": 1e6, "init": {"name": "normal", "std": 1e-30}}, "cross_entropy"),
])  # fmt: skip
def test_a_factor_that_is_0_in_every_layer(network: dict[str, Any], loss: str) -> None:
    assert "no weight factor could be measured" in verdict(batch=2, loss=loss, depth=2, **network).why


def test_a_readout_of_zeros_gives_no_gradient() -> None:
    result = verdict(init="zeros", loss="mse")
    assert result.kind == "dead"
    assert "is the readout all zeros?" in result.why


TINY = {"name": "normal", "std": 1e-6}  # below half of the smallest number of either float8
LOST = "which has weights all smaller than float8_e4m3 can hold"
BELOW = {
    "mlp": ({"kind": "mlp", "depth": 2, "width": 8}, "probe", LOST),
    "conv": ({"kind": "conv", "depth": 2, "width": 4}, "probe", LOST),
    "gru": ({"kind": "gru", "depth": 2, "width": 8, "recurrent_init": TINY}, "probe", LOST),
    "both ways": ({"kind": "lstm", "depth": 2, "width": 8, "direction": "both"}, "probe", LOST),
    "transformer": ({"kind": "transformer", "depth": 2, "width": 8, "skip": "none"}, "probe", LOST),
    "chain": ({"layers": [{"kind": "dense", "width": 8, "repeat": 2}]}, "probe", LOST),
    "readout": ({"kind": "mlp", "depth": 2, "width": 8}, "mse", "the readout's weights are smaller than"),
}


@pytest.mark.parametrize("name", BELOW)
def test_what_a_narrow_format_makes_0_is_not_dead(name: str) -> None:
    """Weights and gradients that underflow to 0."""
    network, loss, words = BELOW[name]
    chosen = {"network": {"init": TINY, **network}, "loss": {"name": loss}, "data": {"batch": 2}}
    result = simulate(parse_scenario(chosen | {"precision": {"format": "float8_e4m3"}})).verdict
    assert result.kind == "vanishing"
    assert words in result.why


@pytest.mark.parametrize("at", ["last", "every"])
def test_a_gradient_that_the_final_norm_underflows_is_said_to(at: str) -> None:
    """Weights of 300 make an output of hundreds: the norm divides the probe's gradient by as much."""
    network = {"kind": "transformer", "depth": 2, "width": 16, "init": {"name": "normal", "std": 300.0}}
    chosen = {"network": network, "time": {"steps": 4}, "loss": {"at": at}, "data": {"batch": 64}}
    result = simulate(parse_scenario(chosen | {"precision": {"format": "float8_e4m3"}})).verdict
    assert result.kind == "vanishing"
    assert "below the final norm it is smaller than float8_e4m3 can hold" in result.why


@pytest.mark.parametrize("kind", ["mlp", "lstm", "chain"])
def test_no_sentence_on_a_probe_mentions_a_readout(kind: str) -> None:
    """A norm of one unit passes no gradient, so that none enters the layers."""
    network = {"kind": kind, "depth": 2, "width": 1, "norm": "layer"} if kind == "mlp" else {"kind": "lstm", "width": 4}
    if kind == "chain":
        network = {"layers": [{"kind": "dense", "width": 1}, {"kind": "norm", "norm": "layer"}]}
    result = simulate(parse_scenario({"network": network, "data": {"batch": 2}})).verdict
    assert "readout" not in result.why
