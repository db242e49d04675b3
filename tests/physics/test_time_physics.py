"""Physics over time: the numbers of the papers, with the tolerance stated and why."""

import numpy as np
import pytest

from gradsim.sim.analysis.bounds import bounds
from gradsim.sim.results.factors import chain_factors
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate


def run(steps=100, fmt="float64", seed=0, batch=8, data=None, time=None, loss=None, **network) -> Trace:
    return simulate(parse_scenario({
        "network": {"kind": "rnn", "depth": 1} | network, "time": {"steps": steps, **(time or {})}, "seed": seed,
        "data": {"batch": batch, **(data or {})}, "precision": {"format": fmt}, "loss": loss or {},
    }))  # fmt: skip


def rates(trace: Trace, layer: int = 1):
    """Factor of each step, from the last backwards."""
    norms = trace.profile["gradient_norm"][layer - 1]
    return (norms[:-1] / norms[1:])[::-1]


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.1])
def test_a_linear_rnn_s_factor_tends_to_the_spectral_radius(radius):
    """Over 400 steps the largest eigenvalues have won; a complex pair makes single steps swing, not their mean."""
    trace = run(400, width=32, activation="linear", recurrent_init={"name": "spectral_radius", "radius": radius})
    assert np.exp(np.log(rates(trace)[200:]).mean()) == pytest.approx(radius, rel=0.01)
    assert trace.weights["spectral_radius"][0] == pytest.approx(radius, rel=1e-12)


@pytest.mark.parametrize("g", [0.8, 1.5])
def test_a_gaussian_matrix_has_radius_g_and_norm_2g(g):
    """Finite size: both scatter by some 1 / sqrt(width) around their limits, here about 5%."""
    trace = run(2, width=256, batch=2, recurrent_init={"name": "lecun_normal", "gain": g})
    assert trace.weights["spectral_radius"][0] == pytest.approx(g, rel=0.1)
    assert trace.weights["spectral_norm"][0] == pytest.approx(2 * g, rel=0.1)


@pytest.mark.parametrize(("activation", "most"), [("tanh", 1.0), ("sigmoid", 4.0)])
def test_a_norm_below_one_over_the_slope_guarantees_vanishing(activation, most):
    """Pascanu 2013: no step ever multiplies by more than norm x largest slope, whatever the inputs."""
    trace = run(60, width=32, activation=activation, recurrent_init={"name": "orthogonal", "gain": 0.9 * most})
    largest = 1 / most
    bound = bounds(trace.weights["spectral_norm"][0], trace.weights["spectral_radius"][0], largest)
    assert bound.must_vanish
    assert not bound.may_explode
    assert bound.most == pytest.approx(0.9)
    assert rates(trace).max() <= bound.most * (1 + 1e-12)
    assert trace.verdict.ratio <= 0.9**59


def test_a_norm_above_one_need_not_explode_and_a_radius_below_one_wins_in_the_end():
    trace = run(60, width=16, activation="linear", recurrent_init={"name": "delay_line", "radius": 0.4, "feed": 1.0})
    gradient = trace.profile["gradient_rms"][0]
    assert trace.weights["spectral_norm"][0] > 1.3
    assert gradient.max() > 100 * gradient[-1]
    assert trace.verdict.kind == "vanishing"
    assert "on the way it grows" in trace.verdict.why


@pytest.mark.parametrize(("bias", "keeps"), [(0.0, 0.5), (1.0, 0.7310585786300049)])
def test_an_lstm_s_cell_path_keeps_f_per_step(bias, keeps):
    """Jozefowicz 2015. Weights of 0: the gates are the biases' alone and the cell path is the only one."""
    trace = run(30, kind="lstm", width=16, init="zeros", recurrent_init="zeros", forget_bias=bias)
    cell = trace.profile["cell_gradient_rms"][0]
    np.testing.assert_allclose(cell[:-1] / cell[1:], keeps, rtol=1e-12)
    np.testing.assert_allclose(trace.profile["gate_f_mean"][0], keeps, rtol=1e-12)


def test_an_irnn_passes_the_gradient_of_an_active_unit_unchanged():
    """Le 2015: a bias that keeps every unit on makes each step the identity."""
    trace = run(100, width=16, activation="relu", init="zeros", recurrent_init="identity", bias=0.1)
    np.testing.assert_array_equal(trace.profile["gradient_rms"][0], trace.profile["gradient_rms"][0, -1])
    assert trace.verdict.ratio == 1


