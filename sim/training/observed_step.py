"""An update of the parameters that is observed: norms, where a number broke, and what rounding lost."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..network.layer import grad_name
from ..numerics.arrays import Array, Floats
from ..results.nonfinite import Nonfinite
from .update_step import BLOCK, Optimizer, blocks
from .vector_measures import cosine, groups, measure, norms, share_not_finite

FEW = BLOCK // 16  # of a block's updates, up to which it is as quick to make them all once more


class ClipReport(NamedTuple):
    """What clipping did: norm after it, cosine with the gradient before it, and the share that is not finite.

    `bad_norm` says that the norm was not finite that it computed, which is in the number format.
    """

    fired: bool
    norm: float
    cosine: float
    bad: float
    bad_norm: bool = False
    first: Nonfinite | None = None


class StepReport(NamedTuple):
    """Norms by owner of the parameters (before the step) and of its change, and what broke or was lost in it.

    `first` is where a first number stopped being finite that was made of finite ones; `lost` the share of updates that
    rounding made 0; `bad` the share of parameters that are not finite after it. `bad_memory` says that not all is
    finite that the optimizer remembers.
    """

    sizes: Floats
    changes: Floats
    first: Nonfinite | None
    lost: float
    bad: float
    bad_memory: bool


class PartReport(NamedTuple):
    """The same of a part of the parameters; how many updates were lost, and how many were not."""

    first: Nonfinite | None
    lost: int
    moved: int
    broken: bool  # whether a parameter is not finite
    bad_memory: bool


class ObservedOptimizer:
    """An optimizer whose every act is looked at; `change` is what its last step added to the parameters."""

    def __init__(self, optimizer: Optimizer, narrow: str):
        self.optimizer = optimizer
        self.change = np.zeros_like(optimizer.parameters)
        self._before = {name: np.empty_like(optimizer.parameters[: 2 * BLOCK]) for name in ("", *optimizer.memory)}
        self._groups = groups(optimizer.flat.parts, BLOCK)
        self.narrow = narrow
        self.format = narrow if optimizer.rounding is None else "float32"

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

    def clip(self, norm: float, bad: float) -> ClipReport:
        """Clip all gradients in place, of which `measure` has found this."""
        choice, grads = self.optimizer.training.clip, self.optimizer.flat.gradients
        if not choice.entry.metadata["ACTIVE"] or not grads.size:
            return ClipReport(False, norm, 1.0 if norm > 0 else np.nan, bad)
        before = self.change  # which the step writes over
        before[...] = grads
        fired, computed_norm = self.optimizer.clip()
        after, broken = measure(grads)
        first, lost, operation = None, not np.isfinite(computed_norm), f"clipping by {choice.name}"
        if lost and not bad:
            first = Nonfinite("clip", 1, 1, operation, "gradient.norm", (), float(computed_norm),
                              (("gradient's norm", norm),), norm, self.format)  # fmt: skip
        elif broken and (position := _first_broken(before, grads)) is not None:
            terms = (("gradient", float(before[position])), ("gradient's norm", float(computed_norm)))
            first = self._nonfinite("clip", operation, position, grads, terms, np.nan)
        return ClipReport(fired, after, cosine(before, grads, (norm, after)), broken, bool(lost), first)

    def skip(self) -> StepReport:
        """No step: nothing has changed."""
        optimizer = self.optimizer
        sizes = np.concatenate([norms(optimizer.parameters, inside) for _, inside in self._groups])
        bad, bad_memory = share_not_finite(optimizer.flat.parameters), not _all_finite(optimizer.memory.values())
        return StepReport(sizes, np.zeros(len(sizes)), None, 0.0, bad, bad_memory)

    def step(self, rate: float) -> StepReport:
        """Change the parameters, group by group, so that what is measured is still in the processor's cache."""
        optimizer = self.optimizer
        optimizer.count += 1
        parts, sizes, changes = list[PartReport](), list[Floats](), list[Floats]()
        for part, inside in self._groups:
            sizes.append(norms(optimizer.parameters, inside))
            parts += [self._step_part(block, rate) for block in blocks(part)]
            changes.append(norms(self.change, inside))
        optimizer.show()
        first = next((part.first for part in parts if part.first), None) or self._cast()
        lost, moved = sum(part.lost for part in parts), sum(part.moved for part in parts)
        broken = any(part.broken for part in parts) or optimizer.rounding is not None
        bad = share_not_finite(optimizer.flat.parameters) if broken else 0.0
        return StepReport(np.concatenate(sizes), np.concatenate(changes), first, lost / max(lost + moved, 1), bad,
                          any(part.bad_memory for part in parts))  # fmt: skip

    def _step_part(self, part: slice, rate: float) -> PartReport:
        """Change a part of them."""
        optimizer = self.optimizer
        params, slots = optimizer.parameters[part], optimizer.slots(part)
        before, remembered = self._copied("", params), {name: self._copied(name, slot) for name, slot in slots.items()}
        optimizer.step_part(part, rate)
        np.subtract(params, before, out=self.change[part])
        stayed = self.change[part] == 0
        moved = params.size - int(np.count_nonzero(stayed))
        lost = self._count_lost(stayed, part, rate, before, remembered)
        broken, bad_memory = not _all_finite([params]), not _all_finite(slots.values())
        first = self._first_broken(part, rate, before, remembered) if broken or bad_memory else None
        return PartReport(first, lost, moved, broken, bad_memory)

    def _copied(self, name: str, array: Array) -> Array:
        """A part of the parameters, or of a slot, as it is now, until the next part is."""
        copy = self._before[name][: array.size]
        copy[...] = array
        return copy

    def _first_broken(self, part: slice, rate: float, before: Array, remembered: dict[str, Array]) -> Nonfinite | None:
        optimizer = self.optimizer
        grad = optimizer.flat.gradients[part]
        for name, array in (*optimizer.slots(part).items(), ("", optimizer.parameters[part])):
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
        first = self._nonfinite("update", "cast of the master weights", position, optimizer.flat.parameters,
                                (("master weight", exact),), exact)  # fmt: skip
        return replace(first, format=self.narrow)

    def _count_lost(self, stayed: NDArray[np.bool_], part: slice, rate: float, before: Array,
                    remembered: dict[str, Array]) -> int:  # fmt: skip
        """How many of the parameters that stayed as they were the same update in float64 would have moved."""
        if before.dtype == np.float64:
            return 0
        optimizer, grad = self.optimizer, self.optimizer.flat.gradients[part]
        if not optimizer.training.weight_decay and np.count_nonzero(stayed) > FEW:
            pushed = grad != 0  # by nothing else does any rule move what it does not decay
            for slot in remembered.values():
                pushed |= slot != 0
            stayed = stayed & pushed
        which = np.flatnonzero(stayed)
        if not which.size:
            return 0
        start = before[which].astype(np.float64)
        params, memory = start.copy(), {name: slot[which].astype(np.float64) for name, slot in remembered.items()}
        optimizer.apply(params, grad[which].astype(np.float64), memory, rate, exactly)
        return int(np.count_nonzero(params != start))

    def _locate(self, start: int, index: int, slot: str, rate: float, before: Array,
                remembered: dict[str, Array]) -> Nonfinite:  # fmt: skip
        """The broken number's parameter and index, its operands, and what float64 makes of the same."""
        optimizer, at = self.optimizer, slice(index, index + 1)
        params, memory = before[at].astype(np.float64), {k: v[at].astype(np.float64) for k, v in remembered.items()}
        grad = optimizer.flat.gradients[start + index : start + index + 1].astype(np.float64)
        terms = [("parameter", float(params[0])), ("gradient", float(grad[0])), ("learning rate", rate)]
        terms += [(name, float(value[0])) for name, value in memory.items()]
        eps = optimizer.hyperparameters.get("eps")
        if eps is not None and not optimizer.work(np.array([eps], optimizer.parameters.dtype)).any():
            terms.append(("eps", 0.0))
        optimizer.apply(params, grad, memory, rate, exactly)
        exact = float((memory[slot] if slot else params)[0])
        made = optimizer.memory[slot] if slot else optimizer.parameters
        operation = f"{optimizer.training.optimizer.name} update"
        first = self._nonfinite("update", operation, start + index, made, tuple(terms), exact)
        return replace(first, array=f"{first.array}.{slot}") if slot else first

    def _nonfinite(self, phase: str, operation: str, position: int, vector: Array,
                   terms: tuple[tuple[str, float], ...], exact: float) -> Nonfinite:  # fmt: skip
        """The number at a position of the gradients, or of a vector of parameters, that an operation made of terms."""
        flat = self.optimizer.flat
        pair, index = flat.at(position)
        name = grad_name(pair.name) if vector is flat.gradients else pair.name
        return Nonfinite(phase, pair.layer + 1, 1, operation, name, index, float(vector[position]), terms, exact,
                         self.format)  # fmt: skip


def exactly(array: Array) -> Array:
    """Rounds nothing, by NumPy: for a few numbers in float64 no kernel is compiled (see `unrounded`)."""
    return array


def _first_broken(before: Array, after: Array) -> int | None:
    """The first position at which a vector was finite before something was done to it, and is not after."""
    broken = np.isfinite(before) & ~np.isfinite(after)
    return int(broken.argmax()) if broken.any() else None


def _all_finite(arrays: Iterable[Array]) -> bool:
    return all(np.isfinite(np.vdot(array, array)) or np.isfinite(array).all() for array in arrays)  # BLAS is quicker
