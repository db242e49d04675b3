"""The events of a training run that broke, from the first inf or NaN on, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..numerics.arrays import Floats
from ..results.nonfinite import Nonfinite
from ..scenario.quantities import BAD
from ..scenario.scenario import Scenario
from ..text import format_number, percent
from .history import History

SIZES = ("loss", "gradient_norm", "clipped_norm")


class FailureEvent(NamedTuple):
    """A sentence on what happened in an update (from 0)."""

    iteration: int
    text: str


def failure_events(scenario: Scenario, history: History, first: Nonfinite | None) -> tuple[FailureEvent, ...]:
    """From the first non-finite number to its consequences, by update, and whether the run recovered; () if none."""
    if first is None or first.iteration is None:
        return ()
    numbers, start = history.numbers, first.iteration
    events = [FailureEvent(start, replace(first, iteration=None).text)]
    events += _loss(numbers["loss"], start)
    events += _gradient(numbers["bad_gradients"], start)
    events += _clipping(scenario, numbers, first)
    events += _skipped(scenario, numbers, start)
    events += _weights(numbers["bad_parameters"], start)
    events.sort(key=lambda event: event.iteration)  # what happened in one update stays in the order of its phases
    return (*events, *_since(scenario, numbers, start))


def silent_zeros(history: History) -> int:
    """The number of updates whose gradient clipping set to 0, as its norm overflowed though none of its numbers did."""
    return int(_silent(history.numbers).sum())


def _silent(numbers: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Updates (updates,) whose gradient clipping set to 0, as its norm overflowed though none of its numbers did."""
    silent: NDArray[np.bool_] = (numbers["clipped"] > 0) & (numbers["clipped_norm"] == 0)
    return silent & (numbers["gradient_norm"] > 0) & (numbers["bad_norm"] > 0)


def _loss(loss: Floats, start: int) -> Iterator[FailureEvent]:
    for i in _updates(~np.isfinite(loss), start)[:1]:
        yield FailureEvent(i, f"the loss became {'NaN' if np.isnan(loss[i]) else 'inf'}")


def _gradient(bad: Floats, start: int) -> Iterator[FailureEvent]:
    for i in _updates(bad > 0, start)[:1]:
        share = "every number" if bad[i] == 1 else f"{percent(bad[i])} of the numbers"
        yield FailureEvent(i, f"{share} of the parameters' gradient {'was' if bad[i] == 1 else 'were'} inf or NaN")


def _clipping(scenario: Scenario, numbers: Mapping[str, Floats], first: Nonfinite) -> Iterator[FailureEvent]:
    name, start = scenario.training.clip.name, first.iteration or 0
    for i in _updates(numbers["bad_clipped"] > numbers["bad_gradients"], start)[:1]:
        sentence = (
            "the whole gradient" if numbers["bad_clipped"][i] == 1 else percent(numbers["bad_clipped"][i]) + " of it"
        )
        norm = "of 0" if numbers["gradient_norm"][i] == 0 else "that is not finite"
        yield FailureEvent(i, f"clipping by {name} made {sentence} NaN: it divides by a norm {norm}")
    one = (numbers["bad_gradients"] > 0) & (numbers["bad_clipped"] < 1) & (numbers["clipped"] > 0)
    if scenario.clips_gradient_norm:
        for i in _updates(one & (numbers["bad_clipped"] >= numbers["bad_gradients"]), start)[:1]:
            yield FailureEvent(
                i, "clipping by norm divided by a norm of inf: what was inf became NaN, and all else became 0"
            )
    silent = _updates(_silent(numbers), start)
    if silent:
        norm = format_number(float(numbers["gradient_norm"][silent[0]]))
        why = "" if first.phase == "clip" else f": the squares of a norm of {norm} overflow"
        times = "" if len(silent) == 1 else f" (in {len(silent)} updates)"
        yield FailureEvent(silent[0], f"clipping by {name} set the whole gradient to 0{times}{why}")


def _skipped(scenario: Scenario, numbers: Mapping[str, Floats], start: int) -> Iterator[FailureEvent]:
    updates = _updates(numbers["skipped"] > 0, start)
    if len(updates):
        times = "this update was skipped" if len(updates) == 1 else f"{len(updates)} updates were skipped"
        scale = f", the loss scale went down to {format_number(float(numbers['loss_scale'][-1]))}"
        scale = scale if scenario.adjusts_loss_scale else ""
        yield FailureEvent(updates[0], f"{times}{scale}: the weights stayed as they were")


def _weights(bad: Floats, start: int) -> Iterator[FailureEvent]:
    for i in _updates(bad > 0, start)[:1]:
        yield FailureEvent(i, f"{percent(bad[i]) + ' of the' if bad[i] < 1 else 'all'} parameters are NaN or inf")
    for i in _updates(bad == 1, start)[:1]:
        if bad[start:][_updates(bad > 0, start)[0] - start] < 1:
            yield FailureEvent(i, "all parameters are NaN or inf")


def _since(scenario: Scenario, numbers: Mapping[str, Floats], start: int) -> Iterator[FailureEvent]:
    """The final state: parameters or optimizer state that stay non-finite, or the update since which all is finite."""
    last = len(numbers["loss"]) - 1
    broken = np.any([numbers[name] > 0 for name in BAD] + [~np.isfinite(numbers[name]) for name in SIZES], axis=0)
    broken[start] = True
    if numbers["bad_parameters"][last] > 0:
        if scenario.precision.master_weights:  # it may be finite still, and come back
            return
        yield FailureEvent(last, "NaN parameters never recover: all that follows is NaN")
    elif numbers["bad_memory"][last] > 0:
        yield FailureEvent(last, "what the optimizer remembers of some parameters is not finite any more")
    elif not broken[last]:
        yield FailureEvent(int(np.flatnonzero(broken)[-1]) + 1, "from here on all is finite again")


def _updates(where: NDArray[np.bool_], start: int) -> list[int]:
    """The updates from `start` on where the condition (updates,) holds."""
    return [int(i) for i in np.flatnonzero(where) if i >= start]
