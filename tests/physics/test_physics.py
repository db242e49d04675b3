"""The numbers of the literature come out of the simulation, each within a tolerance that is derived.

Two kinds of fluctuation set the tolerances. A finite width n scatters each layer's factor: for Gaussian
weights the log of a squared norm has variance c/n a layer, c = 2 for linear nets and 5 for ReLU nets (Hanin
2018), so the mean factor of L layers has a relative error of sqrt(c / (4 n L)), or less where layers or
samples average it. A finite number of seeds S adds a factor 1/sqrt(S). Four such errors are allowed, and all
seeds are fixed, so a pass stays a pass.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradsim.sim.interop.arrays import dump
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def run(seed: int = 0, batch: int = 16, precision: str = "float64", **network: Any) -> Trace:
    data = {"seed": seed, "network": network, "data": {"batch": batch}, "precision": {"format": precision}}
    return simulate(parse_scenario(data))


def weights(seed: int = 0, inputs: int | None = None, **network: Any) -> list[NDArray[np.float64]]:
    data = {"batch": 1} | ({"inputs": inputs} if inputs else {})
    scenario = parse_scenario({"seed": seed, "network": network, "data": data, "precision": {"format": "float64"}})
    arrays = dump(scenario)[1]
    return [arrays[f"layers.{layer}.weight"] for layer in range(1, scenario.network.depth + 1)]


def expectation(function: Function, q: float = 1.0) -> float:
    """E[function(sqrt(q) x)] over a standard Gaussian x, by the midpoint rule (smooth or kinked alike)."""
    x = (np.arange(200_000) + 0.5) / 10_000 - 10
    return float((function(math.sqrt(q) * x) * np.exp(-x * x / 2)).sum() / 10_000 / math.sqrt(2 * math.pi))


def fixed_point(phi: Function, sw2: float, sb2: float) -> float:
    """q* of q' = sw2 E[phi(sqrt(q) x)^2] + sb2 (Poole et al. 2016, equation 3)."""
    q = 1.0
    for _ in range(300):
        q = sw2 * expectation(lambda u: phi(u) ** 2, q) + sb2
    return q


def tanh_slope(u: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - np.tanh(u) ** 2


def sigmoid(u: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-u))


# Depth


@pytest.mark.parametrize(("init", "variance"), [
    ("uniform", 1 / 900), ("torch_default", 1 / 900), ("xavier_normal", 2 / 500), ("xavier_uniform", 2 / 500),
    ("he_normal", 2 / 300), ("he_uniform", 2 / 300), ("lecun_normal", 1 / 300), ("lecun_uniform", 1 / 300),
])  # fmt: skip
def test_inits_have_their_variance(init: str, variance: float) -> None:
    """Glorot & Bengio 2010, He et al. 2015; N = 60,000 samples: four times sqrt(2 / N)."""
    (weight,) = weights(depth=1, width=200, inputs=300, activation="relu", init=init)
    assert weight.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / weight.size))


@pytest.mark.parametrize(("init", "factor"), [
    ("he_normal", 1.0), ("he_uniform", 1.0), ("lecun_normal", 1 / math.sqrt(2)), ("torch_default", 1 / math.sqrt(6)),
])  # fmt: skip
def test_relu_factors(init: str, factor: float) -> None:
    """He 2015: 2/fan-in keeps the second moment, 1/fan-in loses 1/sqrt 2 a layer; PyTorch's default 1/sqrt 6."""
    width, depth = 400, 16
    trace = run(depth=depth, width=width, activation="relu", init=init)
    within = 4 * math.sqrt(5 / (4 * width * (depth - 1)))
    assert trace.verdict.factor_per_layer == pytest.approx(factor, rel=within)
    forward = trace.profile["activation_rms"][:, 0]
    assert (forward[-1] / forward[0]) ** (1 / (depth - 1)) == pytest.approx(factor, rel=within)


def test_glorots_older_uniform_init_loses_a_third_of_the_variance() -> None:
    """n Var W = 1/3, so a linear layer passes 1/sqrt 3 on."""
    trace = run(depth=16, width=400, activation="linear", init="uniform")
    assert trace.verdict.factor_per_layer == pytest.approx(1 / math.sqrt(3), rel=4 * math.sqrt(2 / (4 * 400 * 15)))


