"""The loss of the best constant output: one that does not depend on the input, with which a loss is compared."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .batches import load_samples
from .samples import Samples

FRESH = 4096  # fresh samples for the loss of a constant output, which then is right to 2%
MOST = 2**20  # numbers of input to make for it


def constant_loss(scenario: Scenario, samples: Samples) -> float:
    """The loss of the best output that does not look at its input; nan for the probe, which has no target."""
    if scenario.loss.is_probe:
        return float("nan")
    return best_constant_loss(scenario.loss.name, targets_of(scenario, samples), scenario.loss.at_every_step)


def targets_of(scenario: Scenario, samples: Samples) -> NDArray[Any]:
    """The targets of all samples; of a task that generates them, of enough batches to be typical."""
    if scenario.data.file is not None or not scenario.task.entry.metadata.get("FRESH"):
        return samples.target
    batches = min(FRESH // len(samples.input), MOST // samples.input.size)
    return np.concatenate([samples.target, *(load_samples(scenario, i).target for i in range(1, batches))])


def best_constant_loss(loss: Choice, target: NDArray[Any], every: bool) -> float:
    """The loss of the best constant output for targets as in Samples, at the last step or `every`."""
    return float(loss.load().constant_loss(_targets_seen(target, every), *loss.parameters.values()))


def constant_loss_on(loss: Choice, target: NDArray[Any], every: bool) -> Callable[[NDArray[Any]], float]:
    """A function from a batch's targets to their loss with the constant output that is best for `target`."""
    item, arguments = loss.load(), tuple(loss.parameters.values())
    with np.errstate(all="ignore"):
        best = item.constant_output(_rows(target, every), *arguments)

    def on_batch(batch: NDArray[Any]) -> float:
        rows = _rows(batch, every)
        value, _ = item.value_and_gradient(np.broadcast_to(best, (len(rows), len(best))), rows, *arguments)
        return float(value)

    return on_batch


def _targets_seen(target: NDArray[Any], every: bool) -> NDArray[Any]:
    """The targets that the loss sees: of every step, or of the last where there are steps."""
    by_step = target.ndim == (3 if target.dtype.kind == "f" else 2)
    return target[:, -1:] if by_step and not every else target


def _rows(target: NDArray[Any], every: bool) -> NDArray[Any]:
    """The same as (rows, outputs), or as classes (rows,)."""
    seen = _targets_seen(target, every)
    return seen.reshape(-1, seen.shape[-1]).astype(np.float64) if seen.dtype.kind == "f" else seen.reshape(-1)
