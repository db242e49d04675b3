"""Every initialisation: its rule, its shape, and that schemes of one kind share their draw."""

import math
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.network.init_context import InitContext
from gradsim.sim.scenario.scenario import parse_scenario

OUT, IN = 300, 400
CONTEXT = InitContext(depth=16, residual=False, gain=1.7, fan_in=IN)
RESIDUAL = InitContext(depth=16, residual=True, gain=1.7, fan_in=IN)
XAVIER, LECUN = math.sqrt(2 / (IN + OUT)), 1 / math.sqrt(IN)
NORMAL = {
    "normal": 1.0, "xavier_normal": XAVIER, "he_normal": 1.7 * LECUN, "lecun_normal": LECUN, "gpt2": 0.02,
}  # fmt: skip
UNIFORM = {
    "uniform": LECUN / math.sqrt(3), "torch_default": LECUN / math.sqrt(3),
    "xavier_uniform": XAVIER, "he_uniform": 1.7 * LECUN, "lecun_uniform": LECUN, "siren": math.sqrt(2) * LECUN,
}  # fmt: skip
GAINED = [name for name in registry.names("inits") if "gain" in registry.entry("inits", name).parameters]


def draw(name: str, fan_out: int = OUT, fan_in: int = IN, context: InitContext = CONTEXT, **overrides: Any) -> Any:
    parameters = {key: p.default for key, p in registry.entry("inits", name).parameters.items()} | overrides
    return registry.load("inits", name).weights(np.random.default_rng(5), fan_out, fan_in, context, **parameters)


@pytest.mark.parametrize("name", registry.names("inits"))
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (1, 1)])
def test_shape_format_and_seed(name, shape):
    first, second = draw(name, *shape), draw(name, *shape)
    assert first.shape == shape
    assert first.dtype == np.float64
    assert np.array_equal(first, second)


@pytest.mark.parametrize(("name", "std"), [*NORMAL.items(), *UNIFORM.items()])
def test_standard_deviation_is_the_rule_s(name, std):
    weights = draw(name)  # 120,000 numbers: one standard error is 0.2% of the std
    assert weights.std() == pytest.approx(std, rel=0.01)
    assert abs(weights.mean()) < 5 * std / math.sqrt(weights.size)


@pytest.mark.parametrize("family", [NORMAL, UNIFORM])
def test_one_kind_shares_one_draw(family):
    units = [draw(name) / std for name, std in family.items()]
    for other in units[1:]:
        np.testing.assert_allclose(other, units[0], rtol=1e-13)


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_fills_its_bounds(name):
    bound = math.sqrt(3) * UNIFORM[name]
    weights = draw(name)
    assert 0.9999 * bound < np.abs(weights).max() <= bound * (1 + 1e-15)


@pytest.mark.parametrize("name", GAINED)
def test_gain_multiplies_the_plain_rule(name):
    assert len(GAINED) == 9
    default = 1.7 if name.startswith("he_") else 1.0
    np.testing.assert_allclose(draw(name, gain=3.0), draw(name) * 3 / default, rtol=1e-13)
    assert not draw(name, gain=0.0).any()


@pytest.mark.parametrize("shape", [(40, 40), (40, 60), (60, 40)])
def test_orthogonal_keeps_lengths(shape):
    weights = draw("orthogonal", *shape)
    short = weights if shape[0] <= shape[1] else weights.T
    np.testing.assert_allclose(short @ short.T, np.eye(40), atol=1e-14)


def test_orthogonal_is_uniform_over_rotations():
    """Without the signs of R the diagonal of Q would have one sign."""
    diagonals = [np.diag(registry.load("inits", "orthogonal").weights(np.random.default_rng(s), 8, 8, CONTEXT, None))
                 for s in range(200)]  # fmt: skip
    assert abs(np.mean(diagonals)) < 5 / math.sqrt(8 * 1600)  # variance 1/8 each


def test_identity_copies():
    assert np.array_equal(draw("identity", 3, 3), np.eye(3))
    assert np.array_equal(draw("identity", 2, 3), np.eye(2, 3))


def test_constants_take_no_random_numbers():
    assert (draw("constant", value=0.25) == 0.25).all()
    assert not draw("zeros").any()


def test_gpt2_divides_by_sqrt_depth_only_around_a_skip():
    np.testing.assert_allclose(draw("gpt2", context=RESIDUAL) * 4, draw("gpt2"), rtol=1e-14)


@pytest.mark.parametrize(
    "name", [n for n in registry.names("inits") if registry.entry("inits", n).metadata.get("BIAS")]
)
def test_a_bias_takes_its_bound_from_the_layer_s_fan_in(name):
    column = draw(name, OUT, 1)[:, 0]
    assert column.shape == (OUT,)
    if name == "uniform":
        assert 0.9 * LECUN < np.abs(column).max() <= LECUN


def test_these_serve_as_bias():
    fits = {name for name in registry.names("inits") if registry.entry("inits", name).metadata.get("BIAS")}
    assert fits == {"zeros", "constant", "normal", "uniform", "truncated_normal"}


def truncated_std(cut: float) -> float:
    """Of a standard Gaussian between -cut and cut, by quadrature."""
    x = cut * np.linspace(-1, 1, 20_001)
    density = np.exp(-x * x / 2)
    return math.sqrt(np.trapezoid(x * x * density, x) / np.trapezoid(density, x))


