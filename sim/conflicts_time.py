"""Combinations of time: what only recurrent kinds understand, and what the data decide."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import menu
from .problems import Problem

if TYPE_CHECKING:
    from .scenario import Scenario

Conflict = tuple[tuple[str, ...], Problem]


def _steps(scenario: "Scenario") -> Iterator[Conflict]:
    """A sequence needs a kind that reads one, and the length that the data have or can have."""
    steps, task, has = scenario.time.steps, scenario.task.name, scenario.task.entry.facts.get("STEPS", 1)
    kind = scenario.network.kind
    if scenario.data.file is not None:
        if not scenario.recurrent and steps not in (None, 1):
            yield ("time.steps", "network.kind"), Problem("time.steps", _one_step(kind, steps))
        return
    if isinstance(has, int) and steps not in (None, has):
        message = f"{steps} is not what the data have: {task} has {has} step{'s' * (has > 1)}; remove the key"
        yield ("time.steps", "data.task"), Problem("time.steps", message)
    elif isinstance(has, tuple) and steps is not None and not has[1] <= steps <= has[2]:
        message = f"{steps} is not a length of {task}; give a whole number from {has[1]} to {has[2]}"
        yield ("time.steps", "data.task"), Problem("time.steps", message)
    elif not scenario.recurrent and scenario.steps > 1:
        if steps is None:
            message = f"{task} is a sequence of {scenario.steps} steps, and an {kind} reads none; give kind {_kinds()}"
            yield ("data.task", "network.kind"), Problem("data.task", message)
        else:
            yield ("time.steps", "network.kind"), Problem("time.steps", _one_step(kind, steps))


def _one_step(kind: str, steps: int | None) -> str:
    return f"{steps} steps need a recurrent network, and an {kind} has one step; remove the key or give kind {_kinds()}"


def _kinds() -> str:
    found = [name for name in menu.names("layers") if menu.entry("layers", name).facts.get("RECURRENT")]
    return " or ".join((", ".join(found[:-1]), found[-1]))


def _keys(scenario: "Scenario") -> Iterator[Conflict]:
    """Keys that only recurrent kinds, or only some of them, understand."""
    network, facts = scenario.network, menu.entry("layers", scenario.network.kind).facts
    if network.recurrent_init is not None and not scenario.recurrent:
        message = f"an {network.kind} has no recurrent weights; remove the key or give kind {_kinds()}"
        yield ("network.recurrent_init", "network.kind"), Problem("network.recurrent_init", message)
    if network.forget_bias is not None and "FORGET_BLOCK" not in facts:
        message = f"only an lstm has a forget gate, and the kind is {network.kind}; remove the key or give kind lstm"
        yield ("network.forget_bias", "network.kind"), Problem("network.forget_bias", message)
    if network.norm_at != "cell" and not scenario.recurrent:
        message = f"an {network.kind} has its norm before the activation; remove the key or give kind {_kinds()}"
        yield ("network.norm_at", "network.kind"), Problem("network.norm_at", message)
    for key, value in (("time.truncate", scenario.time.truncate), ("loss.at", scenario.loss.at == "every")):
        if value and not scenario.recurrent:
            message = f"an {network.kind} has one step only; remove the key or give kind {_kinds()}"
            yield (key, "network.kind"), Problem(key, message)
    if "FIXED" in facts and network.activation.name != "tanh":
        message = (f'"{network.activation.name}" has no place in kind {network.kind}, which has {facts["FIXED"]}; '
                   "remove the key or give kind rnn")  # fmt: skip
        yield ("network.activation", "network.kind"), Problem("network.activation", message)
    if scenario.recurrent and not scenario.output_norm and network.norm.entry.facts.get("MINIMUM_BATCH", 1) > 1:
        message = (f"{network.norm.name} norm compares samples, and each step of a sequence has other statistics; "
                   'give layer, rms or group with recurrent kinds, or norm_at = "output"')  # fmt: skip
        yield ("network.norm", "network.kind"), Problem("network.norm", message)


TIME_CHECKS: tuple[Callable[["Scenario"], Iterator[Conflict]], ...] = (_steps, _keys)
