"""Every array and gradient of convolutional blocks against PyTorch's modules and autograd, in float64."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import registry
from gradsim.sim.interop.arrays import dump
from gradsim.sim.ops.skips import rezero
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from oracles.agreement import assert_close

pytestmark = pytest.mark.oracle
NORMS = [*registry.names("norms"), {"name": "group", "groups": 2}]
SKIPS = [name for name in registry.names("skips") if "NEEDS" not in registry.entry("skips", name).metadata]
INITS = ["identity", "he_normal", "xavier_uniform", "orthogonal", "delta_orthogonal", "torch_default"]
ACTIVATIONS = ["relu", "tanh", "gelu", "rrelu", {"name": "leaky_relu", "alpha": 0.2}]


def scenario_of(loss: str = "probe", batch: int = 3, inputs: int | None = None, image: tuple[int, int] = (4, 8),
                seed: int = 0, **network: Any) -> Scenario:  # fmt: skip
    chosen = {"kind": "conv", "depth": 3, "width": 4, "bias": {"name": "normal", "std": 0.3}, "activation": "relu"}
    data = {"batch": batch, "image": list(image)} | ({} if inputs is None else {"inputs": inputs})
    return parse_scenario({"network": chosen | network, "data": data, "seed": seed, "loss": {"name": loss},
                           "precision": {"format": "float64"}})  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any net of such blocks, small."""
    one = st.sampled_from
    pool = draw(one(registry.names("pools")))
    image = (draw(one([4, 8])), draw(one([4, 12]))) if pool != "none" else (draw(st.integers(2, 5)), 3)
    norm, order = draw(one(NORMS)), draw(one(["plain", "resnet", "preactivation"]))
    inputs = draw(one([None, 1, 3, 4] if norm == "none" or order != "preactivation" else [None, 4]))
    return scenario_of(
        draw(one(registry.names("losses"))), draw(st.integers(2, 3)), inputs, image,
        draw(st.integers(0, 10_000)), depth=draw(st.integers(1, 4)), width=draw(one([2, 4, 6])),
        kernel=draw(one([1, 3, 5] if min(image) > 1 else [1])), padding=draw(one(["circular", "zeros"])),
        order=order, norm=norm, skip=draw(one(SKIPS)),
        pool=pool if pool == "none" else {"name": pool, "every": 2}, activation=draw(one(ACTIVATIONS)),
        init=draw(one(INITS if norm == "none" else INITS[1:])),  # equal channels would have no spread to divide by
    )  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    from oracles import torch_conv as oracle

    _, arrays = dump(scenario)
    expected = {key: value.detach().numpy() for key, value in oracle.autograd(scenario, arrays).items()}
    assert {key for key in arrays if "grad_" in key} <= set(expected), set(arrays) ^ set(expected)
    for key in sorted(set(expected) & set(arrays)):
        # a bias before a norm has a gradient of 0 in exact arithmetic
        scales = [f"layers.{n}.grad_{what}" for n in range(1, scenario.depth + 1)
                 for what in ("activation", "preactivation1", "preactivation2")]  # fmt: skip
        assert_close(key, arrays, expected[key], scales if "grad_" in key else ())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scenarios())
def test_random_blocks_agree_with_autograd(scenario: Scenario) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rezero, "scale", lambda _depth: 0.7)  # at 0 no gradient goes into a branch
        assert_agrees(scenario)


@pytest.mark.parametrize("init", ["orthogonal", "xavier_normal", "delta_orthogonal", "identity"])
def test_kernels_are_drawn_as_pytorch_s(init: str) -> None:
    """Of (out, in x size^2) matrices what nn.init does to the four-dimensional weight."""
    import torch

    _, arrays = dump(scenario_of(depth=1, width=6, inputs=4, init=init, norm="none"))
    weight, theirs = arrays["layers.1.conv1.weight"], torch.empty(6, 4, 3, 3, dtype=torch.float64)
    if init == "orthogonal":
        flat = weight.reshape(6, -1)
        np.testing.assert_allclose(flat @ flat.T, np.eye(6), atol=1e-12)
    elif init == "delta_orthogonal":
        np.testing.assert_allclose(weight[..., 1, 1].T @ weight[..., 1, 1], np.eye(4), atol=1e-12)
        assert np.abs(weight).sum() == pytest.approx(np.abs(weight[..., 1, 1]).sum())
    elif init == "identity":
        np.testing.assert_array_equal(weight, torch.nn.init.dirac_(theirs).numpy())
    else:
        _, arrays = dump(scenario_of(depth=1, width=32, inputs=8, init=init, norm="none"))
        fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(32, 8, 3, 3))
        assert arrays["layers.1.conv1.weight"].std() == pytest.approx((2 / (fan_in + fan_out)) ** 0.5, rel=0.05)
