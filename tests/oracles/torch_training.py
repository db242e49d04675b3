"""The same training in PyTorch: its optimizers, schedules and clipping on gradients from the autograd oracles."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from gradsim.sim.data.batches import batch_of, load_samples
from gradsim.sim.interop.arrays import dump
from gradsim.sim.scenario.scenario import Scenario
from oracles import torch_layers as oracle
from oracles import torch_time as oracle_time

RENAMED = {"learning_rate": "lr"}
OPTIMIZERS = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam,
              "adamw": torch.optim.AdamW}  # fmt: skip


def train(scenario: Scenario, updates: int) -> Iterator[tuple[float, float, dict[str, Any]]]:
    """Loss, gradient norm before clipping, and the parameters after each update, by their names in a dump."""
    _, arrays = dump(scenario)
    fixed = {key: value for key, value in arrays.items() if key.endswith(".scale") and not _learns(scenario)}
    learned = {
        key: torch.tensor(value, requires_grad=True)
        for key, value in arrays.items()
        if f"{_grad(key)}" in arrays and key.split(".")[-1] != "activation" and key not in fixed
        and ("weight" in key or "bias" in key or key.endswith(".scale"))
    }  # fmt: skip
    rule = scenario.training.optimizer
    given = {RENAMED.get(key, key): value for key, value in rule.parameters.items()}
    optimizer = OPTIMIZERS[rule.name](learned.values(), weight_decay=scenario.training.weight_decay, **given)
    scheduler = _schedule(scenario, optimizer)
    samples, autograd = load_samples(scenario), oracle_time.autograd if scenario.has_state else oracle.autograd
    for iteration in range(updates):
        batch = batch_of(scenario, samples, iteration)
        now = {key: value.detach().numpy().copy() for key, value in learned.items()}
        data = {"input": batch.input, "target": batch.target} | {k: arrays[k] for k in ("probe",) if k in arrays}
        gradients = autograd(scenario, now | fixed | data)
        for key, value in learned.items():
            value.grad = torch.as_tensor(np.asarray(gradients[_grad(key)])).clone()
        norm = float(torch.sqrt(sum((v.grad**2).sum() for v in learned.values())))
        _clip(scenario, learned)
        optimizer.step()
        scheduler.step()
        yield float(gradients["loss"]), norm, {key: value.detach().numpy().copy() for key, value in learned.items()}


def _learns(scenario: Scenario) -> bool:
    return bool(scenario.network.skip.load().LEARNABLE)


def _grad(key: str) -> str:
    head, dot, tail = key.rpartition(".")
    return f"{head}{dot}grad_{tail}"


def _schedule(scenario: Scenario, optimizer: Any) -> Any:
    from torch.optim import lr_scheduler as schedules

    training = scenario.training
    warmup, choice = training.warmup, training.schedule
    rest = max(training.iterations - warmup, 1)
    after = {
        "constant": lambda: schedules.ConstantLR(optimizer, factor=1.0, total_iters=0),
        "cosine": lambda: schedules.CosineAnnealingLR(optimizer, T_max=rest, **choice.parameters),
        "step": lambda: schedules.StepLR(optimizer, **choice.parameters),
    }[choice.name]()
    if not warmup:
        return after
    rise = schedules.LinearLR(optimizer, start_factor=1 / warmup, total_iters=max(warmup - 1, 1))
    return schedules.SequentialLR(optimizer, [rise, after], milestones=[warmup])


def _clip(scenario: Scenario, learned: dict[str, Any]) -> None:
    clip, parameters = scenario.training.clip, list(learned.values())
    if clip.name == "norm":
        torch.nn.utils.clip_grad_norm_(parameters, clip.parameters["threshold"])
    if clip.name == "value":
        torch.nn.utils.clip_grad_value_(parameters, clip.parameters["threshold"])
    if clip.name == "agc":  # Brock et al. 2021, equation 3, unit by unit
        for key, value in learned.items():
            if key.startswith("readout."):
                continue
            units = value.grad if value.dim() > 1 else value.grad[None]
            weights = value.detach() if value.dim() > 1 else value.detach()[None]
            for unit, weight in zip(units, weights, strict=True):
                allowed = clip.parameters["threshold"] * max(float(weight.norm()), clip.parameters["eps"])
                if float(unit.norm()) > allowed:
                    unit *= allowed / float(unit.norm())
