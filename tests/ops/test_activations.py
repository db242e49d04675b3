"""Every activation: value and slope against differences, closed tails, limits, quadrature and PyTorch."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import registry

KINKS = (-3.0, -1.0, 0.0, 1.0, 3.0)
GRID = np.linspace(-12, 12, 240_001)  # holds all kinks; step 1e-4
TORCH_GAINS = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
PARAMETERS: dict[str, list[tuple[Any, ...]]] = {
    "leaky_relu": [(0.01,), (0.3,), (2.0,)],
    "elu": [(1.0,), (0.5,), (2.0,)],
    "rrelu": [(0.125, 1 / 3), (0.5, 3.0)],
    "gelu": [("none",), ("tanh",)],
    "sine": [(1.0,), (3.0,)],
}
CASES = [(name, p) for name in registry.names("activations") for p in PARAMETERS.get(name, [()])]

every = pytest.mark.parametrize(("name", "parameters"), CASES)


def drawn(name: str, parameters: tuple[Any, ...], size: int, dtype: Any) -> tuple[Any, ...]:
    """What value and slope take: the parameters, or the draws of a random activation."""
    item = registry.load("activations", name)
    if hasattr(item, "draw"):
        return tuple(item.draw(np.random.default_rng(0), size, dtype, *parameters))
    return parameters


def evaluate(name: str, parameters: tuple[Any, ...], points: Any, dtype: Any = np.float64) -> tuple[Any, Any]:
    """Value and slope at the points."""
    item, u = registry.load("activations", name), np.ascontiguousarray(points, dtype)
    arguments = drawn(name, parameters, u.size, dtype)
    value, slope = np.full_like(u, 7), np.full_like(u, 7)
    with np.errstate(all="ignore"):  # as in the passes
        item.value(u, value, *arguments)
        item.slope(u, value, slope, *arguments)
    return value, slope


def test_every_case_has_the_declared_number_of_parameters():
    for name, parameters in CASES:
        assert len(parameters) == len(registry.entry("activations", name).parameters)
        assert registry.entry("activations", name).source


@every
@settings(deadline=None, derandomize=True)  # the first example may compile
@given(center=st.floats(-30, 30))
def test_slope_is_the_central_difference(name, parameters, center):
    h = 1e-5  # error h^2 f''' / 6 of the formula, and 2e-16 |value| / h < 1e-9 of rounding
    if min(abs(center - kink) for kink in KINKS) < 2 * h:
        return
    item, u = registry.load("activations", name), np.array([center - h, center + h, center])
    draws = drawn(name, parameters, 3, np.float64)
    arguments = tuple(np.full_like(a, a[0]) if isinstance(a, np.ndarray) else a for a in draws)  # one leak for all
    value, slope = np.empty(3), np.empty(3)
    item.value(u, value, *arguments)
    item.slope(u, value, slope, *arguments)
    assert slope[2] == pytest.approx((value[1] - value[0]) / (2 * h), rel=1e-9, abs=3e-9)


@every
def test_limits_at_infinity_are_those_of_large_numbers(name, parameters):
    far_value, far_slope = evaluate(name, parameters, [1e12, -1e12])
    value, slope = evaluate(name, parameters, [np.inf, -np.inf])
    if name == "sine":  # has none
        assert np.isnan([*value, *slope]).all()
        return
    for limit, far in zip(value, far_value, strict=True):
        assert limit == (pytest.approx(far, abs=1e-11) if abs(far) < 1e3 else math.copysign(math.inf, far))
    np.testing.assert_allclose(slope, far_slope, atol=1e-11)


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_passes_through_and_stays_alone(name, parameters, dtype):
    value, slope = evaluate(name, parameters, [1.0, np.nan, -1.0], dtype)
    assert np.isnan(value).tolist() == [False, True, False]
    assert np.isnan(slope).tolist() == [False, name != "linear", False]


@every
def test_largest_slope_is_the_supremum(name, parameters):
    _, slope = evaluate(name, parameters, np.concatenate([GRID, np.nextafter(KINKS, 0), [1e6, -1e6]]))
    largest = registry.load("activations", name).largest_slope(*parameters)
    assert np.abs(slope).max() <= largest * (1 + 1e-14)
    assert np.abs(slope).max() >= largest * (1 - (1e-4 if name == "rrelu" else 1e-8))


@every
def test_gain_is_he_s_rule_or_pytorch_s(name, parameters):
    item = registry.load("activations", name)
    gain = item.gain(*parameters)
    constants = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "selu": 0.75}
    if name in constants:
        assert gain == constants[name]
        return
    density = np.exp(-GRID * GRID / 2) / math.sqrt(2 * math.pi)
    moments = []
    # Gauss-Legendre with two nodes is exact for the square of a uniform leak
    nodes = [0.0] if name != "rrelu" else [-1 / math.sqrt(3), 1 / math.sqrt(3)]
    for node in nodes:
        value, arguments = np.empty_like(GRID), parameters
        if name == "rrelu":
            arguments = (np.full(GRID.size, (sum(parameters) + node * (parameters[1] - parameters[0])) / 2),)
        item.value(GRID, value, *arguments)
        moments.append(np.trapezoid(value * value * density, GRID))
    assert gain == pytest.approx(1 / math.sqrt(np.mean(moments)), rel=1e-8)  # the rule's error is step^2 / 12


@every
def test_float32_stays_close_to_float64(name, parameters):
    u = np.linspace(-20, 20, 4001, dtype=np.float32)
    single, double = evaluate(name, parameters, u, np.float32), evaluate(name, parameters, u)
    argument = 20 * parameters[0] ** 2 * 2.0**-24 if name == "sine" else 0.0  # w0 u is rounded, and the slope is w0
    for narrow, wide in zip(single, double, strict=True):
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, wide, rtol=2e-5, atol=2e-7 + argument)  # an exponent near 200 in float32


def density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("name", "parameters", "point", "value", "slope"),
    [
        ("sigmoid", (), 50.0, 1.0, math.exp(-50)),
        ("sigmoid", (), -50.0, math.exp(-50), math.exp(-50)),
        ("sigmoid", (), -700.0, math.exp(-700), math.exp(-700)),
        ("tanh", (), 25.0, 1.0, 4 * math.exp(-50)),
        ("tanh", (), -25.0, -1.0, 4 * math.exp(-50)),
        ("softplus", (), -50.0, math.exp(-50), math.exp(-50)),
        ("softplus", (), 25.0, 25 + math.exp(-25), 1 / (1 + math.exp(-25))),
        ("elu", (1.0,), -1e-12, math.expm1(-1e-12), math.exp(-1e-12)),
        ("elu", (1.0,), -50.0, -1.0, math.exp(-50)),
        ("silu", (), -50.0, -50 * math.exp(-50), -49 * math.exp(-50)),
        ("mish", (), -50.0, -50 * math.exp(-50), -49 * math.exp(-50)),
        ("gelu", ("none",), -10.0, -5 * math.erfc(10 / math.sqrt(2)),
         math.erfc(10 / math.sqrt(2)) / 2 - 10 * density(10)),
        ("gelu", ("none",), -20.0, -10 * math.erfc(20 / math.sqrt(2)),
         math.erfc(20 / math.sqrt(2)) / 2 - 20 * density(20)),
    ],
)  # fmt: skip
def test_tails_keep_their_relative_accuracy(name, parameters, point, value, slope):
    got_value, got_slope = evaluate(name, parameters, [point])
    assert got_value[0] == pytest.approx(value, rel=1e-13, abs=0)
    assert got_slope[0] == pytest.approx(slope, rel=1e-13, abs=0)


def test_gelu_s_polynomial_is_the_error_function():
    u = np.linspace(-20, 20, 4001)  # beyond, the rounding of the argument of erfc costs more than 1e-13
    value, _ = evaluate("gelu", ("none",), u)
    exact = [x * math.erfc(-x / math.sqrt(2)) / 2 for x in u.tolist()]
    np.testing.assert_allclose(value, exact, rtol=1e-13)


def test_random_leaks_are_uniform_seeded_and_of_the_right_format():
    item = registry.load("activations", "rrelu")
    (leaks,) = item.draw(np.random.default_rng(3), 10_000, np.float32, 0.1, 0.3)
    (again,) = item.draw(np.random.default_rng(3), 10_000, np.float32, 0.1, 0.3)
    assert leaks.dtype == np.float32
    assert np.array_equal(leaks, again)
    assert leaks.min() >= np.float32(0.1)
    assert leaks.max() <= np.float32(0.3)
    assert leaks.mean() == pytest.approx(0.2, abs=5 * 0.2 / math.sqrt(12 * 10_000))  # five standard errors


@pytest.mark.oracle
@every
def test_agrees_with_pytorch(name, parameters):
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    u = np.concatenate([np.linspace(-15, 15, 3001), KINKS])
    (leaks,) = drawn(name, parameters, u.size, np.float64) if name == "rrelu" else (None,)
    oracle = {
        "linear": lambda x: x * 1,
        "hard_sigmoid": functions.hardsigmoid,
        "hard_tanh": functions.hardtanh,
        "hard_swish": functions.hardswish,
        "exponential": torch.exp,
        "sine": lambda x, w0: torch.sin(w0 * x),
        "softplus": lambda x: functions.softplus(x, threshold=1e9),
        "rrelu": lambda x: torch.where(x > 0, x, x * torch.tensor(leaks)),
        "gelu": lambda x, approximate: functions.gelu(x, approximate=approximate),
    }.get(name) or getattr(functions, name)
    x = torch.tensor(u, requires_grad=True)
    y = oracle(x, *parameters) if name != "rrelu" else oracle(x)
    (grad,) = torch.autograd.grad(y.sum(), x)
    value, slope = evaluate(name, parameters, u)
    np.testing.assert_allclose(value, y.detach().numpy(), rtol=1e-12, atol=5e-15)
    rtol = 1e-7 if name == "hard_sigmoid" else 1e-12  # PyTorch's backward takes 1/6 in float32
    np.testing.assert_allclose(slope, grad.numpy(), rtol=rtol, atol=5e-15)


@pytest.mark.oracle
@pytest.mark.parametrize("name", TORCH_GAINS)
def test_gain_is_pytorch_s_where_it_has_one(name):
    torch = pytest.importorskip("torch")
    parameters = PARAMETERS.get(name, [()])[0]
    assert registry.load("activations", name).gain(*parameters) == torch.nn.init.calculate_gain(name, *parameters)
