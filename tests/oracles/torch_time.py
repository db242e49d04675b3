"""The same recurrent network in PyTorch, step by step, from a dump's parameters: the oracle of every gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from gradsim.sim.scenario.scenario import Scenario
from oracles import torch_layers as oracle

INPUTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "norm_ih.weight", "norm_ih.bias", "norm_hh.weight",
          "norm_hh.bias", "norm.weight", "norm.bias", "scale")  # fmt: skip


def autograd(scenario: Scenario, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every gradient that a recurrent dump names, and the states, by autograd in float64."""
    given = {
        key: torch.tensor(np.asarray(value), requires_grad=value.dtype.kind == "f")
        for key, value in arrays.items()
        if key in ("input", "probe", "target")
        or (key.startswith(("layers.", "readout.")) and key.split(".", 2)[-1].replace("_reverse", "") in INPUTS)
        or key in ("readout.weight", "readout.bias")
    }
    steps, by_name = given["input"].shape[1], {}
    sequence = [given["input"][:, t] for t in range(steps)]
    for number in range(1, scenario.network.depth + 1):
        prefix = f"layers.{number}."
        own = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
        for name in ("activation_slopes", "activation_slopes_reverse"):
            if prefix + name in arrays:
                own[name] = torch.tensor(arrays[prefix + name])
        made = layer(scenario, sequence, own)
        by_name |= {prefix + key: value for key, value in made.items()}
        sequence = made["output"]
    loss = loss_of(scenario, sequence, given)
    loss.backward()
    result = {oracle._grad_name(key): value.grad for key, value in given.items() if value.requires_grad}
    for key, values in by_name.items():
        result[oracle._grad_name(key)] = torch.stack([v.grad if v.grad is not None else v * 0 for v in values])
        result[key] = torch.stack(with_start(key, list(values)))
    return {"loss": loss.detach()} | {key: value.detach().numpy() for key, value in result.items() if value is not None}


def with_start(key: str, values: list[Any]) -> list[Any]:
    """States with the one at the start: first in time, or of what reads from the end last."""
    start = [torch.zeros_like(values[0])]
    if key.endswith(("hidden_reverse", "cell_reverse")):
        return values + start
    return start + values if key.endswith((".hidden", ".cell")) else values


def layer(scenario: Scenario, sequence: list[Any], own: Mapping[str, Any]) -> dict[str, list[Any]]:
    """States, products and outputs of one layer by step, each keeping its gradient."""
    if scenario.network.get("direction") != "both":
        return one_way(scenario, sequence, own)
    width = scenario.network.width
    halves = [(key, value) for key, value in own.items() if "_reverse" in key]
    reverse = {key.replace("_reverse", ""): value.flip(0) if "slopes" in key else value for key, value in halves}
    ahead, back = (
        one_way(scenario, sequence, own, slice(width)),
        one_way(scenario, sequence[::-1], reverse, slice(width, None)),
    )
    made = {**ahead, **{f"{key}_reverse": values[::-1] for key, values in back.items()}}
    made["output"] = [torch.cat(pair, 1) for pair in zip(made["output"], made.pop("output_reverse"), strict=True)]
    for value in made["output"]:
        value.retain_grad()
    return made


def one_way(
    scenario: Scenario, sequence: list[Any], own: Mapping[str, Any], half: slice = slice(None)
) -> dict[str, list[Any]]:
    """The same of one direction, round which goes that part of what enters."""
    kind, cut = scenario.network.kind, scenario.time.truncate
    hidden = cell = torch.zeros(len(sequence[0]), own["weight_hh"].shape[1], dtype=torch.float64)
    made: dict[str, list[Any]] = {key: [] for key in ("hidden", "output", "input_product", "recurrent_product")}
    if kind == "lstm":
        made["cell"] = []
    if kind != "rnn":
        made["gates"] = []

    def squash(u: Any) -> Any:
        return oracle._activate(scenario, u, {})

    for t, x in enumerate(sequence):
        if cut and t and t % cut == 0:
            hidden, cell = hidden.detach(), cell.detach()
        z_ih, z_hh = F.linear(x, own["weight_ih"], own["bias_ih"]), F.linear(hidden, own["weight_hh"], own["bias_hh"])
        kept = [("input_product", z_ih), ("recurrent_product", z_hh)]
        i, h = normalise(scenario, z_ih, own, "ih"), normalise(scenario, z_hh, own, "hh")
        if kind == "rnn":
            slopes = {"activation_slopes": own["activation_slopes"][t]} if "activation_slopes" in own else {}
            hidden = oracle._activate(scenario, i + h, slopes)
        elif kind == "lstm":
            gi, gf, gg, go = (i + h).chunk(4, 1)
            gates = torch.sigmoid(gi), torch.sigmoid(gf), squash(gg), torch.sigmoid(go)
            cell = gates[1] * cell + gates[0] * gates[2]
            hidden = gates[3] * squash(cell)
            kept += [("cell", cell), ("gates", torch.cat(gates, 1))]
        else:
            (ir, iz, i_n), (hr, hz, hn) = i.chunk(3, 1), h.chunk(3, 1)
            r, z = torch.sigmoid(ir + hr), torch.sigmoid(iz + hz)
            n = squash(i_n + r * hn)
            hidden = (1 - z) * n + z * hidden
            kept += [("gates", torch.cat([r, z, n], 1))]
        output = oracle._normalise(scenario, hidden, own) if scenario.network.norm_at == "output" else hidden
        output = x[:, half] + own["scale"] * output if "scale" in own else output
        for key, value in [*kept, ("hidden", hidden), ("output", output)]:
            if value.requires_grad:
                value.retain_grad()
            made[key].append(value)
    return made


def normalise(scenario: Scenario, z: Any, own: Mapping[str, Any], side: str) -> Any:
    if scenario.network.norm_at == "output":
        return z
    names = {"norm.weight": own.get(f"norm_{side}.weight"), "norm.bias": own.get(f"norm_{side}.bias")}
    return oracle._normalise(scenario, z, {key: value for key, value in names.items() if value is not None})


def loss_of(scenario: Scenario, sequence: list[Any], given: Mapping[str, Any]) -> Any:
    seen = sequence if scenario.loss.at == "every" else sequence[-1:]
    if scenario.loss.at == "ends":
        halves = sequence[-1].chunk(2, 1)[0], sequence[0].chunk(2, 1)[1]
        seen = [torch.cat(halves, 1)]
    first = len(sequence) - len(seen)
    losses = [step_loss(scenario, h, given, first + t) for t, h in enumerate(seen)]
    total = torch.stack(losses).sum()
    return total if scenario.loss.name.name == "probe" else total / len(losses)


def step_loss(scenario: Scenario, hidden: Any, given: Mapping[str, Any], step: int) -> Any:
    if scenario.loss.name.name == "probe":
        return (given["probe"].detach() * hidden).sum() / len(hidden)
    target = given["target"].detach()
    if target.ndim == (3 if target.dtype == torch.float64 else 2):
        target = target[:, step]
    return oracle._loss(scenario, hidden, {**given, "target": target})
