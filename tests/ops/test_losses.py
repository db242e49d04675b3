"""Every loss: its gradient against differences, its stability, and PyTorch with numbers that are not finite."""

from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.scenario.choice import Choice

NAMES = registry.names("losses")
BATCH, OUTPUTS = 6, 5


def target_for(name: str, dtype: Any = np.float64) -> Any:
    rng = np.random.default_rng(1)
    wanted = registry.entry("losses", name).metadata["TARGET"]
    if wanted == "class":
        return rng.integers(OUTPUTS, size=BATCH)
    if wanted == "probability":
        return rng.uniform(size=(BATCH, OUTPUTS)).astype(dtype)
    return rng.standard_normal((BATCH, OUTPUTS)).astype(dtype)


def output_for(seed: int = 2, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(seed).standard_normal((BATCH, OUTPUTS)).astype(dtype)


def loss(name: str, output: Any, target: Any, **parameters_of: Any) -> tuple[float, Any]:
    parameters = Choice("losses", name, tuple(parameters_of.items())).parameters
    value, gradient = registry.load("losses", name).value_and_gradient(output, target, *parameters.values())
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
        "probe": (False, "direction"), "mse": (True, "value"), "mae": (True, "value"), "huber": (True, "value"),
        "cross_entropy": (True, "class"), "binary_cross_entropy": (True, "probability"),
    }  # fmt: skip


@pytest.mark.parametrize("target", ["value", "class"])
def test_one_loss_is_the_usual_one_of_a_kind_of_targets(target):
    facts = [registry.entry("losses", name).metadata for name in NAMES]
    assert sum(f["TARGET"] == target and f.get("USUAL", False) for f in facts) == 1


LEARNED = [name for name in NAMES if registry.entry("losses", name).metadata["READOUT"]]


@pytest.mark.parametrize("name", LEARNED)
@pytest.mark.parametrize("shape", [(40,), (41,), (40, 3), (9, 5, 2), (1, 2)], ids=str)
def test_no_constant_output_has_a_smaller_loss_than_the_best(name, shape):
    """By direct search: no constant output has a smaller loss, and some constant reaches it."""
    rng = np.random.default_rng(len(shape))
    wanted, module = registry.entry("losses", name).metadata["TARGET"], registry.load("losses", name)
    if wanted == "class":
        target = rng.integers(4, size=shape[:1])
        target[0] = 3
    else:
        target = rng.uniform(size=shape if len(shape) > 1 else (*shape, 1)) ** 3 * (1 if wanted == "probability" else 9)
    best = module.constant_loss(target, *Choice("losses", name).parameters.values())
    start = np.zeros(4) if wanted == "class" else target.mean(axis=0)
    lowest = least(lambda c: loss(name, np.broadcast_to(c, (len(target), *start.shape)).copy(), target)[0], start)
    assert best <= lowest * (1 + 1e-9) + 1e-9
    assert best == pytest.approx(lowest, rel=1e-3, abs=1e-3)


def least(function: Any, start: Any) -> float:
    """The smallest value of a pattern search, which is slow and needs no slope."""
    here, value, step = start.copy(), function(start), 4.0
    while step > 1e-5:
        moves = [here + s * step * one for one in np.eye(here.size).reshape(-1, *here.shape) for s in (1, -1)]
        values = [function(move) for move in moves]
        if min(values) < value:
            value, here = min(values), moves[int(np.argmin(values))]
        else:
            step /= 2
    return float(value)


@pytest.mark.parametrize("name", LEARNED)
def test_the_best_constant_of_equal_targets_has_no_loss(name):
    for number in (0.1, 1.0, 0.0):
        is_class = registry.entry("losses", name).metadata["TARGET"] == "class"
        target = np.full(7, 2) if is_class else np.full((7, 2), number)
        smallest = registry.load("losses", name).constant_loss(target, *Choice("losses", name).parameters.values())
        assert smallest == (pytest.approx(0.3250829733914482) if "binary" in name and number == 0.1 else 0)


def test_the_best_constant_of_absolute_differences_is_the_median():
    target = np.array([[0.0], [0.0], [0.0], [1.0], [100.0]])
    assert registry.load("losses", "mae").constant_loss(target) == pytest.approx(101 / 5)
    assert registry.load("losses", "huber").constant_loss(target, 1e-6) == pytest.approx(101e-6 / 5, rel=1e-5)
    variance = registry.load("losses", "mse").constant_loss(target)
    assert registry.load("losses", "huber").constant_loss(target, 1e6) == pytest.approx(variance / 2)


def test_accuracy_of_yes_and_no_is_the_side_of_0():
    accuracy = registry.load("losses", "binary_cross_entropy").accuracy
    output, target = np.array([[2.0], [-1.0], [0.5], [-3.0]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    assert accuracy(output, target) == 0.5
    assert np.isnan(accuracy(output, target * 0.9))


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
    from oracles import torch_layers

    output, target = output_for(), target_for(name)
    if bad is not None:
        output[2, 3] = bad
    value, gradient = loss(name, output, target)
    x, t = torch.tensor(output, requires_grad=True), torch.tensor(target)
    expected = {
        "probe": lambda: (x * t).sum() / BATCH,
    }.get(name, lambda: torch_layers.LOSSES[name](x, t))()
    expected.backward()
    np.testing.assert_allclose(value, expected.item(), rtol=1e-13)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-12, atol=1e-16)


@pytest.mark.oracle
@pytest.mark.parametrize("delta", [0.1, 1.0, 30.0])
def test_huber_s_delta_is_pytorch_s(delta):
    torch = pytest.importorskip("torch")
    output, target = output_for(), target_for("huber")
    x = torch.tensor(output, requires_grad=True)
    expected = torch.nn.functional.huber_loss(x, torch.tensor(target), delta=delta)
    expected.backward()
    value, gradient = loss("huber", output, target, delta=delta)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-13)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("far", [1000.0, -1000.0])
def test_logits_far_out_cost_what_they_are_wrong_by(far):
    value, gradient = loss("binary_cross_entropy", np.full((1, 1), far), np.full((1, 1), float(far < 0)))
    assert value == 1000.0
    assert abs(gradient[0, 0]) == 1.0
