"""Training: one network, update after update; the state between two updates decides all that follows, bit for bit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.batches import batch_of, load_samples
from ..engine.build import Network, PassObserver, build, set_batch
from ..network.layer import Layer
from ..network.memory import refuse_training_if_too_large
from ..numerics.arrays import Array, Floats
from ..numerics.blas import one_blas_thread
from ..numerics.kernel import Report
from ..numerics.number_format import number_format
from ..results.trace import Trace
from ..scenario.scenario import Scenario
from ..simulation import trace
from .checkpoints import State
from .history import Update, update_ratio
from .parameter_vector import HasParameters, ParameterVector
from .update_step import Optimizer, measure, norms

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
        self.flat = ParameterVector(owners | {"readout": head}, [*self.network.blocks, head])
        form = number_format(scenario.precision.format)
        self.optimizer = Optimizer(scenario, self.flat, form.round_, scenario.precision.master_weights)
        self._rule: Any = scenario.precision.loss_scale.load()
        self.iteration = self.clean = 0

    @one_blas_thread()
    def update(self, watch: PassObserver | None = None, spectral: bool = False) -> Update:
        """One pass and one change of the parameters; `watch` may raise Cancelled, which leaves all as it was."""
        found, iteration = self._pass(watch, spectral), self.iteration
        with np.errstate(all="ignore"):
            self.iteration = HALF_MADE
            update = self._learn(found, iteration)
        self.iteration = iteration + 1
        return update

    @one_blas_thread()
    def quick_update(self, check: Callable[[], None] | None = None) -> float:
        """The same change of the parameters without what a trace tells of it; returns the loss of the pass before.

        `check` is called between blocks and may raise Cancelled, which leaves all as it was.
        """
        network, optimizer, iteration = self.network, self.optimizer, self.iteration
        set_batch(network, batch_of(self.scenario, self.samples, iteration))
        with np.errstate(all="ignore"):
            loss = self._quick_pass(check or (lambda: None))
            self.iteration = HALF_MADE
            broken = not np.isfinite(self.flat.gradients).all()
            optimizer.unscale(self._rule, network.loss_scale)
            optimizer.quick_clip()
            skips = self.scenario.training.skip_nonfinite and not np.isfinite(self.flat.gradients).all()
            if not (self._adjust(broken) or skips):
                optimizer.quick_step(optimizer.rate(iteration))
        self.iteration = iteration + 1
        return loss

    def _quick_pass(self, check: Callable[[], None]) -> float:
        """The loss, with the gradients collected."""
        network = self.network
        hidden = network.input
        for block in network.blocks:
            check()
            hidden = block.forward(hidden, self.iteration).output
            block.drop_saved()
        loss = network.head.forward(hidden)
        grad, last = network.head.backward().grad, len(network.layers)
        for block in reversed(network.blocks):
            check()
            grad, measure, _ = block.backward(grad)
            measure()  # which completes the parameters' gradients
            for layer in network.layers[last - block.count : last]:
                self.flat.collect(f"layers.{layer.number}", layer)
            last -= block.count
            block.free()
        self.flat.collect("readout", network.head)
        return loss

    def _pass(self, watch: PassObserver | None, spectral: bool) -> Trace:
        """The pass on this update's batch, with the gradients collected."""

        def listen(phase: str, number: int, layer: Layer) -> None:
            if phase == "backward":
                self.flat.collect(f"layers.{number}", layer)
            if watch is not None:
                watch(phase, number, layer)

        set_batch(self.network, batch_of(self.scenario, self.samples, self.iteration))
        found = trace(self.network, listen, spectral or None, iteration=self.iteration, concerns=False)
        self.flat.collect("readout", self.network.head)
        return found

    def _learn(self, found: Trace, iteration: int) -> Update:
        """Everything after the pass."""
        optimizer, training, scale = self.optimizer, self.scenario.training, self.network.loss_scale
        broken = not np.isfinite(self.flat.gradients).all()
        unscaled = optimizer.unscale(self._rule, scale)
        norm, bad = measure(self.flat.gradients)
        clipped = optimizer.clip()
        skipped = self._adjust(broken) or (training.skip_nonfinite and clipped.bad > 0)
        rate = optimizer.rate(iteration)
        sizes = self._sizes(optimizer.parameters)
        optimizer.change[:] = 0
        broke, lost = (None, 0.0) if skipped else optimizer.step(rate)
        layers = self._by_layer(found) | {"update_norm": self._sizes(optimizer.change)}
        layers["parameter_norm"] = np.where([layer.learned != () for layer in self.network.layers], sizes, np.nan)
        numbers = {
            "loss": found.loss, "accuracy": self.network.head.accuracy(), "gradient_norm": norm,
            "clipped_norm": clipped.norm, "cosine": clipped.cosine, "learning_rate": rate, "loss_scale": scale,
            "clipped": clipped.fired, "skipped": skipped, "bad_activations": _bad_activations(found),
            "bad_gradients": bad, "bad_norm": clipped.bad_norm, "bad_clipped": clipped.bad,
            "bad_memory": optimizer.bad_memory, "bad_parameters": measure(self.flat.parameters)[1],
            "lost_updates": lost,
        }  # fmt: skip
        first = found.verdict.first_nonfinite or unscaled or clipped.first or broke
        if first is not None:
            first = replace(first, iteration=iteration)
        changes = {name: layers[name] for name in ("update_norm", "parameter_norm")}
        changes["update_ratio"] = update_ratio(layers)
        verdict = replace(found.verdict, first_nonfinite=first if found.verdict.first_nonfinite else None)
        found = replace(found, verdict=verdict, weights={**found.weights, **changes})
        return Update(iteration, found, numbers, layers, first)

    def _adjust(self, broken: bool) -> bool:
        """Let dynamic loss scaling react to a gradient; whether it wants the update skipped."""
        given = self.scenario.precision.loss_scale.parameters
        self.network.loss_scale, self.clean, skips = self._rule.adjust(
            self.network.loss_scale, self.clean, broken, **given
        )
        return bool(skips)

    def _by_layer(self, found: Trace) -> dict[str, Floats]:
        """One number a layer: gradients over all steps, and its weight matrices together."""
        told = {
            "gradient_rms": np.sqrt(np.mean(found.profile["gradient_rms"] ** 2, axis=1)),
            "weight_gradient_norm": self._together(found, "gradient_norm"),
            "weight_norm": self._together(found, "weight_norm"),
            "nonfinite_count": found.profile["nonfinite_count"].sum(axis=1),
        }
        for index in (index for index, info in enumerate(found.layers) if len(info.shape) == 1):  # of the last step
            for name in ("gradient_rms", "nonfinite_count"):
                told[name][index] = found.profile[name][index, -1]
        return told

    def _together(self, found: Trace, name: str) -> Floats:
        """Norm of all matrices of a layer from the norms of each, by layer; nan of a layer that has none."""
        layers = self.network.layers
        prefixes = list(dict.fromkeys(prefix for layer in layers for prefix in layer.matrices))
        if not prefixes:
            return np.full(len(layers), np.nan)
        norms = np.array([found.weights[prefix + name] for prefix in prefixes])
        if self.scenario.is_chain:
            norms[[[prefix not in layer.matrices for layer in layers] for prefix in prefixes]] = 0.0
        whole = _root_sum_square(norms)
        whole[[not layer.matrices for layer in layers]] = np.nan
        return whole

    def _sizes(self, vector: Array) -> Floats:
        """The norm of each layer's part of a vector of all parameters."""
        return norms(vector, self.flat.parts[: len(self.network.layers)])

    # going back

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
    whole: Floats = scale * np.sqrt(np.sum((norms / scale) ** 2, axis=0))
    return whole


def _bad_activations(found: Trace) -> float:
    """Whether any number of the pass, there and back, or the loss was not finite, as 0 or 1."""
    counted = bool(found.profile["nonfinite_count"].any())
    return float(not np.isfinite(found.loss) or counted or found.verdict.first_nonfinite is not None)
