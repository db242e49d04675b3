"""A chain of different layers in PyTorch, entry by entry, from a dump's parameters: the oracle of every gradient."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.scenario.schema import leaves, of_entry
from oracles import torch_layers, torch_time, torch_transformer

Steps = list[Any]
DRAWN = {"mask", "activation_slopes"}
REDUCING: dict[str, Callable[[Steps], Any]] = {
    "last_step": lambda steps: steps[-1] * 1, "mean_step": lambda steps: torch.stack(steps).mean(0),
    "ends": lambda steps: torch.cat([steps[-1].chunk(2, 1)[0], steps[0].chunk(2, 1)[1]], 1),
}  # fmt: skip


def autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every array that a dump of a chain names beside its parameters, and every gradient, by autograd in float64."""
    given = {key: torch.tensor(np.asarray(value), requires_grad=value.dtype.kind == "f")
             for key, value in arrays.items() if ".grad_" not in key and key not in ("loss", "output")}  # fmt: skip
    steps: Steps = list(given["input"].unbind(1)) if given["input"].ndim == 3 else [given["input"]]
    by_name: dict[str, Steps] = {}
    for number, entry, _ in scenario.network.rows():
        prefix = f"layers.{number}."
        own = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
        made = row(of_entry(scenario, entry, steps[0].shape[1]), entry.word, steps, own)
        for value in (value for values in made.values() for value in values):
            if value.requires_grad:
                value.retain_grad()
        by_name |= {prefix + key: values for key, values in made.items()}
        steps = made["activation"]
    loss = torch_time.loss_of(scenario, steps, given)
    loss.backward()
    result = {torch_layers._grad_name(key): value.grad for key, value in given.items() if value.requires_grad}
    for key, values in by_name.items():
        grads = [torch.zeros_like(v) if v.grad is None else v.grad for v in values]
        result[torch_layers._grad_name(key)] = stacked(arrays, torch_layers._grad_name(key), grads)
        result[key] = stacked(arrays, key, list(values))
    return {"loss": loss.detach()} | {key: value.detach().numpy() for key, value in result.items() if value is not None}


def stacked(arrays: Mapping[str, Any], key: str, values: Steps) -> Any:
    """By step: the batch first if all kinds have it, else the steps; one step by itself, if the dump has it so."""
    if ".grad_" not in key:
        values = torch_time.with_start(key, values)
    if len(values) == 1 and values[0].ndim > 2:
        return values[0]
    if key in arrays and arrays[key].ndim == 2:
        (one,) = values
        return one
    recurrent = key.rpartition(".")[2].removeprefix("grad_") not in ("activation", "preactivation")
    return torch.stack(values, 0 if recurrent else 1)


def row(of_layer: Scenario, word: str, steps: Steps, own: Mapping[str, Any]) -> dict[str, Steps]:
    """What one row makes of the steps that enter it."""
    if word == "block":
        return block(of_layer, steps, own)
    if word in REDUCING:
        return {"activation": [REDUCING[word](steps)]}
    if word == "dropout":
        masks = own["mask"].detach()
        return {"activation": [h * (masks[:, t] if masks.ndim == 3 else masks) for t, h in enumerate(steps)]}
    if word == "norm":
        return {"activation": [torch_layers._normalise(of_layer, h, own) for h in steps]}
    if word == "activation":
        return {"activation": [torch_layers._activate(of_layer, h * 1, slopes(own, t)) for t, h in enumerate(steps)]}
    if word == "transformer":
        made = {}
        made["activation"] = torch_transformer.layer(of_layer, own, torch.stack(steps, 1), whole(made)).unbind(1)
        return made
    if word != "dense":
        made = torch_time.layer(of_layer, steps, own)
        return {**made, "activation": made["output"]}
    made = {"preactivation": [h @ own["weight"].T + own["bias"] for h in steps], "activation": []}
    for t, (h, z) in enumerate(zip(steps, made["preactivation"], strict=True)):
        a = torch_layers._activate(of_layer, torch_layers._normalise(of_layer, z, own), slopes(own, t))
        made["activation"].append(h + own["scale"] * a if "scale" in own else a)
    return made


def whole(made: dict[str, Steps]) -> Callable[[str, Any], Any]:
    """Keeps what is made of all steps at once."""

    def keep(name: str, value: Any) -> Any:
        made[name] = [value]
        return value

    return keep


def block(of_layer: Scenario, steps: Steps, own: Mapping[str, Any]) -> dict[str, Steps]:
    """What layers one after the other make of the steps, and what goes past them."""
    made: dict[str, Steps] = {}
    hidden, entries = steps, of_layer.network.get("block")
    for number, ((_, leaf), entry) in enumerate(zip(leaves(of_layer, steps[0].shape[1]), entries, strict=True), 1):
        prefix = f"{number}."
        inner = {key.removeprefix(prefix): value for key, value in own.items() if key.startswith(prefix)}
        if any(one.has("STATE") for one in entries) and not entry.has("STATE"):
            inner |= {key: inner[key].swapaxes(0, 1) for key in DRAWN & inner.keys()}  # there, steps come first
        inside = row(leaf, entry.word, hidden, inner)
        made |= {prefix + key: values for key, values in inside.items()}
        hidden = inside["activation"]
    if "scale" in own:
        hidden = [h + own["scale"] * a for h, a in zip(steps, hidden, strict=True)]
    return made | {"activation": hidden}


def slopes(own: Mapping[str, Any], step: int) -> dict[str, Any]:
    """What a random activation drew at a step."""
    stored = own.get("activation_slopes")
    return {} if stored is None else {"activation_slopes": stored[:, step] if stored.ndim == 3 else stored}
