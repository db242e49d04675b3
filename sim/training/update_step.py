"""From gradients to parameters: unscale, clip, and the optimizer's step, each result rounded as it is stored."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from ..network.layer import grad_name
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, NONFINITE, RMS, dot, moments
from ..numerics.number_format import Round
from ..results.nonfinite import Nonfinite
from ..scenario.scenario import Scenario
from .parameter_vector import ParameterVector

BLOCK = 2**16  # numbers of one turn of the optimizer: its intermediate results stay in the processor's cache


class ClipReport(NamedTuple):
    """What clipping did: norm after it, cosine with the gradient before it, and the share that is not finite.

    `bad_norm` says that the norm was not that it worked out.
    """

    fired: bool
    norm: float
    cosine: float
    bad: float
    bad_norm: bool = False
    first: Nonfinite | None = None


class Optimizer:
    """Works on the vectors of `flat`, or on wider master parameters of its own; `memory` has vectors by slot."""

    def __init__(self, scenario: Scenario, flat: ParameterVector, round_: Round, master: bool):
        training = scenario.training
        self.flat, self.training = flat, training
        self.parameters = flat.parameters.copy() if master else flat.parameters
        self.rounding = round_ if master else None  # of what the layers get to see of the master parameters
        self.work: Round = (lambda array: array) if master else round_
        self.rule: Any = training.optimizer.load()
        self.given: dict[str, Any] = dict(training.optimizer.parameters)
        self.memory = {name: np.zeros_like(self.parameters) for name in self.rule.slots(**self.given)}
        self.change = np.zeros_like(self.parameters)  # of the last step
        self.bad_memory = False  # whether any number of it is not finite
        self.count = 0
        self.narrow = scenario.precision.format
        self.format = "float32" if master else self.narrow

    def rate(self, iteration: int) -> float:
        """The learning rate of an update (from 0): the warm-up's line, then the schedule over the rest."""
        training, full = self.training, float(self.given["learning_rate"])
        if iteration < training.warmup:
            return full * (iteration + 1) / training.warmup
        after = iteration - training.warmup
        rest = max(training.iterations - training.warmup, 1)
        return float(training.schedule.load().rate(full, after, rest, **training.schedule.parameters))

    def unscale(self, rule: Any, scale: float) -> Nonfinite | None:
        """Divide the gradients by the loss scale, as its rule does; the first number that this broke."""
        if scale == 1:
            return None
        grads, scaled = self.flat.gradients, self.flat.gradients.copy()
        rule.unscale(grads, scale)
        self.work(grads)
        if (position := _first_broken(scaled, grads)) is None:
            return None
        terms = (("gradient", float(scaled[position])), ("loss scale", scale))
        exact = float(scaled[position] / np.float64(scale))
        return self._nonfinite("update", "unscaling", position, grads, terms, exact)

    def clip(self) -> ClipReport:
        """Clip all gradients in place."""
        choice, grads = self.training.clip, self.flat.gradients
        norm, bad = measure(grads)
        if not choice.entry.metadata["ACTIVE"] or not grads.size:
            return ClipReport(False, norm, 1.0 if norm > 0 else np.nan, bad)
        before = grads.copy()
        fired, computed_norm = choice.load().clip(self.flat.pairs, self.work, **choice.parameters)
        after, broken = measure(grads)
        first, lost, operation = None, not np.isfinite(computed_norm), f"clipping by {choice.name}"
        if lost and not bad:
            first = Nonfinite("clip", 1, 1, operation, "gradient.norm", (), float(computed_norm),
                              (("gradient's norm", norm),), norm, self.format)  # fmt: skip
        elif (position := _first_broken(before, grads)) is not None:
            terms = (("gradient", float(before[position])), ("gradient's norm", float(computed_norm)))
            first = self._nonfinite("clip", operation, position, grads, terms, np.nan)
        return ClipReport(fired, after, cosine(before, grads, (norm, after)), broken, bool(lost), first)

    def step(self, rate: float) -> tuple[Nonfinite | None, float]:
        """Change the parameters.

        Returns where the first number stopped being finite that was made of finite ones, and the share of the
        parameters' updates that rounding made nothing.
        """
        self.count += 1
        first, lost, self.bad_memory = None, 0, False
        for start in range(0, self.parameters.size, BLOCK):
            found, rounded = self._step_block(slice(start, start + BLOCK), rate)
            first, lost = first or found, lost + rounded
        cast = self.show()
        return first or cast, lost / max(lost + int(np.count_nonzero(self.change)), 1)

    def quick_clip(self) -> None:
        """Clip all gradients in place, and tell nothing of it."""
        choice = self.training.clip
        if choice.entry.metadata["ACTIVE"] and self.flat.gradients.size:
            choice.load().clip(self.flat.pairs, self.work, **choice.parameters)

    def quick_step(self, rate: float) -> None:
        """Change the parameters, and tell nothing of it."""
        self.count += 1
        for start in range(0, self.parameters.size, BLOCK):
            part = slice(start, start + BLOCK)
            memory = {name: vector[part] for name, vector in self.memory.items()}
            self._apply(self.parameters[part], self.flat.gradients[part], memory, rate, self.work)
        if self.rounding is not None:
            np.copyto(self.flat.parameters, self.parameters)
            self.rounding(self.flat.parameters)

    def recall(self, parameters: Array, memory: Sequence[Array]) -> None:
        """Take up parameters and memory of an earlier time."""
        for vector, value in zip((self.parameters, *self.memory.values()), (parameters, *memory), strict=True):
            vector[:] = value
        self.bad_memory = not all(np.isfinite(vector).all() for vector in self.memory.values())
        self.show()

    def show(self) -> Nonfinite | None:
        """Round master parameters to what the layers work with; the first number that is too large for that."""
        if self.rounding is None:
            return None
        np.copyto(self.flat.parameters, self.parameters)
        self.rounding(self.flat.parameters)
        if (position := _first_broken(self.parameters, self.flat.parameters)) is None:
            return None
        exact = float(self.parameters[position])
        found = self._nonfinite("update", "cast of the master weights", position, self.flat.parameters,
                                (("master weight", exact),), exact)  # fmt: skip
        return replace(found, format=self.narrow)

    def _step_block(self, part: slice, rate: float) -> tuple[Nonfinite | None, int]:
        own, grad = self.parameters[part], self.flat.gradients[part]
        memory = {name: vector[part] for name, vector in self.memory.items()}
        before, remembered = own.copy(), {name: slot.copy() for name, slot in memory.items()}
        self._apply(own, grad, memory, rate, self.work)
        np.subtract(own, before, out=self.change[part])
        lost = self._count_lost(part, rate, before, remembered)
        for name, array in (*memory.items(), ("", own)):
            if np.isfinite(array).all():
                continue
            self.bad_memory = self.bad_memory or bool(name)
            was = remembered.get(name, before)
            fresh = ~np.isfinite(array) & np.isfinite(was) & np.isfinite(grad) & np.isfinite(before)
            if fresh.any():
                return self._locate(part.start, int(fresh.argmax()), name, rate, before, remembered), lost
        return None, lost

    def _count_lost(self, part: slice, rate: float, before: Array, remembered: dict[str, Array]) -> int:
        """How many parameters stayed as they were that the same update in float64 would have moved."""
        if before.dtype == np.float64:
            return 0
        at, grad = np.flatnonzero(self.change[part] == 0), self.flat.gradients[part]
        pushed = grad[at] != 0
        for slot in remembered.values():
            pushed |= slot[at] != 0
        if self.training.weight_decay:
            pushed |= before[at] != 0
        if not pushed.any():
            return 0
        at = at[pushed]
        own, memory = before[at].astype(np.float64), {k: v[at].astype(np.float64) for k, v in remembered.items()}
        start = own.copy()
        self._apply(own, grad[at].astype(np.float64), memory, rate, lambda array: array)
        return int(np.count_nonzero(own != start))

    def _apply(self, own: Array, grad: Array, memory: Any, rate: float, round_: Round) -> None:
        given = self.given | {"learning_rate": rate}
        self.rule.update(own, grad, memory, self.count, round_, self.training.weight_decay, **given)

    def _locate(self, start: int, place: int, slot: str, rate: float, before: Array, remembered: Any) -> Nonfinite:
        """The broken number's parameter and index, its operands, and what float64 makes of the same."""
        at = slice(place, place + 1)
        own, memory = before[at].astype(np.float64), {k: v[at].astype(np.float64) for k, v in remembered.items()}
        grad = self.flat.gradients[start + place : start + place + 1].astype(np.float64)
        terms = [("parameter", float(own[0])), ("gradient", float(grad[0])), ("learning rate", rate)]
        terms += [(name, float(value[0])) for name, value in memory.items()]
        if "eps" in self.given and not self.work(np.array([self.given["eps"]], self.parameters.dtype)).any():
            terms.append(("eps", 0.0))
        self._apply(own, grad, memory, rate, lambda array: array)
        exact = float((memory[slot] if slot else own)[0])
        made = self.memory[slot] if slot else self.parameters
        operation = f"{self.training.optimizer.name} update"
        found = self._nonfinite("update", operation, start + place, made, tuple(terms), exact)
        return replace(found, array=f"{found.array}.{slot}") if slot else found

    def _nonfinite(self, phase: str, operation: str, position: int, vector: Array,
                   terms: tuple[tuple[str, float], ...], exact: float) -> Nonfinite:  # fmt: skip
        """The number at a position of the gradients, or of a vector of parameters, that an operation made of terms."""
        pair, index = self.flat.at(position)
        name = grad_name(pair.name) if vector is self.flat.gradients else pair.name
        return Nonfinite(phase, pair.layer + 1, 1, operation, name, index, float(vector[position]), terms, exact,
                         self.format)  # fmt: skip


