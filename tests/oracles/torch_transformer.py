"""The same transformer in PyTorch, from a dump's parameters: every array and every gradient."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from gradsim.sim.scenario.scenario import Scenario
from oracles.torch_layers import ACTIVATIONS, LOSSES, _grad_name

MADE = ("attention_logits", "attention", "attention_output", "middle", "mlp_preactivation", "mlp_output", "activation",
        "embedding", "normalised", "output", "loss", "input", "target", "probe")  # fmt: skip


def autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every array and gradient that a dump names, from the dump's input and parameters alone, in float64."""
    own = {
        key: torch.tensor(np.asarray(value), requires_grad=True)
        for key, value in arrays.items()
        if "grad_" not in key and key.rpartition(".")[2] not in MADE
    }
    network, found = scenario.network, dict[str, Any]()

    def keep(name: str, value: Any) -> Any:
        if value.requires_grad:
            value.retain_grad()
        found[name] = value
        return value

    hidden = torch.tensor(arrays["input"], requires_grad=True)
    if "embed.weight" in own:
        hidden = F.linear(hidden, own["embed.weight"], own["embed.bias"])
    if network.get("position") == "sinusoidal":
        hidden = hidden + torch.tensor(positions(hidden.shape[1], hidden.shape[2]))
    if "embedding" in arrays:
        keep("embedding", hidden)
    for number in range(1, network.depth + 1):
        prefix = f"layers.{number}."
        block = {key.removeprefix(prefix): value for key, value in own.items() if key.startswith(prefix)}

        def named(name: str, value: Any, prefix: str = prefix) -> Any:
            return keep(prefix + name, value)

        hidden = named("activation", layer(scenario, block, hidden, named))
    if "norm.weight" in own:
        hidden = keep("normalised", norm(scenario, "norm", own, hidden))
    loss = loss_of(scenario, hidden, own, arrays, found)
    loss.backward()
    found |= {_grad_name(key): value.grad for key, value in {**own, **found}.items() if key != "output"}
    return {"loss": loss.detach()} | {key: value.detach() for key, value in found.items() if value is not None}


def layer(scenario: Scenario, own: Mapping[str, Any], hidden: Any, named: Any) -> Any:
    """One block."""
    hidden = named("middle", sublayer(scenario, own, 1, hidden, lambda y: attention(scenario, own, y, named)))
    if not scenario.network.get("mlp_ratio"):
        return hidden * 1
    return sublayer(scenario, own, 2, hidden, lambda y: mlp(scenario, own, y, named))


def sublayer(scenario: Scenario, own: Mapping[str, Any], number: int, hidden: Any, branch: Any) -> Any:
    """A branch with its norms and the skip past it."""
    at, skip, name = scenario.network.get("norm_at"), scenario.network.skip, f"norm{number}"
    at = at if f"{name}.weight" in own else ""
    made = branch(norm(scenario, name, own, hidden) if at in ("pre", "sandwich") else hidden)
    made = norm(scenario, f"{name}_out", own, made) if at == "sandwich" else made
    depth = scenario.network.depth
    if skip.name == "rezero":
        made = own[f"scale{number}"] * made
    elif skip.name == "scaled":
        given = skip.parameters["scale"]
        made = made * (1 / math.sqrt(2 * depth) if given is None else given)
    past = {"none": 0.0, "deepnorm": (2 * depth) ** 0.25}.get(skip.name, 1.0)
    total = past * hidden + made
    return norm(scenario, name, own, total) if at == "post" else total


def norm(scenario: Scenario, name: str, own: Mapping[str, Any], x: Any) -> Any:
    """Layer or rms norm over the features."""
    choice = scenario.network.norm
    return normalised(choice.name, choice.parameters["eps"], own[f"{name}.weight"], own.get(f"{name}.bias"), x)


def normalised(kind: str, eps: float, weight: Any, bias: Any, x: Any) -> Any:
    if kind == "layer":
        return F.layer_norm(x, x.shape[-1:], weight, bias, eps=eps)
    return F.rms_norm(x, x.shape[-1:], weight, eps=eps)


def attention(scenario: Scenario, own: Mapping[str, Any], y: Any, named: Any) -> Any:
    """torch.nn.MultiheadAttention written out, with qk norm."""
    network, heads = scenario.network, scenario.network.get("heads")
    weight, bias = own["self_attn.in_proj_weight"], own["self_attn.in_proj_bias"]
    q, k, v = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in F.linear(y, weight, bias).chunk(3, dim=-1))
    choice = network.get("qk_norm")
    if choice.name != "none":
        q, k = (
            normalised(choice.name, choice.parameters["eps"], own[f"self_attn.{side}_norm.weight"],
                       own.get(f"self_attn.{side}_norm.bias"), x)
            for side, x in (("q", q), ("k", k))
        )  # fmt: skip
    logits = named("attention_logits", q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]))
    if network.get("causal"):
        seen = torch.ones(logits.shape[-2:], dtype=torch.bool).tril()
        logits = logits.masked_fill(~seen, -math.inf)
    weights = named("attention", logits.softmax(dim=-1))
    mixed = (weights @ v).transpose(1, 2).flatten(-2)
    out = F.linear(mixed, own["self_attn.out_proj.weight"], own["self_attn.out_proj.bias"])
    return named("attention_output", out)


def mlp(scenario: Scenario, own: Mapping[str, Any], y: Any, named: Any) -> Any:
    """linear2(activation(linear1(y)))."""
    z = named("mlp_preactivation", F.linear(y, own["linear1.weight"], own["linear1.bias"]))
    activation = scenario.network.activation
    a = ACTIVATIONS[activation.name](z, *activation.parameters.values())
    return named("mlp_output", F.linear(a, own["linear2.weight"], own["linear2.bias"]))


def positions(steps: int, width: int) -> Any:
    """Vaswani et al. 2017, as the tutorial of torch.nn.Transformer writes them."""
    table = np.zeros((steps, width + width % 2))
    rates = np.exp(np.arange(0, width, 2) * (-math.log(10000.0) / width))
    table[:, 0::2], table[:, 1::2] = (
        np.sin(np.arange(steps)[:, None] * rates),
        np.cos(np.arange(steps)[:, None] * rates),
    )
    return table[:, :width]


def loss_of(scenario: Scenario, hidden: Any, own: Mapping[str, Any], arrays: Any, found: dict[str, Any]) -> Any:
    """Of the last token, or over all of them."""
    every = scenario.loss.at == "every"
    seen = hidden if every else hidden[:, -1:]
    loss = scenario.loss.name
    if loss.name == "probe":
        found["output"] = hidden
        return (torch.tensor(arrays["probe"])[:, None] * seen).sum() / len(seen)
    output = F.linear(seen, own["readout.weight"], own["readout.bias"])
    found["output"] = output if every else output[:, 0]
    target, steps = torch.tensor(arrays["target"]), seen.shape[1]
    by_step = target.ndim == (3 if target.dtype == torch.float64 else 2)
    targets = target[:, hidden.shape[1] - steps :] if by_step else target[:, None].expand(-1, steps, *target.shape[1:])
    losses = [LOSSES[loss.name](output[:, t], targets[:, t], **loss.parameters) for t in range(steps)]
    return torch.stack(losses).mean()