def test_a_rotation_keeps_every_length():
    trace = run(200, width=32, activation="linear", recurrent_init="orthogonal")
    np.testing.assert_allclose(rates(trace), 1, rtol=1e-12)


@pytest.mark.parametrize("norm", ["none", "layer"])
def test_the_chain_through_time_multiplies_out(norm):
    trace = run(12, norm=norm, width=16)
    product = np.prod([trace.profile[f"{name}_factor"][0, 1:] for name in ("slope", "norm", "weight")])
    norms = trace.profile["gradient_norm"][0]
    assert product == pytest.approx(norms[0] / norms[-1], rel=1e-10)
    assert chain_factors(trace, 1, 1).gradient_out == pytest.approx(norms[0] / norms[-1], rel=1e-12)
    assert np.isnan(chain_factors(trace, 1, 0).layer_factor)


@pytest.mark.parametrize(("changes", "kind", "words", "horizon"), [
    ({}, "vanishing", "the recurrent weights' spectral radius is", 5),
    ({"steps": 1}, "healthy", "one layer and one step only", None),
    ({"steps": 1, "depth": 3}, "healthy", "at the last step the gradient at layer 1 is", None),
    ({"recurrent_init": "zeros"}, "dead", "the recurrent weights of layer 1 are all 0", 1),
    ({"activation": "relu", "bias": -9.0}, "dead", "every relu that gets a gradient is off", 1),
    ({"steps": 300, "fmt": "float32"}, "vanishing", "smaller than float32 can hold", 5),
    ({"time": {"truncate": 20}, "recurrent_init": "identity", "activation": "relu"}, "vanishing",
     "truncation cuts the gradient off before step 81", 20),
    ({"activation": "linear", "recurrent_init": {"name": "spectral_radius", "radius": 1.3}}, "exploding",
     "x that at step 100", None),
    ({"kind": "lstm"}, "vanishing", "what the forget gates let through, 0.50", 6),
    ({"kind": "gru"}, "vanishing", "the update gates hand 0.50", 9),
    ({"depth": 2, "skip": "rezero"}, "dead", "the rezero skip's scale is 0 at the start", None),
    ({"activation": "relu", "steps": 400, "recurrent_init": {"name": "spectral_radius", "radius": 4.0},
      "fmt": "float32"}, "nonfinite", "matrix product overflowed float32", None),
    ({"loss": {"name": "mse"}, "init": "zeros"}, "dead", "is the readout all zeros?", None),
])  # fmt: skip
def test_the_verdict_over_time_says_why(changes, kind, words, horizon):
    verdict = run(**changes).verdict
    assert verdict.kind == kind, verdict.why
    assert words in verdict.why
    assert len(verdict.why) <= 200
    assert horizon is None or verdict.memory_horizon == pytest.approx(horizon, abs=2)
    if horizon is None:
        assert verdict.memory_horizon is None


def test_the_first_number_that_is_not_finite_is_located_by_step():
    """A linear net whose states grow 4 times a step passes float32's 3e38 after some 64 steps, log4(3e38)."""
    trace = run(100, fmt="float32", activation="linear", width=16, recurrent_init={"name": "identity", "gain": 4.0})
    first = trace.verdict.first_nonfinite
    assert (first.phase, first.layer) == ("forward", 1)
    assert first.step == pytest.approx(64, abs=3)
    assert np.isfinite(trace.profile["activation_rms"][0, : first.step - 1]).all()
    trace = run(100, fmt="float32", activation="hard_tanh", width=16, init="zeros",
                recurrent_init={"name": "identity", "gain": 4.0})  # fmt: skip
    assert (trace.verdict.first_nonfinite.phase, trace.verdict.axis) == ("backward", "time")
    assert trace.verdict.first_nonfinite.step == pytest.approx(100 - 64, abs=4)


def test_a_last_step_that_fades_before_the_earlier_ones_is_no_dead_one() -> None:
    """The gradient of the last step underflows on its way down while that of earlier steps, which grew, does not."""
    network = {"kind": "rnn", "depth": 300, "width": 8, "recurrent_init": "orthogonal"}
    trace = simulate(parse_scenario({"network": network, "time": {"steps": 40}, "data": {"batch": 2}}))
    assert trace.profile["gradient_rms"][0, -1] == 0
    assert trace.profile["gradient_rms"][0].any()
    assert trace.verdict.kind == "vanishing"
    assert "smaller than float32 can hold" in trace.verdict.why
