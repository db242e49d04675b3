"""An unrolled layer to look at: its arrays by name, and the operations of a step once more."""

from collections.abc import Iterator, Mapping

import numpy as np

from ..network.graph import BEFORE
from ..network.layer import Layer, NamedArrays, Operation, RecomputedStep, exact_parameters, grad_name
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.number_format import number_format
from ..ops.operands import operands_of_rounding
from ..results.record import NO_EVIDENCE, Evidence
from .chunk import Chunk
from .replay import Replay, initial_parameters
from .unroll import Unroll


class UnrollLayer:
    """The layer that an executor unrolls; of the last pass it has views (steps, batch, features).

    `batch_first` of one among others in a chain, whose dump has the batch first wherever it can be.
    """

    directions: tuple[Layer, ...] = ()
    unrounded: Mapping[str, Array] = {}  # parameters that the number format can't hold, unrounded

    def __init__(self, unroll: Unroll, batch_first: bool = False):
        self.batch_first = batch_first
        self.unroll, self.graph, self.number = unroll, unroll.graph, unroll.number
        self.learned, self.matrices, self.feedback = unroll.learned, unroll.graph.matrices, unroll.graph.feedback

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""
        return self.unroll.parameters

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the parameters that are learned."""
        return self.unroll.arrays.gradients

    @property
    def iteration(self) -> int:
        """Of training, from 0, in the last pass."""
        return self.unroll.arrays.iteration

    @property
    def inputs(self) -> Array:
        """h_in."""
        return self.unroll.arrays.input

    @property
    def output(self) -> Array:
        """h_out."""
        return self.unroll.arrays.output

    @property
    def grad_output(self) -> Array:
        """dL/dh_out as it came from above, unless h_out is a state itself."""
        return self.unroll.arrays.grad_output

    @property
    def grad_hidden(self) -> Array:
        """The total derivative of the first state."""
        return self.unroll.arrays.grad_state

    def float64_copy(self, step: int) -> Unroll:
        """The same layer in float64, to be run from the given step (from 0) on."""
        chunk, form = self.unroll.chunk_at(step), number_format("float64")
        copy = Unroll(self.graph, self.number, form, self.unroll.seed, Workspace())
        copy.parameters.update({key: value.astype(form.dtype) for key, value in exact_parameters(self)})
        copy.start = {name: array.astype(form.dtype) for name, array in self._states_before(chunk, step).items()}
        return copy

    def _states_before(self, chunk: Chunk, step: int) -> dict[str, Array]:
        return {name: chunk.values[name + BEFORE][step - chunk.first] for name in self.graph.states}

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """From the initial parameters to h_out of the first step that went wrong, or from dL/dh_out of the last."""
        if phase == "forward":
            yield from initial_parameters(f"layers.{self.number}.", self.parameters, self.unrounded)
        if evidence.step is not None:
            replay = self._replay(evidence.step)
            yield from replay.forward() if phase == "forward" else replay.backward(evidence.grads)
        for key, value in self.gradients.items() if phase == "backward" else ():
            operands = operands_of_rounding(evidence.unrounded[key][None]) if key in evidence.unrounded else None
            yield Operation("parameter gradient", f"layers.{self.number}.{grad_name(key)}", value[None], 0, operands)

    def save_step_gradients(self, step: int) -> None:
        """Keep the gradients that enter a step in the backward pass."""
        self.unroll.arrays.saved_step = step

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """The operations of that step."""
        yield self._replay(step).recompute_step(self.unroll.arrays.entering, 0)

    def _replay(self, step: int) -> Replay:
        """One step by itself."""
        chunk = self.unroll.chunk_at(step)
        t = step - chunk.first
        inputs = {name + BEFORE: before for name, before in self._states_before(chunk, step).items()}
        inputs["in"] = self.inputs[step]
        draws = {k: chunk.saved[k][0][t] for k, (_, op) in enumerate(self.graph) if op.random}
        return Replay(self.graph, self.number, self.parameters, inputs, draws, self.unroll.format, step)

    def arrays(self) -> NamedArrays:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        arrays, graph = self.unroll.arrays, self.graph
        values, gradients = dict(self.parameters), {grad_name(self.graph.main): arrays.grad_state}
        if graph.output not in graph.states:
            values[graph.output], gradients[grad_name(graph.output)] = arrays.output, arrays.grad_output
        for into, parts in zip((values, gradients), zip(*arrays.shown, strict=True), strict=bool(arrays.shown)):
            into |= {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        for name, before in arrays.borders[0].items():
            values[name] = np.concatenate([before[None], values[name]])
        gradients |= {grad_name(key): value for key, value in self.gradients.items()}
        if self.batch_first and graph.states:
            values |= {"activation": arrays.output.swapaxes(0, 1)}
            gradients |= {"grad_activation": arrays.grad_output.swapaxes(0, 1)}
        elif self.batch_first:
            values, gradients = _batch_first(values), _batch_first(gradients)
        return NamedArrays(values, gradients)

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step (from 0) that are worth a histogram."""
        chunk = self.unroll.chunk_at(step)
        t, graph = step - chunk.first, self.graph
        parts, named = [chunk.values[name][t] for name in graph.preactivation], dict[str, Array]()
        if parts:
            total = graph.preactivation_sum
            named["preactivation"] = sum(parts[1:], parts[0]) if total is None else chunk.values[total][t]
        for k, (_, op) in enumerate(graph):
            self.unroll.chunk_backward.prepare(chunk, k)
            named |= {name: array[t] for name, array in op.histograms(chunk.saved[k]).items()}
        named |= {name: chunk.values[name][t] for name in graph.states if name != self.graph.main}
        return named | {"activation": self.output[step], "gradient": self.grad_hidden[step]}


def _batch_first(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {key: value.swapaxes(0, 1) if value.ndim == 3 else value for key, value in arrays.items()}
