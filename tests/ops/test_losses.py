"""Every loss: its gradient against differences, its stability, and PyTorch with numbers that are not finite."""

from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry

NAMES = registry.names("losses")
BATCH, OUTPUTS = 6, 5


def target_for(name: str, dtype: Any = np.float64) -> Any:
    rng = np.random.default_rng(1)
    if registry.entry("losses", name).metadata["TARGET"] == "class":
        return rng.integers(OUTPUTS, size=BATCH)
    return rng.standard_normal((BATCH, OUTPUTS)).astype(dtype)


def output_for(seed: int = 2, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(seed).standard_normal((BATCH, OUTPUTS)).astype(dtype)


def loss(name: str, output: Any, target: Any) -> tuple[float, Any]:
    value, gradient = registry.load("losses", name).value_and_gradient(output, target)
    return value, gradient


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_central_difference(name):
    output, target, direction = output_for(), target_for(name), output_for(3)
    h = 1e-5  # error of order h^2
    ahead, behind = (loss(name, output + s * h * direction, target)[0] for s in (1, -1))
    _, gradient = loss(name, output, target)
    assert np.vdot(gradient, direction) == pytest.approx((ahead - behind) / (2 * h), rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_formats_and_shapes(name, dtype):
    output, target = output_for(dtype=dtype), target_for(name, dtype)
    before = output.copy(), target.copy()
    value, gradient = loss(name, output, target)
    assert type(value) is float
    assert gradient.dtype == dtype
    assert gradient.shape == output.shape
    assert np.array_equal(output, before[0])
    assert np.array_equal(target, before[1])


def test_readouts_and_targets_are_facts():
    metadata = {name: registry.entry("losses", name).metadata for name in NAMES}
    assert {name: (f["READOUT"], f["TARGET"]) for name, f in metadata.items()} == {
        "probe": (False, "direction"), "mse": (True, "value"), "cross_entropy": (True, "class"),
    }  # fmt: skip


def test_probe_s_value_stays_finite_where_float32_overflows():
    big = np.full((2, 3), 1e30, np.float32)
    assert loss("probe", big, big)[0] == pytest.approx(3e60, rel=1e-6)
    assert loss("mse", big, -big)[0] == pytest.approx(4e60, rel=1e-6)


def test_cross_entropy_of_large_logits_is_stable():
    output = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    value, gradient = loss("cross_entropy", output, np.array([0, 0]))
    assert value == 500.0
    assert gradient.tolist() == [[0.0, 0.0], [-0.5, 0.5]]


def test_cross_entropy_of_equal_logits_is_the_log_of_their_number():
    assert loss("cross_entropy", np.zeros((4, 10)), np.arange(4))[0] == pytest.approx(np.log(10), rel=1e-15)


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [None, np.inf, -np.inf, np.nan])
def test_agrees_with_pytorch(name, bad):
    torch = pytest.importorskip("torch")
    output, target = output_for(), target_for(name)
    if bad is not None:
        output[2, 3] = bad
    value, gradient = loss(name, output, target)
    x, t = torch.tensor(output, requires_grad=True), torch.tensor(target)
    expected = {
        "probe": lambda: (x * t).sum() / BATCH,
        "mse": lambda: torch.nn.functional.mse_loss(x, t),
        "cross_entropy": lambda: torch.nn.functional.cross_entropy(x, t),
    }[name]()
    expected.backward()
    np.testing.assert_allclose(value, expected.item(), rtol=1e-13)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-12, atol=1e-16)
