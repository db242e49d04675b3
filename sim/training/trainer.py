"""Training: one network, update after update; the state between two updates decides all that follows, bit for bit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.batches import batch_of, load_samples
from ..engine.build import Network, PassObserver, build, set_batch
from ..engine.facts import batch_facts
from ..engine.passes import bare_pass
from ..network.block import unwatched
from ..numerics.arrays import Floats
from ..numerics.blas import one_blas_thread
from ..numerics.kernel import Report
from ..numerics.number_format import number_format
from ..results.nonfinite import Nonfinite
from ..results.trace import Trace
from ..scenario.scenario import Scenario
from ..simulation import trace
from .checkpoints import State
from .history import Update, update_ratio
from .memory import refuse_training_if_too_large
from .observed_step import ObservedOptimizer
from .parameter_vector import HasParameters, ParameterVector
from .update_step import Optimizer
from .vector_measures import measure

HALF_MADE = -1


class Trainer:
    """A network in training, before update `iteration`; raises UserError as `build` does.

    While its parameters change, and ever after should that be broken off, `iteration` is HALF_MADE: only `restore`
    makes it good again.
    """

    def __init__(self, scenario: Scenario, report: Report | None = None, watch: PassObserver | None = None):
        refuse_training_if_too_large(scenario)
        self.scenario = scenario
        self.network: Network = build(scenario, report, watch)
        self.samples = load_samples(scenario)
        owners: dict[str, HasParameters] = {f"layers.{i}": layer for i, layer in enumerate(self.network.layers, 1)}
        head = self.network.head
        ends = self.network.ends
        form = number_format(scenario.precision.format)
        owners |= {"readout": head, "": ends}
        self.flat = ParameterVector(owners, [*self.network.blocks, head, ends], form.dtype)
        self.optimizer = Optimizer(scenario, self.flat, form, scenario.precision.master_weights)
        self.observed = ObservedOptimizer(self.optimizer, scenario.precision.format)
        self._rule: Any = scenario.precision.loss_scale.load()
        layers = self.network.layers
        self._learns_nothing = np.array([layer.learned == () for layer in layers])
        matrices = dict.fromkeys(prefix for layer in layers for prefix in layer.matrices)
        self._lacks = {one: np.array([one not in layer.matrices for layer in layers]) for one in matrices}  # by matrix
        self._of_last_step = [k for k, info in enumerate(self.network.described) if len(info.shape) == 1]
        self.iteration = 0
        self.clean = 0  # finite updates in a row, which a dynamic loss scale counts

    @one_blas_thread()
    def update(self, watch: PassObserver | None = None, spectral: bool = False) -> Update:
        """One pass and one change of the parameters; `watch` may raise Cancelled, which leaves all as it was."""
        result, scale, iteration = self._pass(watch, spectral), self.network.loss_scale, self.iteration
        with self._changing():
            broken = scale != 1 and not np.isfinite(self.flat.gradients).all()
            first_unscaled = self.observed.unscale(self._rule, scale)
            norm, bad = measure(self.flat.gradients)
            broken = broken or (scale == 1 and bad > 0)
            clipped = self.observed.clip(norm, bad)
            skipped = self._skips(broken)
            rate = self.optimizer.rate(iteration)
            stepped = self.observed.skip() if skipped else self.observed.step(rate)
            numbers = {
                "loss": result.loss, "accuracy": self.network.head.accuracy(), "gradient_norm": norm,
                "clipped_norm": clipped.norm, "cosine": clipped.cosine, "learning_rate": rate, "loss_scale": scale,
                "clipped": clipped.fired, "skipped": skipped, "bad_activations": _bad_activations(result),
                "bad_gradients": bad, "bad_norm": clipped.bad_norm, "bad_clipped": clipped.bad,
                "bad_memory": stepped.bad_memory, "bad_parameters": stepped.bad,
                "lost_updates": stepped.lost,
            }  # fmt: skip
            depth = len(self.network.layers)
            changes = {"update_norm": stepped.changes[:depth], "parameter_norm": stepped.sizes[:depth]}
            changes["parameter_norm"][self._learns_nothing] = np.nan
            first = result.verdict.first_nonfinite or first_unscaled or clipped.first or stepped.first
            return self._update(result, numbers, changes, first, iteration)

    @one_blas_thread()
    def bare_update(self, check: Callable[[], None] = unwatched) -> float:
        """The same change of the parameters without what a trace tells of it; returns the loss of the pass before.

        `check` is called now and then during the pass and may raise Cancelled, which leaves all as it was.
        """
        set_batch(self.network, batch_of(self.scenario, self.samples, self.iteration))
        loss = bare_pass(self.network, check, self.iteration)
        iteration, optimizer = self.iteration, self.optimizer
        with self._changing():
            broken = not np.isfinite(self.flat.gradients).all()
            optimizer.unscale(self._rule, self.network.loss_scale)
            optimizer.clip()
            if not self._skips(broken):
                optimizer.step(optimizer.rate(iteration))
        return loss

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Where one update becomes the next; what is broken off there stays half made."""
        iteration, self.iteration = self.iteration, HALF_MADE
        with np.errstate(all="ignore"):
            yield
        self.iteration = iteration + 1

    def _pass(self, watch: PassObserver | None, spectral: bool) -> Trace:
        """The pass on this update's batch; update 0 is asked for concerns."""
        set_batch(self.network, batch_of(self.scenario, self.samples, self.iteration))
        facts = None if self.iteration else batch_facts(self.network)
        return trace(self.network, watch, spectral or None, iteration=self.iteration, facts=facts)

    def _update(self, result: Trace, numbers: dict[str, float], changes: dict[str, Floats], first: Nonfinite | None,
                iteration: int) -> Update:  # fmt: skip
        """All that is told of an update, of its pass and of what came after it."""
        layers = self._by_layer(result) | changes
        weights = {**result.weights, **changes, "update_ratio": update_ratio(layers)}
        first = first and replace(first, iteration=iteration)
        verdict = result.verdict
        if verdict.first_nonfinite is not None:
            verdict = replace(verdict, first_nonfinite=first)
        return Update(iteration, replace(result, verdict=verdict, weights=weights), numbers, layers, first)

    def _skips(self, broken: bool) -> bool:
        """Whether this update leaves the parameters as they are; `broken` says so of the gradients before unscaling."""
        adjusted = self._adjust(broken)
        return adjusted or (self.scenario.training.skip_nonfinite and not np.isfinite(self.flat.gradients).all())

    def _adjust(self, broken: bool) -> bool:
        """Let dynamic loss scaling react to a gradient; whether it wants the update skipped."""
        hyperparameters = self.scenario.precision.loss_scale.parameters
        self.network.loss_scale, self.clean, skips = self._rule.adjust(
            self.network.loss_scale, self.clean, broken, **hyperparameters
        )
        return bool(skips)

    def _by_layer(self, result: Trace) -> dict[str, Floats]:
        """One number a layer: gradients over all steps, and its weight matrices together."""
        numbers = {
            "gradient_rms": np.sqrt(np.mean(result.profile["gradient_rms"] ** 2, axis=1)),
            "weight_gradient_norm": self._together(result, "gradient_norm"),
            "weight_norm": self._together(result, "weight_norm"),
            "nonfinite_count": result.profile["nonfinite_count"].sum(axis=1),
        }
        for name in ("gradient_rms", "nonfinite_count") if self._of_last_step else ():
            numbers[name][self._of_last_step] = result.profile[name][self._of_last_step, -1]
        return numbers

    def _together(self, result: Trace, name: str) -> Floats:
        """Norm of all matrices of a layer from the norms of each, by layer; nan of a layer that has none."""
        lacks = self._lacks
        if not lacks:
            return np.full(len(result.layers), np.nan)
        if len(lacks) == 1:
            return result.weights[next(iter(lacks)) + name].copy()
        norms = np.array([result.weights[prefix + name] for prefix in lacks])
        without = np.array([*lacks.values()])
        norms[without] = 0.0
        norm = _root_sum_square(norms)
        norm[without.all(axis=0)] = np.nan
        return norm

    # going back

    def begin_again(self, scenario: Scenario, start: State) -> None:
        """Take up the parameters of a state, to learn from there as another scenario says; all else in it is alike."""
        optimizer, self.iteration, self.scenario = self.optimizer, HALF_MADE, scenario
        form = number_format(scenario.precision.format)
        self.optimizer = Optimizer(scenario, self.flat, form, scenario.precision.master_weights)
        self.observed = ObservedOptimizer(self.optimizer, scenario.precision.format)
        self.optimizer.recall(start.values[: optimizer.parameters.size], [*self.optimizer.memory.values()])
        self.network.loss_scale, self.clean, self.iteration = start.loss_scale, start.clean, start.iteration

    def state(self) -> State:
        """All that decides how it goes on, copied."""
        values = np.concatenate([self.optimizer.parameters, *self.optimizer.memory.values()])
        return State(self.iteration, values, self.optimizer.count, self.network.loss_scale, self.clean)

    def restore(self, state: State) -> None:
        """Take up a state of the same scenario."""
        optimizer, self.iteration = self.optimizer, HALF_MADE
        parts = np.split(state.values, 1 + len(optimizer.memory))
        optimizer.recall(parts[0], parts[1:])
        self.network.loss_scale, self.clean, optimizer.count = state.loss_scale, state.clean, state.count
        self.iteration = state.iteration


def _root_sum_square(norms: Floats) -> Floats:
    """The norm of several norms (matrices, layers), by layer."""
    scale = np.max(norms, axis=0)
    scale = np.where((scale > 0) & np.isfinite(scale), scale, 1.0)  # so that no square overflows
    root: Floats = scale * np.sqrt(np.sum((norms / scale) ** 2, axis=0))
    return root


def _bad_activations(result: Trace) -> float:
    """Whether any number of the pass, there and back, or the loss was not finite, as 0 or 1."""
    counted = bool(result.profile["nonfinite_count"].any())
    return float(not np.isfinite(result.loss) or counted or result.verdict.first_nonfinite is not None)
