"""From gradients to parameters: unscale, clip, and the optimizer's step, each result rounded as it is stored."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Format, Round, unrounded
from ..scenario.scenario import Scenario
from .parameter_vector import ClipOutcome, ParameterVector

BLOCK = 2**16  # numbers of one turn of the optimizer: its intermediate results stay in the processor's cache


class Optimizer:
    """Works on the vectors of `flat`, or on wider master parameters of its own; `memory` has vectors by slot."""

    def __init__(self, scenario: Scenario, flat: ParameterVector, form: Format, master: bool):
        training = scenario.training
        self.flat, self.training = flat, training
        self.parameters = flat.parameters.copy() if master else flat.parameters
        self.rounding = form.round_ if master else None  # of what the layers get to see of the master parameters
        self.work: Round = unrounded if master or form.native else form.round_
        self.rule: Any = training.optimizer.load()
        self.hyperparameters: dict[str, Any] = dict(training.optimizer.parameters)
        self.memory = {name: np.zeros_like(self.parameters) for name in self.rule.slots(**self.hyperparameters)}
        self.count = 0

    def rate(self, iteration: int) -> float:
        """The learning rate of an update (from 0): the warm-up's line, then the schedule over the rest."""
        training, full = self.training, float(self.hyperparameters["learning_rate"])
        if iteration < training.warmup:
            return full * (iteration + 1) / training.warmup
        after = iteration - training.warmup
        rest = max(training.iterations - training.warmup, 1)
        return float(training.schedule.load().rate(full, after, rest, **training.schedule.parameters))

    def unscale(self, rule: Any, scale: float) -> None:
        """Divide the gradients by the loss scale, as its rule does."""
        if scale != 1:
            rule.unscale(self.flat.gradients, scale)
            self.work(self.flat.gradients)

    def clip(self) -> ClipOutcome:
        """Clip all gradients in place."""
        choice = self.training.clip
        if not choice.entry.metadata["ACTIVE"] or not self.flat.gradients.size:
            return ClipOutcome(False)
        outcome: ClipOutcome = choice.load().clip(self.flat.pairs, self.work, **choice.parameters)
        return outcome

    def step(self, rate: float) -> None:
        """Change the parameters, and let the layers see them."""
        self.count += 1
        for part in blocks(slice(0, self.parameters.size)):
            self.step_part(part, rate)
        self.show()

    def step_part(self, part: slice, rate: float) -> None:
        """Change a part of the parameters."""
        self.apply(self.parameters[part], self.flat.gradients[part], self.slots(part), rate, self.work)

    def slots(self, part: slice) -> dict[str, Array]:
        """What the optimizer remembers of a part, by slot."""
        return {name: vector[part] for name, vector in self.memory.items()}

    def apply(self, params: Array, grad: Array, memory: dict[str, Array], rate: float, round_: Round) -> None:
        """The optimizer's rule on some parameters and what is remembered of them, in place."""
        hyperparameters = self.hyperparameters | {"learning_rate": rate}
        self.rule.update(params, grad, memory, self.count, round_, self.training.weight_decay, **hyperparameters)

    def show(self) -> None:
        """Round master parameters to what the layers work with."""
        if self.rounding is not None:
            np.copyto(self.flat.parameters, self.parameters)
            self.rounding(self.flat.parameters)

    def recall(self, parameters: Array, memory: Sequence[Array]) -> None:
        """Take up parameters and memory of an earlier time."""
        for vector, value in zip((self.parameters, *self.memory.values()), (parameters, *memory), strict=True):
            vector[:] = value
        self.show()


def blocks(part: slice) -> Iterator[slice]:
    """What a step changes one after the other, of a part of the parameters: about BLOCK numbers each."""
    size = part.stop - part.start
    step = -(-size // max(round(size / BLOCK), 1))
    return (slice(start, min(start + step, part.stop)) for start in range(part.start, part.stop, step or 1))