def test_sigmoid_passes_0_236() -> None:
    """Wide, sigma_w = 1, sigma_b = 0: the rms of the slope at the fixed point of q."""
    q = fixed_point(sigmoid, 1.0, 0.0)
    theory = math.sqrt(expectation(lambda u: (sigmoid(u) * (1 - sigmoid(u))) ** 2, q))
    assert theory == pytest.approx(0.236, abs=5e-4)
    trace = run(depth=20, width=400, activation="sigmoid", init="lecun_normal")
    assert trace.verdict.factor_per_layer == pytest.approx(theory, rel=4 * math.sqrt(2 / (4 * 400 * 19)))


def test_orthogonal_linear_nets_keep_every_singular_value() -> None:
    """Saxe et al. 2013: exact, so only rounding is allowed for: 100 products of float64."""
    network: dict[str, Any] = {"depth": 100, "width": 64, "activation": "linear", "init": "orthogonal"}
    jacobian = np.linalg.multi_dot(weights(**network)[::-1])
    np.testing.assert_allclose(np.linalg.svd(jacobian, compute_uv=False), 1, atol=1e-12)
    np.testing.assert_allclose(np.ptp(run(**network).profile["gradient_norm"]), 0, atol=1e-12)


def test_gaussian_linear_nets_keep_the_mean_but_not_the_spectrum() -> None:
    """Pennington 2017: the mean square stays 1, yet the directions part ways: no isometry.

    The mean of s^2 fluctuates like exp of a normal of variance 2 L / n = 0.1 divided by some independent rows.
    """
    jacobian = np.linalg.multi_dot(weights(depth=10, width=200, activation="linear", init="lecun_normal")[::-1])
    values = np.linalg.svd(jacobian, compute_uv=False)
    assert (values**2).mean() == pytest.approx(1, abs=0.25)
    assert values[0] / np.median(values) > 10


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_products_of_gaussian_matrices_reach_their_edge(layers: int) -> None:
    """s_max^2 -> (L+1)^(L+1) / L^L, 4 for one matrix.

    A finite n stays below the edge, by some 12%, 5% and 2% at n = 100, 400 and 800, and one draw of n = 400
    scatters by 5%, the mean of four by 2.7%: 8% allowed.
    """
    squares = []
    for seed in range(4):
        product = np.eye(400)
        for weight in weights(seed, depth=layers, width=400, activation="linear", init="lecun_normal"):
            product = weight @ product
        squares.append(np.linalg.norm(product, 2) ** 2)
    assert np.mean(squares) == pytest.approx((layers + 1) ** (layers + 1) / layers**layers, rel=0.08)


def test_selu_keeps_mean_0_and_variance_1() -> None:
    """Klambauer 2017: an attracting fixed point. A mean of n = 400 units scatters by 1/20, the rms by less."""
    profile = run(depth=50, width=400, activation="selu", init="lecun_normal").profile
    assert np.abs(profile["activation_mean"]).max() < 4 / math.sqrt(400)
    np.testing.assert_allclose(profile["activation_std"], 1, atol=4 / math.sqrt(2 * 400))
    assert profile["activation_mean"].mean() == pytest.approx(0, abs=0.02)
    assert profile["activation_std"].mean() == pytest.approx(1, abs=0.04)


@pytest.mark.slow
def test_siren_keeps_its_signal_and_multiplies_the_gradient_by_1_10() -> None:
    """Sitzmann 2020, theorem 1.8, but for the sine of a Gaussian, which is not quite their arcsine distribution.

    Weights of variance 2 / (n w0^2) keep q = 2 E[sin(sqrt(q) x)^2]; a layer's factor is the root of 2 E[cos^2].
    """
    trace = run(depth=40, width=400, activation={"name": "sine", "w0": 30.0}, init="siren")
    q, error = fixed_point(np.sin, 2.0, 0.0), 4 * math.sqrt(5 / (4 * 400 * 30))
    assert 30 * trace["preactivation_std"][10:].mean() == pytest.approx(math.sqrt(q), rel=error)
    growth = float(trace["gradient_norm"][9] / trace["gradient_norm"][39]) ** (1 / 30)
    assert growth == pytest.approx(math.sqrt(2 * expectation(lambda u: np.cos(u) ** 2, q)), rel=error)
    assert growth == pytest.approx(1.097, rel=error)