@pytest.mark.parametrize("std", [0.0, 0.02, 0.9, 1.0, 3.0, 5.0, 1e6])
def test_truncated_normal_is_cut_as_keras_or_as_pytorch_cuts(std):
    keras, torch = (draw("truncated_normal", std=std, cut=cut) for cut in ("two_std", "two"))
    assert np.abs(keras).max() <= 2 * std
    assert np.abs(torch).max() <= 2.0
    if std:
        tolerance = 5 / math.sqrt(2 * OUT * IN)
        assert keras.std() == pytest.approx(0.8796256610342398 * std, rel=tolerance)
        assert torch.std() == pytest.approx(truncated_std(min(2 / std, 30.0)) * std, rel=tolerance)
        assert abs(keras.mean()) < 5 * std / math.sqrt(OUT * IN)
    else:
        assert not keras.any() and not torch.any()  # noqa: PT018


@pytest.mark.oracle
@pytest.mark.parametrize("std", [0.3, 1.0, 5.0])
def test_truncated_normal_has_the_distribution_of_pytorch_s(std):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = torch.nn.init.trunc_normal_(torch.empty(OUT, IN, dtype=torch.float64), std=std).numpy()
    shares = np.linspace(0.01, 0.99, 25)
    ours = np.quantile(draw("truncated_normal", std=std, cut="two"), shares)
    np.testing.assert_allclose(ours, np.quantile(theirs, shares), atol=0.03 * min(std, 1.0))


@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize(("mode", "fan"), [("fan_in", IN), ("fan_out", OUT), ("fan_avg", (IN + OUT) / 2)])
def test_variance_scaling_is_keras_s(mode, fan, distribution):
    std = math.sqrt(2.5 / fan)
    weights = draw("variance_scaling", scale=2.5, mode=mode, distribution=distribution)
    assert weights.std() == pytest.approx(std, rel=5 / math.sqrt(2 * OUT * IN))
    most = {"truncated_normal": 2 / 0.8796256610342398, "uniform": math.sqrt(3)}.get(distribution, 9.0)
    assert np.abs(weights).max() <= most * std
    assert distribution == "untruncated_normal" or np.abs(weights).max() > 0.999 * most * std


def test_variance_scaling_contains_the_named_rules():
    """Keras makes them so, with other distributions where it says normal."""
    for name, scale, mode, distribution in (
        ("xavier_uniform", 1.0, "fan_avg", "uniform"), ("xavier_normal", 1.0, "fan_avg", "untruncated_normal"),
        ("lecun_normal", 1.0, "fan_in", "untruncated_normal"), ("lecun_uniform", 1.0, "fan_in", "uniform"),
        ("he_normal", 1.7**2, "fan_in", "untruncated_normal"),
    ):  # fmt: skip
        ours = draw("variance_scaling", scale=scale, mode=mode, distribution=distribution)
        np.testing.assert_allclose(ours, draw(name), rtol=1e-12)


def test_siren_has_the_papers_bounds():
    """Sitzmann et al. 2020, section 3.2: the activation's w0 divides all but what the input enters through."""
    sine = {"depth": 3, "residual": False, "gain": 1.0, "fan_in": IN, "activation": {"w0": 30.0}}
    first, later = InitContext(**sine, first=True), InitContext(**sine)
    for context, overrides, bound in ((first, {}, 1 / IN), (later, {}, math.sqrt(6 / IN) / 30),
                                        (later, {"w0": 5.0}, math.sqrt(6 / IN) / 5)):  # fmt: skip
        assert 0.9999 * bound < np.abs(draw("siren", context=context, **overrides)).max() <= bound


@pytest.mark.parametrize("kind", ["mlp", "rnn", "lstm"])
def test_siren_knows_what_the_input_enters_through(kind):
    network = {"kind": kind, "depth": 2, "width": 50, "init": {"name": "siren", "w0": 5.0}}
    network |= {} if kind == "mlp" else {"recurrent_init": "siren"}
    layers = build(parse_scenario({"network": network, "data": {"inputs": 40}})).layers
    for layer in layers:
        for prefix, name in layer.matrices.items():
            weight = layer.parameters[name.parameter]
            enters = layer.number == 1 and prefix == ("" if kind == "mlp" else "input_")
            w0 = 5.0 if prefix or kind == "mlp" else 1.0
            bound = 1 / 40 if enters else math.sqrt(6 / weight.shape[1]) / w0
            assert 0.95 * bound < np.abs(weight).max() <= bound * (1 + 1e-6)


@pytest.mark.oracle
def test_torch_default_is_that_of_linear():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = torch.nn.Linear(IN, OUT).weight.detach().numpy()
    assert draw("torch_default").std() == pytest.approx(theirs.std(), rel=0.01)
    assert np.abs(draw("torch_default")).max() == pytest.approx(np.abs(theirs).max(), rel=1e-3)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.7])
def test_spectral_radius_is_exact_and_the_norm_about_twice_that(radius):
    weights = draw("spectral_radius", 300, 300, radius=radius)
    assert np.abs(np.linalg.eigvals(weights)).max() == pytest.approx(radius, rel=1e-12)
    assert np.linalg.norm(weights, 2) == pytest.approx(2 * radius, rel=0.1)  # finite size: radius itself scatters


def test_a_delay_line_has_a_small_radius_and_a_large_norm():
    weights = draw("delay_line", 100, 100, radius=0.4, feed=1.0)
    assert np.abs(np.linalg.eigvals(weights)).max() == pytest.approx(0.4)
    assert np.linalg.norm(weights, 2) == pytest.approx(1.4, rel=1e-3)
