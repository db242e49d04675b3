"""The same update of the parameters, with what is to be told of it: where a number broke, and what rounding lost."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from ..network.layer import grad_name
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, NONFINITE, RMS, dot, moments
from ..results.nonfinite import Nonfinite
from .update_step import Optimizer

FEW = 8  # one in so many


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


class StepReport(NamedTuple):
    """Where a first number stopped being finite that was made of finite ones, and the share of lost updates.

    Lost are those that rounding made nothing.
    """

    first: Nonfinite | None = None
    lost: float = 0.0


class ObservedOptimizer:
    """An optimizer whose every act is looked at; `change` is what its last step added to the parameters."""

    def __init__(self, optimizer: Optimizer, narrow: str):
        self.optimizer = optimizer
        self.change = np.zeros_like(optimizer.parameters)
        self.narrow = narrow
        self.format = narrow if optimizer.rounding is None else "float32"

    @property
    def bad_memory(self) -> bool:
        """Whether any number that the optimizer remembers is not finite."""
        return not all(np.isfinite(vector).all() for vector in self.optimizer.memory.values())

    def unscale(self, rule: Any, scale: float) -> Nonfinite | None:
        """Divide the gradients by the loss scale; the first number that this broke."""
        if scale == 1:
            return None
        grads = self.optimizer.flat.gradients
        scaled = grads.copy()
        self.optimizer.unscale(rule, scale)
        if (position := _first_broken(scaled, grads)) is None:
            return None
        terms = (("gradient", float(scaled[position])), ("loss scale", scale))
        exact = float(scaled[position] / np.float64(scale))
        return self._nonfinite("update", "unscaling", position, grads, terms, exact)

    def clip(self) -> ClipReport:
        """Clip all gradients in place."""
        choice, grads = self.optimizer.training.clip, self.optimizer.flat.gradients
        norm, bad = measure(grads)
        if not choice.entry.metadata["ACTIVE"] or not grads.size:
            return ClipReport(False, norm, 1.0 if norm > 0 else np.nan, bad)
        before = grads.copy()
        fired, computed_norm = self.optimizer.clip()
        after, broken = measure(grads)
        first, lost, operation = None, not np.isfinite(computed_norm), f"clipping by {choice.name}"
        if lost and not bad:
            first = Nonfinite("clip", 1, 1, operation, "gradient.norm", (), float(computed_norm),
                              (("gradient's norm", norm),), norm, self.format)  # fmt: skip
        elif (position := _first_broken(before, grads)) is not None:
            terms = (("gradient", float(before[position])), ("gradient's norm", float(computed_norm)))
            first = self._nonfinite("clip", operation, position, grads, terms, np.nan)
        return ClipReport(fired, after, cosine(before, grads, (norm, after)), broken, bool(lost), first)

    def skip(self) -> StepReport:
        """No step: nothing has changed."""
        self.change[:] = 0
        return StepReport()

    def step(self, rate: float) -> StepReport:
        """Change the parameters."""
        optimizer, first, lost = self.optimizer, None, 0
        optimizer.count += 1
        for part in optimizer.parts():
            own = optimizer.parameters[part]
            before, remembered = own.copy(), {name: slot.copy() for name, slot in optimizer.slots(part).items()}
            optimizer.step_part(part, rate)
            np.subtract(own, before, out=self.change[part])
            lost += self._count_lost(part, rate, before, remembered)
            first = first or self._first_broken(part, rate, before, remembered)
        optimizer.show()
        moved = int(np.count_nonzero(self.change))
        return StepReport(first or self._cast(), lost / max(lost + moved, 1))

    def _first_broken(self, part: slice, rate: float, before: Array, remembered: dict[str, Array]) -> Nonfinite | None:
        optimizer = self.optimizer
        grad = optimizer.flat.gradients[part]
        for name, array in (*optimizer.slots(part).items(), ("", optimizer.parameters[part])):
            if np.isfinite(array).all():
                continue
            was = remembered.get(name, before)
            fresh = ~np.isfinite(array) & np.isfinite(was) & np.isfinite(grad) & np.isfinite(before)
            if fresh.any():
                return self._locate(part.start, int(fresh.argmax()), name, rate, before, remembered)
        return None

    def _cast(self) -> Nonfinite | None:
        """The first master parameter that is too large for what the layers work with."""
        optimizer = self.optimizer
        if optimizer.rounding is None:
            return None
        if (position := _first_broken(optimizer.parameters, optimizer.flat.parameters)) is None:
            return None
        exact = float(optimizer.parameters[position])
        found = self._nonfinite("update", "cast of the master weights", position, optimizer.flat.parameters,
                                (("master weight", exact),), exact)  # fmt: skip
        return replace(found, format=self.narrow)

    def _count_lost(self, part: slice, rate: float, before: Array, remembered: dict[str, Array]) -> int:
        """How many parameters stayed as they were that the same update in float64 would have moved."""
        if before.dtype == np.float64:
            return 0
        optimizer, stayed = self.optimizer, self.change[part] == 0
        grad = optimizer.flat.gradients[part]
        pushed = grad != 0
        for slot in remembered.values():
            pushed |= slot != 0
        if optimizer.training.weight_decay:
            pushed |= before != 0
        stayed &= pushed
        if not (count := np.count_nonzero(stayed)):
            return 0
        chosen = stayed if count < len(stayed) // FEW else slice(None)  # picking most of them takes longer than all
        start, memory = (
            before[chosen].astype(np.float64),
            {k: v[chosen].astype(np.float64) for k, v in remembered.items()},
        )
        own = start.copy()
        optimizer.apply(own, grad[chosen].astype(np.float64), memory, rate, lambda array: array)
        return int(np.count_nonzero((own != start) & stayed[chosen]))

    def _locate(self, start: int, place: int, slot: str, rate: float, before: Array,
                remembered: dict[str, Array]) -> Nonfinite:  # fmt: skip
        """The broken number's parameter and index, its operands, and what float64 makes of the same."""
        optimizer, at = self.optimizer, slice(place, place + 1)
        own, memory = before[at].astype(np.float64), {k: v[at].astype(np.float64) for k, v in remembered.items()}
        grad = optimizer.flat.gradients[start + place : start + place + 1].astype(np.float64)
        terms = [("parameter", float(own[0])), ("gradient", float(grad[0])), ("learning rate", rate)]
        terms += [(name, float(value[0])) for name, value in memory.items()]
        eps = optimizer.hyperparameters.get("eps")
        if eps is not None and not optimizer.work(np.array([eps], optimizer.parameters.dtype)).any():
            terms.append(("eps", 0.0))
        optimizer.apply(own, grad, memory, rate, lambda array: array)
        exact = float((memory[slot] if slot else own)[0])
        made = optimizer.memory[slot] if slot else optimizer.parameters
        operation = f"{optimizer.training.optimizer.name} update"
        found = self._nonfinite("update", operation, start + place, made, tuple(terms), exact)
        return replace(found, array=f"{found.array}.{slot}") if slot else found

    def _nonfinite(self, phase: str, operation: str, position: int, vector: Array,
                   terms: tuple[tuple[str, float], ...], exact: float) -> Nonfinite:  # fmt: skip
        """The number at a position of the gradients, or of a vector of parameters, that an operation made of terms."""
        flat = self.optimizer.flat
        pair, index = flat.at(position)
        name = grad_name(pair.name) if vector is flat.gradients else pair.name
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
