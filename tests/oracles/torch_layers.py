"""The same network in PyTorch, from a dump's parameters: the oracle of every gradient."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from gradsim.sim.scenario.scenario import Scenario


def _gelu(x: Any, approximate: str) -> Any:
    return F.gelu(x, approximate=approximate)


# hard_sigmoid's backward and softplus above 20 are less exact in PyTorch than their closed formulas
ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": lambda x: x,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1),
    "hard_swish": F.hardswish,
    "exponential": torch.exp,
    "sine": lambda x, w0: torch.sin(w0 * x),
    "tanh": torch.tanh,
    "hard_tanh": F.hardtanh,
    "softsign": F.softsign,
    "softplus": lambda x: F.softplus(x, threshold=1e9),
    "relu": torch.relu,
    "leaky_relu": lambda x, alpha: F.leaky_relu(x, alpha),
    "elu": lambda x, alpha: F.elu(x, alpha),
    "selu": F.selu,
    "gelu": _gelu,
    "silu": F.silu,
    "mish": F.mish,
}
LOSSES: dict[str, Callable[..., Any]] = {
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "huber": F.huber_loss,
    "cross_entropy": F.cross_entropy,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
}


def autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every gradient that a dump names, by autograd in float64 from the dump's inputs and parameters."""
    tensor = {
        key: torch.tensor(np.asarray(value), requires_grad=value.dtype.kind == "f")
        for key, value in arrays.items()
        if ".grad_" not in key and key not in ("loss", "output")
    }
    network, values = scenario.network, {}
    hidden = tensor["input"]
    for number in range(1, network.depth + 1):
        prefix = f"layers.{number}."
        own = {key.removeprefix(prefix): value for key, value in tensor.items() if key.startswith(prefix)}
        z = hidden @ own["weight"].T + own["bias"]
        a = _activate(scenario, _normalise(scenario, z, own), own)
        hidden = hidden + own["scale"] * a if "scale" in own else a
        z.retain_grad()
        hidden.retain_grad()
        values |= {prefix + "preactivation": z, prefix + "activation": hidden}
    loss = _loss(scenario, hidden, tensor)
    loss.backward()
    grads = {
        _grad_name(key): value.grad for key, value in {**tensor, **values}.items() if key not in ("probe", "target")
    }
    return {"loss": loss.detach()} | grads


def _activate(scenario: Scenario, u: Any, own: Mapping[str, Any]) -> Any:
    activation = scenario.network.activation
    if activation.name == "rrelu":
        return torch.where(u > 0, u, own["activation_slopes"].detach() * u)
    return ACTIVATIONS[activation.name](u, *activation.parameters.values())


def _normalise(scenario: Scenario, z: Any, own: Mapping[str, Any]) -> Any:
    name, features = scenario.network.norm.name, z.shape[-1]
    weight, bias, eps = own.get("norm.weight"), own.get("norm.bias"), scenario.network.norm.parameters.get("eps")
    if name == "batch":
        return F.batch_norm(z, None, None, weight, bias, training=True, eps=eps)
    if name == "layer":
        return F.layer_norm(z, (features,), weight, bias, eps=eps)
    if name == "rms":
        return F.rms_norm(z, (features,), weight, eps=eps)
    if name == "group":
        groups = scenario.network.norm.parameters["groups"] or usual_groups(features)
        return F.group_norm(z, groups, weight, bias, eps=eps)
    return z


def usual_groups(features: int) -> int:
    """At most 8 that divide the features, each of 8 or more."""
    return max([groups for groups in range(2, 9) if features % groups == 0 and features >= 8 * groups], default=1)


def _loss(scenario: Scenario, hidden: Any, tensor: Mapping[str, Any]) -> Any:
    loss = scenario.loss.name
    if loss.name == "probe":
        return (tensor["probe"].detach() * hidden).sum() / len(hidden)
    output = hidden @ tensor["readout.weight"].T + tensor["readout.bias"]
    return LOSSES[loss.name](output, tensor["target"].detach(), **loss.parameters)


def _grad_name(key: str) -> str:
    head, dot, tail = key.rpartition(".")
    return f"{head}{dot}grad_{tail}"
