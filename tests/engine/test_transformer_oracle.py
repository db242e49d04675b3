"""Every array and gradient of transformers against PyTorch's autograd and its own modules, in float64."""

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
SKIPS = tuple(name for name in registry.names("skips"))
ACTIVATIONS = ("gelu", "relu", "silu", "tanh", {"name": "gelu", "approximate": "tanh"})
INITS = (
    "torch_default",
    "xavier_uniform",
    "he_normal",
    "gpt2",
    "deepnet",
    {"name": "deepnet", "beta": 0.4},
    "orthogonal",
)


def scenario_of(loss: str = "probe", at: str = "last", batch: int = 2, steps: int = 5, inputs: int | None = None,
                seed: int = 0, **network: Any) -> Scenario:  # fmt: skip
    chosen = {"kind": "transformer", "depth": 2, "width": 8, "heads": 2, "bias": {"name": "normal", "std": 0.3}}
    data = {"batch": batch} | ({} if inputs is None else {"inputs": inputs})
    return parse_scenario({"network": chosen | network, "time": {"steps": steps}, "data": data, "seed": seed,
                           "loss": {"name": loss, "at": at}, "precision": {"format": "float64"}})  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any transformer, small."""
    heads, size = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([4, 6]))
    one = st.sampled_from
    return scenario_of(
        draw(one(registry.names("losses"))), draw(one(["last", "every"])), draw(st.integers(1, 3)),
        draw(st.integers(1, 6)), draw(one([None, 5])), draw(st.integers(0, 10_000)), depth=draw(st.integers(1, 3)),
        width=heads * size, heads=heads, causal=draw(st.booleans()), qk_norm=draw(one(["none", "layer", "rms"])),
        mlp_ratio=draw(one([0, 1, 4])), activation=draw(one(ACTIVATIONS)), norm=draw(one(["layer", "rms", "none"])),
        norm_at=draw(one(["pre", "post", "sandwich"])), final_norm=draw(st.booleans()), skip=draw(one(SKIPS)),
        position=draw(one(["none", "sinusoidal"])), init=draw(one(INITS)),
    )  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    from oracles import torch_transformer as oracle

    _, arrays = dump(scenario)
    expected = oracle.autograd(scenario, arrays)
    ours = {key for key in arrays if key not in ("input", "probe", "target") and ("grad_" in key or key in expected)}
    assert {key for key in arrays if "grad_" in key} <= set(expected), set(arrays) ^ set(expected)
    assert set(expected) - set(arrays) <= {"grad_output", "grad_loss", "grad_normalised"}
    for key in sorted(ours):
        # a key's bias and a lone token's logit have gradients of 0 in exact arithmetic
        part = key.rpartition(".grad_")[0].removesuffix(".self_attn") if "grad_" in key else ""
        layer = ".".join(part.split(".")[:2])
        terms = [f"{layer}.grad_{name}" for name in ("activation", "middle", "weight")]
        assert_close(key, arrays, expected[key].numpy(), terms)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(scenarios())
def test_random_transformers_agree_with_autograd(scenario: Scenario) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rezero, "scale", lambda _depth: 0.7)  # at 0 no gradient goes into a branch
        assert_agrees(scenario)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("norm_at", ["pre", "post"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_blocks_are_pytorch_s_own_encoder_layers(norm_at: str, activation: str, causal: bool) -> None:
    """torch.nn.TransformerEncoderLayer, which holds a torch.nn.MultiheadAttention, with the dump's parameters."""
    import torch

    depth, width, heads = 2, 8, 2
    chosen = scenario_of(
        at="every", depth=depth, norm_at=norm_at, activation=activation, causal=causal, final_norm=False
    )
    _, arrays = dump(chosen)
    hidden = torch.tensor(arrays["input"])
    mask = (
        torch.nn.Transformer.generate_square_subsequent_mask(hidden.shape[1], dtype=torch.float64) if causal else None
    )
    layers = []
    for number in range(1, depth + 1):
        layer = torch.nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout=0.0, activation=activation, batch_first=True,
            norm_first=norm_at == "pre", dtype=torch.float64,
        )  # fmt: skip
        state = {key: torch.tensor(arrays[f"layers.{number}.{key}"]) for key in layer.state_dict()}
        layer.load_state_dict(state)
        hidden = layer(hidden, src_mask=mask, is_causal=causal)
        layers.append(layer)
        np.testing.assert_allclose(
            arrays[f"layers.{number}.activation"], hidden.detach().numpy(), rtol=1e-10, atol=1e-12
        )
    loss = (torch.tensor(arrays["probe"])[:, None] * hidden).sum() / len(hidden)
    assert float(arrays["loss"]) == pytest.approx(loss.item(), rel=1e-10)
    loss.backward()
    for number, layer in enumerate(layers, 1):
        for key, parameter in layer.named_parameters():
            head, dot, tail = key.rpartition(".")
            ours, theirs = arrays[f"layers.{number}.{head}{dot}grad_{tail}"], parameter.grad.numpy()
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10 * np.abs(theirs).max() + 1e-12, err_msg=key)
