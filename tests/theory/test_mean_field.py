"""Mean-field theory against the papers' numbers and against what the simulator measures."""

import math

import numpy as np
import pytest

from gradsim.sim import load, registry, simulate
from gradsim.sim.network.init_context import InitContext
from gradsim.sim.sweeps.boundary import lines, summary
from gradsim.sim.sweeps.sweep import make_sweep
from gradsim.sim.theory.mean_field import mean_field
from gradsim.sim.theory.of_scenario import _mean_square, theory_of

TANH = (np.tanh, lambda u: np.cosh(u) ** -2.0)
RELU = (lambda u: np.maximum(u, 0), lambda u: (u > 0) * 1.0)


def test_the_edge_of_chaos_of_the_papers() -> None:
    """Poole et al. 2016 and Schoenholz et al. 2017: of tanh with sigma_b^2 = 0.05 it is at sigma_w^2 = 1.76."""
    assert mean_field(*TANH, 1.75, 0.05).chi < 1 < mean_field(*TANH, 1.77, 0.05).chi
    assert mean_field(*TANH, 1.76095, 0.05).chi == pytest.approx(1, abs=1e-5)
    assert mean_field(*TANH, 1.76095, 0.05).trainable_depth > 10_000


def test_what_is_the_edge_all_along_has_no_line() -> None:
    """He's ReLU is there at every width, up to rounding; and between two names there is no edge."""
    net = load({"network": {"depth": 4, "width": 16, "activation": "relu", "init": "he_normal"}})
    wide = make_sweep(net, "network.width=8,16,64", "network.depth=2..9")
    assert lines(wide) == {}
    assert summary(wide).endswith("all of it is at the edge of chaos")
    named = make_sweep(net, "network.init=xavier_normal,he_normal,lecun_normal", "network.depth=2..9")
    assert "edge" not in lines(named)


@pytest.mark.parametrize("variance", [0.25, 0.5, 0.9])
def test_without_biases_tanh_is_ordered_as_a_line_is(variance: float) -> None:
    theory = mean_field(*TANH, variance, 0.0)
    assert theory.variance == pytest.approx(0, abs=1e-20)
    assert theory.chi == pytest.approx(variance)
    assert theory.xi == pytest.approx(-1 / math.log(variance))


def test_he_is_the_edge_of_relu() -> None:
    assert mean_field(*RELU, 2.0, 0.0).chi == pytest.approx(1, abs=1e-12)
    grows = mean_field(*RELU, 2.5, 0.1)
    assert (grows.variance, grows.chi) == (math.inf, pytest.approx(1.25))
    assert math.isnan(grows.xi)


def test_in_chaos_inputs_come_apart() -> None:
    """Schoenholz et al. 2017: xi_c falls on both sides of the edge. Without biases c* = 0, and its factor is exact."""
    near, far = mean_field(*TANH, 1.9, 0.05), mean_field(*TANH, 4.0, 0.05)
    assert far.xi < near.xi < math.inf
    free = mean_field(*TANH, 4.0, 0.0)
    z, weight = np.polynomial.hermite_e.hermegauss(200)
    factor = 4.0 * float(weight @ TANH[1](math.sqrt(free.variance) * z) / math.sqrt(2 * math.pi)) ** 2
    assert free.xi == pytest.approx(-1 / math.log(factor), rel=1e-3)


@pytest.mark.parametrize(("gain", "bias"), [(1.0, 0.2), (1.33, 0.22), (2.0, 0.1)])
def test_the_simulator_measures_what_theory_says(gain: float, bias: float) -> None:
    init, biases = {"name": "lecun_normal", "gain": gain}, {"name": "normal", "std": bias}
    net = load({"network": {"depth": 12, "width": 256, "activation": "tanh", "init": init, "bias": biases}})
    theory, trace = theory_of(net), simulate(net)
    assert theory is not None
    assert float(trace["preactivation_std"][-1]) == pytest.approx(math.sqrt(theory.variance), rel=0.15)
    factor = (float(trace["gradient_rms"][2] / trace["gradient_rms"][-1])) ** (1 / 9)
    assert factor == pytest.approx(math.sqrt(theory.chi), rel=0.06)


@pytest.mark.parametrize("name", [n for n in registry.names("inits")
                                  if registry.entry("inits", n).metadata.get("INDEPENDENT")])  # fmt: skip
def test_the_mean_square_of_weights_is_that_of_a_draw(name: str) -> None:
    init = load({"network": {"init": name}}).network.init
    drawn = init.load().weights(np.random.default_rng(0), 300, 300, context := InitContext(5, False, 1.4, 300),
                                **init.parameters)  # fmt: skip
    assert _mean_square(init, context, 300) == pytest.approx(np.mean(drawn**2), rel=0.02)
    assert abs(drawn.mean()) < 0.02 * drawn.std()


@pytest.mark.parametrize("network", [
    {"norm": "layer"}, {"skip": "identity"}, {"activation": "rrelu"}, {"init": "orthogonal"}, {"kind": "gru"},
    {"kind": "transformer"}, {"layers": [{"kind": "dense"}, {"kind": "dense"}]}, {"kind": "conv"},
])  # fmt: skip
def test_it_is_of_plain_networks_with_independent_weights_only(network: dict[str, object]) -> None:
    plain = {"depth": 3, "width": 16, "init": "xavier_normal"}
    assert theory_of(load({"network": plain})) is not None
    tables = {"data": {"task": "digits"}, "loss": {"name": "cross_entropy"}} if network.get("kind") == "conv" else {}
    keys = network if "layers" in network else plain | network
    assert theory_of(load({"network": keys, **tables})) is None


def test_lines_on_a_map() -> None:
    net = load("edge_of_chaos")
    map_ = make_sweep(net, "network.init.gain=1:2:11", "network.depth=5..50")
    curves = lines(map_)
    (edge,) = {x for x, _ in curves["edge"]}
    assert edge == pytest.approx(3.27, abs=0.05)  # 1.327 between 1.3 and 1.4
    assert len(curves["edge"]) == 46
    depths = dict(curves["depth"])
    assert 5 + depths[0.0] == pytest.approx(6 * 3.627, rel=0.01)
    assert "the edge of chaos is at gain 1.327" in summary(map_)
    turned = lines(make_sweep(net, "network.depth=5..50", "network.init.gain=1:2:11"))
    assert {(y, x) for x, y in turned["depth"]} == set(curves["depth"])
    assert "train up to about 6 xi" in summary(make_sweep(net.edit({"network.init.gain": 1.1}), "network.depth=1..5"))
    assert lines(make_sweep(net, "network.depth=1..5")) == {}
    assert summary(make_sweep(load("rnn_vanishing"), "network.depth=1..2")) == ""