def _first_broken(before: Array, after: Array) -> int | None:
    """The first position at which a vector was finite before something was done to it, and is not after."""
    broken = np.isfinite(before) & ~np.isfinite(after)
    return int(broken.argmax()) if broken.any() else None


def norms(vector: Array, parts: Sequence[slice]) -> Floats:
    """The norms of parts of a vector that lie one after the other; those of equal size are measured at once."""
    found: list[Floats] = []
    for size, several in groupby(parts, key=lambda part: part.stop - part.start):
        run = list(several)
        rows, out = vector[run[0].start : run[-1].stop].reshape(len(run), size), np.zeros((len(run), COLUMNS))
        if size:
            moments(rows, out)
        found.append(out[:, RMS] * np.sqrt(size))
    return np.concatenate(found)


def measure(array: Array) -> tuple[float, float]:
    """The Euclidean norm of a vector in float64, and the share of its numbers that are not finite."""
    if not array.size:
        return 0.0, 0.0
    out = np.empty((1, COLUMNS))
    moments(array.reshape(1, -1), out)
    return float(out[0, RMS] * np.sqrt(array.size)), float(out[0, NONFINITE] / array.size)


def cosine(one: Array, other: Array, norms: tuple[float, float]) -> float:
    """Between two vectors of known norms; nan if one is 0 or not finite."""
    out = np.empty((1, 1))
    with np.errstate(all="ignore"):
        scales = 1 / np.array(norms)  # so that no product overflows
    dot(one, other, float(scales[0]), float(scales[1]), out)
    return float(out[0, 0])
