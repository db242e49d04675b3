"""An unrolled layer as a `Layer`: its arrays by name, and the operations of a step recomputed."""

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
    """The layer that an `Unroll` executes; arrays are (steps, batch, features).

    With `batch_first` a dump has the batch first, as in a network of different layers.
    """

    directions: tuple[Layer, ...] = ()
    unrounded: Mapping[str, Array] = {}  # parameters that the number format can't hold, before rounding

    def __init__(self, unroll: Unroll, batch_first: bool = False):
        self.batch_first = batch_first
        self.unroll, self.graph, self.number = unroll, unroll.graph, unroll.number
        self.learned, self.matrices, self.feedback = unroll.learned, unroll.graph.matrices, unroll.graph.feedback

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters by name."""
        return self.unroll.parameters

    @property
    def gradients(self) -> dict[str, Array]:
        """Gradients of the learned parameters."""
        return self.unroll.arrays.gradients

    @property
    def iteration(self) -> int:
        """The training iteration (from 0) of the last pass."""
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
        """dL/dh_out without the gradients of later steps; if h_out is a state, its total derivative."""
        return self.unroll.arrays.grad_output

    @property
    def grad_hidden(self) -> Array:
        """The total derivative of the first state, through later steps too."""
        return self.unroll.arrays.grad_state

    def float64_copy(self, step: int) -> Unroll:
        """The same layer in float64 with its `exact_parameters`, to be run from a step (from 0) on."""
        chunk, form = self.unroll.chunk_at(step), number_format("float64")
        start = {name: array.astype(form.dtype) for name, array in self._states_before(chunk, step).items()}
        copy = Unroll(self.graph, self.number, form, self.unroll.seed, Workspace(), start=start)
        copy.parameters.update({key: value.astype(form.dtype) for key, value in exact_parameters(self)})
        return copy

    def _states_before(self, chunk: Chunk, step: int) -> dict[str, Array]:
        return {name: chunk.values[name + BEFORE][step - chunk.first] for name in self.graph.states}

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The operations of the step that `evidence` names, recomputed; no other step's.

        In the forward pass the initial parameters come first, in the backward pass the gradients of parameters last.
        """
        if phase == "forward":
            yield from initial_parameters(f"layers.{self.number}.", self.parameters, self.unrounded)
        if evidence.step is not None:
            replay = self._replay(evidence.step)
            yield from replay.forward() if phase == "forward" else replay.backward(evidence.grads)
        for key, value in self.gradients.items() if phase == "backward" else ():
            operands = operands_of_rounding(evidence.unrounded[key][None]) if key in evidence.unrounded else None
            yield Operation("parameter gradient", f"layers.{self.number}.{grad_name(key)}", value[None], 0, operands)

    def save_step_gradients(self, step: int) -> None:
        """Let the backward pass copy the gradients that enter a step (from 0)."""
        self.unroll.arrays.watched_step = step

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """All operations of that step."""
        yield self._replay(step).recompute_step(self.unroll.arrays.step_gradients, 0)

    def _replay(self, step: int) -> Replay:
        chunk = self.unroll.chunk_at(step)
        t = step - chunk.first
        inputs = {name + BEFORE: before for name, before in self._states_before(chunk, step).items()}
        inputs["in"] = self.inputs[step]
        draws = {k: chunk.saved[k][0][t] for k, (_, op) in enumerate(self.graph) if op.random}
        return Replay(self.graph, self.number, self.parameters, inputs, draws, self.unroll.format, step)

    def arrays(self) -> NamedArrays:
        """All arrays of the last pass by their PyTorch names, without the layer's prefix; states from the initial."""
        arrays, graph = self.unroll.arrays, self.graph
        values, gradients = dict(self.parameters), {grad_name(self.graph.main): arrays.grad_state}
        if graph.output not in graph.states:
            values[graph.output], gradients[grad_name(graph.output)] = arrays.output, arrays.grad_output
        for whole, chunks in zip((values, gradients), zip(*arrays.dumps, strict=True), strict=bool(arrays.dumps)):
            whole |= {key: np.concatenate([chunk[key] for chunk in chunks]) for key in chunks[0]}
        for name, initial in arrays.start_states[0].items():
            values[name] = np.concatenate([initial[None], values[name]])
        gradients |= {grad_name(key): value for key, value in self.gradients.items()}
        if self.batch_first and graph.states:
            values |= {"activation": arrays.output.swapaxes(0, 1)}
            gradients |= {"grad_activation": arrays.grad_output.swapaxes(0, 1)}
        elif self.batch_first:
            values, gradients = _batch_first(values), _batch_first(gradients)
        return NamedArrays(values, gradients)

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """Arrays (batch, features) of a step (from 0) that get a histogram."""
        chunk = self.unroll.chunk_at(step)
        t, graph = step - chunk.first, self.graph
        terms, named = [chunk.values[name][t] for name in graph.preactivation], dict[str, Array]()
        if terms:
            total = graph.preactivation_sum
            named["preactivation"] = sum(terms[1:], terms[0]) if total is None else chunk.values[total][t]
        for k, (_, op) in enumerate(graph):
            self.unroll.chunk_pass.prepare(chunk, k)
            named |= {name: array[t] for name, array in op.histograms(chunk.saved[k]).items()}
        named |= {name: chunk.values[name][t] for name in graph.states if name != self.graph.main}
        return named | {"activation": self.output[step], "gradient": self.grad_hidden[step]}


def _batch_first(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {key: value.swapaxes(0, 1) if value.ndim == 3 else value for key, value in arrays.items()}
