"""Convolutional blocks in PyTorch's own modules, from a dump's parameters: the oracle of every array and gradient."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from gradsim.sim.numerics.image import Image
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.scenario.schema import leaves, of_entry
from oracles import torch_chain, torch_layers


def conv(h: Any, own: Mapping[str, Any], name: str, padding: str, stride: int = 1) -> Any:
    """torch.nn.Conv2d with these parameters."""
    weight = own[f"{name}.weight"]
    out, channels, size, _ = weight.shape
    module = nn.Conv2d(channels, out, size, stride, size // 2, padding_mode=padding, dtype=torch.float64)
    return torch.func.functional_call(module, {"weight": weight, "bias": own[f"{name}.bias"]}, h)


def norm(scenario: Scenario, h: Any, own: Mapping[str, Any], name: str) -> Any:
    """BatchNorm2d in training mode, or GroupNorm; RMS norm over channels and places by hand."""
    choice = scenario.network.norm
    if choice.name == "none":
        return h
    weight, bias, eps = own[f"{name}.weight"], own.get(f"{name}.bias"), float(choice.parameters["eps"])
    if choice.name == "batch":
        return functional.batch_norm(h, None, None, weight, bias, training=True, eps=eps)
    if choice.name == "rms":
        return h / (h.square().mean((1, 2, 3), keepdim=True) + eps).sqrt() * weight[:, None, None]
    groups = {"layer": 1, "group": choice.parameters.get("groups")}[choice.name]
    groups = groups or max(n for n in range(1, 9) if n == 1 or (h.shape[1] % n == 0 and h.shape[1] // n >= 8))
    return functional.group_norm(h, groups, weight, bias, eps)


def pooled(h: Any, name: str, size: int = 2) -> Any:
    """MaxPool2d or AvgPool2d."""
    return {"max": nn.MaxPool2d, "average": nn.AvgPool2d}[name](size)(h)


def block(scenario: Scenario, h: Any, own: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What one block makes of what enters it."""
    network = scenario.network
    pool, padding, order = network.get("pool"), network.get("padding"), network.get("order")
    turn = pool.name != "none" and number % pool.parameters["every"] == 0
    stride = 2 if turn and pool.name == "stride" else 1

    def act(value: Any, turn: str = "") -> Any:
        return torch_layers._activate(scenario, value, {"activation_slopes": own.get(f"activation_slopes{turn}")})

    def joined(branch: Any) -> Any:
        if network.skip.name == "none" or branch.shape != h.shape:
            return branch
        return h + own["scale"] * branch

    made: dict[str, Any] = {}
    if order == "plain":
        made["preactivation1"] = conv(h, own, "conv1", padding, stride)
        out = joined(act(norm(scenario, made["preactivation1"], own, "norm1")))
    elif order == "resnet":
        made["preactivation1"] = conv(h, own, "conv1", padding, stride)
        made["preactivation2"] = conv(
            act(norm(scenario, made["preactivation1"], own, "norm1"), "1"), own, "conv2", padding
        )
        out = act(joined(norm(scenario, made["preactivation2"], own, "norm2")), "2")
    else:
        made["preactivation1"] = conv(act(norm(scenario, h, own, "norm1"), "1"), own, "conv1", padding, stride)
        made["preactivation2"] = conv(
            act(norm(scenario, made["preactivation1"], own, "norm2"), "2"), own, "conv2", padding
        )
        out = joined(made["preactivation2"]) * 1
    made["activation"] = pooled(out, pool.name) if turn and stride == 1 else out
    return made


def autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every array that a dump names beside its parameters, and every gradient, by autograd in float64."""
    given = _given(arrays)
    h, values = given["input"], {}
    for number in range(1, scenario.depth + 1):
        prefix = f"layers.{number}."
        own = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
        made = block(scenario, h, own, number)
        values |= {prefix + key: value for key, value in made.items()}
        h = made["activation"]
    for value in values.values():
        if value.requires_grad:
            value.retain_grad()
    if "probe" in given:
        loss = (given["probe"] * h).sum() / len(h)
    else:
        values["mean"] = h.mean((2, 3))
        values["mean"].retain_grad()
        values["output"] = values["mean"] @ given["readout.weight"].T + given["readout.bias"]
        loss = torch_layers.LOSSES[scenario.loss.name.name](
            values["output"], given["target"].detach(), **scenario.loss.name.parameters
        )
    loss.backward()
    result = {torch_layers._grad_name(key): value.grad for key, value in given.items() if value.requires_grad}
    result |= {torch_layers._grad_name(key): value.grad for key, value in values.items() if value.retains_grad}
    return {"loss": loss} | values | {key: value for key, value in result.items() if value is not None}


def chain_row(of_layer: Scenario, word: str, h: Any, own: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What one row of a chain makes of an image, or of the features that are left of one."""
    if word == "conv":
        return block(of_layer, h, own, number)
    if word == "block":
        return chain_block(of_layer, h, own)
    if word == "pool":
        return {"activation": pooled(h, of_layer.network.get("mode"), of_layer.network.get("size"))}
    if word == "flatten":
        return {"activation": nn.Flatten()(h)}
    if word == "norm" and h.ndim == 4:
        return {"activation": norm(of_layer, h, own, "norm")}
    return {key: value for key, (value,) in torch_chain.row(of_layer, word, [h], own).items()}


def chain_block(of_layer: Scenario, h: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    """What layers one after the other make of an image, and what goes past them."""
    made, out = dict[str, Any](), h
    for number, ((_, leaf), entry) in enumerate(
        zip(leaves(of_layer, _features(h)), of_layer.network.get("block"), strict=True), 1
    ):
        inner = {key.removeprefix(f"{number}."): value for key, value in own.items() if key.startswith(f"{number}.")}
        inside = chain_row(leaf, entry.word, out, inner, 1)
        made |= {f"{number}.{key}": value for key, value in inside.items()}
        out = inside["activation"]
    return made | {"activation": h + own["scale"] * out if "scale" in own else out * 1}


def chain_autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every array and gradient of a chain that reads images."""
    given = _given(arrays)
    h, values, turn = given["input"], dict[str, Any](), {"": 0}
    for number, entry, _ in scenario.network.rows():
        prefix = f"layers.{number}."
        own = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
        turn = {id(entry): turn.get(id(entry), 0) + 1}
        made = chain_row(of_entry(scenario, entry, _features(h)), entry.word, h, own, turn[id(entry)])
        for value in made.values():
            value.retain_grad()
        values |= {prefix + key: value for key, value in made.items()}
        h = made["activation"]
    if "probe" in given:
        loss = (given["probe"] * h).sum() / len(h)
    else:
        output = (h.mean((2, 3)) if h.ndim == 4 else h) @ given["readout.weight"].T + given["readout.bias"]
        loss = torch_layers.LOSSES[scenario.loss.name.name](
            output, given["target"].detach(), **scenario.loss.name.parameters
        )
    loss.backward()
    result = {torch_layers._grad_name(key): value.grad for key, value in given.items() if value.requires_grad}
    result |= {torch_layers._grad_name(key): value.grad for key, value in values.items()}
    return {"loss": loss} | values | {key: value for key, value in result.items() if value is not None}


def _features(h: Any) -> int:
    return Image(*h.shape[1:]) if h.ndim == 4 else int(h.shape[1])


def _given(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What is not computed."""
    names = [key for key in arrays if "grad_" not in key and key not in ("loss", "output", "mean")]
    return {key: torch.tensor(arrays[key], requires_grad=arrays[key].dtype.kind == "f") for key in names}