@pytest.mark.slow
def test_narrow_he_relu_nets_lose_their_typical_gradient() -> None:
    """Hanin 2018: log ||J u||^2 has mean near -(5/2) sum 1/n and variance near 5 sum 1/n.

    Here sum 1/n = 1. Over 300 seeds the mean scatters by sqrt(5/300) = 0.13; terms of order 1/n^2 add some 5%.
    """
    width = 32
    logs = []
    for seed in range(300):
        norms = run(seed, batch=1, depth=width + 1, width=width, activation="relu", init="he_normal").profile[
            "gradient_norm"
        ]
        logs.append(2 * math.log(norms[0, 0] / norms[-1, 0]))
    assert np.mean(logs) == pytest.approx(-2.5, abs=4 * math.sqrt(5 / 300))
    assert np.var(logs) == pytest.approx(5, rel=4 * math.sqrt(2 / 300))


# Depth: order and chaos


@pytest.mark.slow
def test_edge_of_chaos_by_quadrature() -> None:
    """The reference values: sb2 = 0.05 gives critical sw2 = 1.76095, q* = 0.57005; at sw2 = 1 both depth scales."""
    q = fixed_point(np.tanh, 1.76095, 0.05)
    assert q == pytest.approx(0.57005, abs=1e-5)
    assert 1.76095 * expectation(lambda u: tanh_slope(u) ** 2, q) == pytest.approx(1, abs=1e-5)
    q = fixed_point(np.tanh, 1.0, 0.05)
    chi = expectation(lambda u: tanh_slope(u) ** 2, q)
    curved = expectation(lambda u: np.tanh(u) * -2 * np.tanh(u) * tanh_slope(u), q)  # phi phi''
    assert -1 / math.log(chi) == pytest.approx(3.627, abs=1e-3)
    assert -1 / math.log(chi + curved) == pytest.approx(1.748, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("sw2", [1.0, 1.76095, 3.0])
def test_tanh_nets_follow_the_mean_field(sw2: float) -> None:
    """Schoenholz 2017: gradient squared ~ chi_1^L and q at q*, after the first layers have settled.

    Biases and weights scatter q by sqrt(2/n) = 7% a layer; averaged over 25 correlated layers, 4% are allowed.
    At the edge tanh nets amplify luck: the factor's error of sqrt(2 / (4 n L)) is taken six times.
    """
    width, depth, settled = 400, 40, 15
    gain, bias = math.sqrt(sw2), math.sqrt(0.05)
    trace = run(
        depth=depth, width=width, activation="tanh",
        init={"name": "lecun_normal", "gain": gain}, bias={"name": "normal", "std": bias},
    )  # fmt: skip
    q = fixed_point(np.tanh, sw2, 0.05)
    chi = sw2 * expectation(lambda u: tanh_slope(u) ** 2, q)
    measured = (trace.profile["preactivation_std"][settled:, 0] ** 2).mean()
    assert measured == pytest.approx(q, rel=0.04)
    norms = trace.profile["gradient_norm"][settled:, 0]
    factor = (norms[0] / norms[-1]) ** (1 / (len(norms) - 1))
    assert factor == pytest.approx(math.sqrt(chi), rel=6 * math.sqrt(2 / (4 * width * len(norms))))


# Normalisation


@pytest.mark.parametrize(("activation", "theory"), [
    ("relu", math.sqrt(math.pi / (math.pi - 1))),
    ("tanh", math.sqrt(expectation(lambda u: tanh_slope(u) ** 2) / expectation(lambda u: np.tanh(u) ** 2))),
    ("linear", 1.0),
])  # fmt: skip
def test_batch_norm_explodes_by_its_law(activation: str, theory: float) -> None:
    """Yang et al. 2019: factor^2 = E[phi'^2] / Var phi, for large batches; 256 leave corrections of some 1/256."""
    trace = run(batch=256, depth=16, width=256, activation=activation, init="he_normal", norm="batch")
    assert trace.verdict.factor_per_layer == pytest.approx(theory, rel=0.02)


def test_batch_norm_does_not_feel_the_weights_size() -> None:
    """The same weights twenty times as large: only eps = 1e-5 in the variance tells them apart."""
    factors = [
        run(depth=12, width=64, activation="relu", init={"name": "he_normal", "gain": gain}, norm="batch")
        .verdict.factor_per_layer
        for gain in (1.0, 20.0)
    ]  # fmt: skip
    assert factors[0] == pytest.approx(factors[1], rel=1e-3)


def test_batch_norm_is_worse_on_small_batches() -> None:
    """Yang et al. 2019: from batch 64 down to 4 the explosion grows from 1.23 to over 1.4 a layer."""
    factors = [
        run(batch=batch, depth=16, width=128, activation="relu", init="he_normal", norm="batch")
        .verdict.factor_per_layer
        for batch in (256, 16, 4)
    ]  # fmt: skip
    assert factors[0] < factors[1] < factors[2]
    assert factors[2] > 1.4


def test_batch_norm_of_two_samples_only_says_larger_or_smaller() -> None:
    """Every unit is +1 for one sample and -1 for the other, so ReLU leaves half of them at 1."""
    profile = run(batch=2, depth=8, width=64, activation="relu", init="he_normal", norm="batch").profile
    np.testing.assert_allclose(profile["activation_mean"], 0.5, atol=0.02)
    np.testing.assert_allclose(profile["zero_fraction"], 0.5)


@pytest.mark.parametrize("norm", ["layer", "rms"])
@pytest.mark.parametrize("gain", [0.1, 1.0, 10.0])
def test_layer_norm_passes_relu_on_whole(norm: str, gain: float) -> None:
    """It divides by E[phi^2], which equals E[phi'^2] for ReLU: a factor of 1 at any size of the weights."""
    width, depth = 400, 16
    trace = run(depth=depth, width=width, activation="relu", init={"name": "lecun_normal", "gain": gain}, norm=norm)
    assert trace.verdict.factor_per_layer == pytest.approx(1, rel=4 * math.sqrt(5 / (4 * width * (depth - 1))))


# Residual connections


@pytest.mark.parametrize("scale", [1.0, 0.5, None])
def test_residual_branches_of_zero_mean_multiply_second_moments(scale: float | None) -> None:
    """(1 + s^2)^L both ways, about e for s = 1/sqrt L. The log of a squared norm has variance 2 / n a layer."""
    width, depth = 400, 16
    skip = {"name": "scaled"} | ({"scale": scale} if scale else {})
    profile = run(depth=depth, width=width, activation="linear", init="lecun_normal", skip=skip).profile
    s = scale or 1 / math.sqrt(depth)
    theory = math.sqrt(1 + s * s)
    within = 4 * math.sqrt(2 / (4 * width * (depth - 1)))
    for name, ends in (("gradient_norm", (0, -1)), ("activation_rms", (-1, 0))):
        values = profile[name][:, 0]
        assert (values[ends[0]] / values[ends[1]]) ** (1 / (depth - 1)) == pytest.approx(theory, rel=within)


def test_scaled_residual_nets_gain_about_e_at_any_depth() -> None:
    for depth in (25, 100):
        network: dict[str, Any] = {"width": 128, "activation": "linear", "init": "lecun_normal", "skip": "scaled"}
        ratio = run(depth=depth, **network).verdict.ratio
        assert ratio**2 == pytest.approx(math.e, rel=0.25)  # (1 + 1/L)^(L-1), and exp(4 sqrt(2 / n L) ...) of luck


def test_rezero_passes_everything_on_exactly() -> None:
    trace = run(precision="float32", depth=50, width=64, activation="relu", init="he_normal", skip="rezero")
    assert trace.verdict.ratio == 1.0
    assert np.ptp(trace.profile["gradient_rms"]) == 0
    assert np.ptp(trace.profile["activation_rms"]) == 0


def test_identity_skips_on_he_relu_layers_explode() -> None:
    """Backward the second moment doubles a layer (at infinite width); forward the positive mean adds up: more.

    The log of a squared norm has variance 5 / n a layer at most.
    """
    profile = run(depth=8, width=800, activation="relu", init="he_normal", skip="identity").profile
    backward = (profile["gradient_norm"][0, 0] / profile["gradient_norm"][-1, 0]) ** (2 / 7)
    forward = (profile["activation_rms"][-1, 0] / profile["activation_rms"][0, 0]) ** (2 / 7)
    assert backward == pytest.approx(2, rel=4 * math.sqrt(5 / (800 * 7)))
    assert forward > 2.2


def test_tanh_residual_nets_grow_with_the_root_of_depth() -> None:
    """Yang & Schoenholz 2017: log |g|^2 ~ sqrt L, so four times the depth doubles it (an exponential: fourfold)."""
    logs = [
        np.mean([
            2 * math.log(run(seed, depth=depth, width=100, activation="tanh", init="lecun_normal", skip="identity")
                         .verdict.ratio)
            for seed in range(3)
        ])
        for depth in (50, 200)
    ]  # fmt: skip
    assert logs[1] / logs[0] == pytest.approx(2, abs=0.4)
