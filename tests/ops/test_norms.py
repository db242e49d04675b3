"""Every normalisation: what it promises of its output, its backward against differences, and PyTorch."""

from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry

ACTIVE = [name for name in registry.names("norms") if registry.entry("norms", name).metadata["ACTIVE"]]
CASES = [(name, ()) for name in ACTIVE if name != "group"] + [("group", (g,)) for g in (None, 1, 3, 12)]
SHAPE = (10, 12)

SQUARES = dict.fromkeys(("batch", "group", "layer"), lambda z: z.var(axis=1)) | {"rms": lambda z: (z**2).mean(axis=1)}

every = pytest.mark.parametrize(("name", "declared"), CASES)
of_squares = pytest.mark.parametrize(("name", "declared"), [case for case in CASES if case[0] in SQUARES])


def run(name: str, declared: tuple[Any, ...], z: Any, eps: float = 1e-5) -> tuple[Any, Any, tuple[Any, ...]]:
    """Normalised z, the inverse standard deviations and the resolved parameters."""
    item = registry.load("norms", name)
    parameters = item.resolve(z.shape[1], *declared)
    normalised = np.full_like(z, 7)
    inverse = np.full(item.inverse_shape(*z.shape, *parameters), 7, z.dtype)
    item.forward(z, normalised, inverse, *parameters, eps)
    return normalised, inverse, parameters


def blocks(name: str, parameters: tuple[Any, ...], matrix: Any) -> Any:
    """The matrix as rows of numbers that are normalised together."""
    if registry.load("norms", name).inverse_shape(2, 1, *parameters)[0] == 1:  # over samples
        return matrix.T
    return matrix.reshape(-1, matrix.shape[1] // (parameters[0] if parameters else 1))


def sample(seed: int, dtype: Any = np.float64) -> Any:
    rng = np.random.default_rng(seed)
    return (3 * rng.standard_normal(SHAPE) + 2 * rng.standard_normal(SHAPE[1])).astype(dtype)


def test_none_is_inactive_and_the_facts_are_read_without_an_import():
    assert registry.entry("norms", "none").metadata["ACTIVE"] is False
    assert [registry.entry("norms", name).metadata["BIAS"] for name in ("layer", "rms")] == [True, False]
    assert registry.entry("norms", "batch").metadata["MINIMUM_BATCH"] == 2


@of_squares
def test_output_has_unit_scale_and_no_mean(name, declared):
    z = sample(0)
    normalised, inverse, parameters = run(name, declared, z)
    together, before = blocks(name, parameters, normalised), blocks(name, parameters, z)
    square = SQUARES[name](before)
    assert inverse.ravel() == pytest.approx(1 / np.sqrt(square + 1e-5), rel=1e-14)
    np.testing.assert_allclose((together**2).mean(axis=1), square / (square + 1e-5), rtol=1e-13)
    if name != "rms":
        np.testing.assert_allclose(together.mean(axis=1), 0, atol=1e-14)


@every
def test_backward_is_the_transposed_derivative(name, declared):
    """One random vector-Jacobian product against a central difference in a random direction."""
    rng = np.random.default_rng(11)
    z, direction, grad = sample(1), rng.standard_normal(SHAPE), rng.standard_normal(SHAPE)
    normalised, inverse, parameters = run(name, declared, z)
    out = np.empty_like(z)
    registry.load("norms", name).backward(normalised, inverse, grad, out, *parameters)
    h = 1e-5  # error of order h^2
    ahead, behind = (run(name, declared, z + s * h * direction)[0] for s in (1, -1))
    assert np.vdot(out, direction) == pytest.approx(np.vdot(grad, (ahead - behind) / (2 * h)), rel=1e-8, abs=1e-8)


@of_squares
def test_a_large_mean_costs_no_accuracy(name, declared):
    if name == "rms":
        return
    z = sample(2)
    shifted = (z + 2.0**20).astype(np.float64)  # exact up to 2^-32: a one-pass variance would lose nine digits
    np.testing.assert_allclose(run(name, declared, shifted)[0], run(name, declared, z)[0], atol=1e-9)


@every
def test_float32_stays_close_to_float64(name, declared):
    z, grad = sample(3, np.float32), np.random.default_rng(4).standard_normal(SHAPE).astype(np.float32)
    item, arrays = registry.load("norms", name), []
    for dtype in (np.float32, np.float64):
        normalised, inverse, parameters = run(name, declared, z.astype(dtype))
        out = np.empty(SHAPE, dtype)
        item.backward(normalised, inverse, grad.astype(dtype), out, *parameters)
        arrays += [normalised, out]
    assert arrays[1].dtype == np.float32
    np.testing.assert_allclose(arrays[0], arrays[2], atol=1e-6)
    np.testing.assert_allclose(arrays[1], arrays[3], atol=1e-6)


@pytest.mark.parametrize(("name", "declared"), [case for case in CASES if case[0] in SQUARES.keys() - {"rms"}])
def test_equal_numbers_give_zero(name, declared):
    assert not run(name, declared, np.full(SHAPE, 5.0))[0].any()


@every
def test_nan_stays_in_its_block(name, declared):
    z = sample(5)
    z[4, 7] = np.nan
    normalised, _, parameters = run(name, declared, z)
    touched = np.isnan(blocks(name, parameters, normalised))
    assert touched.any(axis=1).sum() == 1
    assert touched.sum() == touched.shape[1]


@pytest.mark.parametrize("eps", [1e-12, 0.3, 1.0])
@of_squares
def test_eps_is_added_to_the_mean_of_squares(name, declared, eps):
    z = sample(7)
    normalised, inverse, parameters = run(name, declared, z, eps)
    together, before = blocks(name, parameters, normalised), blocks(name, parameters, z)
    square = SQUARES[name](before)
    np.testing.assert_allclose((together**2).mean(axis=1), square / (square + eps), rtol=1e-12)
    assert inverse.ravel() == pytest.approx(1 / np.sqrt(square + eps), rel=1e-12)


@pytest.mark.parametrize(("width", "groups"), [
    (64, 8), (128, 8), (48, 6), (40, 5), (32, 4), (30, 3), (24, 3), (20, 2), (16, 2), (12, 1), (8, 1), (7, 1), (11, 1),
    (1, 1),
])  # fmt: skip
def test_groups_default_to_the_most_up_to_eight_of_eight_units_or_more(width, groups):
    assert registry.load("norms", "group").resolve(width, None) == (groups,)


@pytest.mark.oracle
@of_squares
def test_agrees_with_pytorch(name, declared):
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    rng = np.random.default_rng(6)
    z, grad = sample(6), rng.standard_normal(SHAPE)
    normalised, inverse, parameters = run(name, declared, z)
    out = np.empty_like(z)
    registry.load("norms", name).backward(normalised, inverse, grad, out, *parameters)
    oracle = {
        "batch": lambda x: functions.batch_norm(x, None, None, training=True, eps=1e-5),
        "layer": lambda x: functions.layer_norm(x, SHAPE[1:], eps=1e-5),
        "rms": lambda x: functions.rms_norm(x, SHAPE[1:], eps=1e-5),
        "group": lambda x: functions.group_norm(x, *parameters, eps=1e-5),
    }[name]
    x = torch.tensor(z, requires_grad=True)
    y = oracle(x)
    (expected,) = torch.autograd.grad(y, x, torch.tensor(grad))
    np.testing.assert_allclose(normalised, y.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(out, expected.numpy(), rtol=1e-12, atol=1e-12)
