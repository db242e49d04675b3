"""Executor of one layer over a sequence, unrolled over time in chunks of steps; most such layers are recurrent.

The arrays of all chunks are saved for the backward pass if they fit a budget; else each chunk is recomputed from the
states at its start. Chunk lengths depend on shapes alone, so that both ways give the same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import CHUNK, SAVED_CHUNKS
from ..network.graph import BEFORE, LayerGraph
from ..network.layer import NamedArrays
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace, bind
from ..numerics.moments import flatnonzero
from ..numerics.number_format import Format, round_gradient
from ..results.record import NO_EVIDENCE, Evidence
from .chunk import Chunk
from .chunk_pass import ChunkPass
from .unroll_measures import ChunkMeasurements, joined, matrix_norms, measure_backward, measure_forward

EMPTY = np.empty((0, 0, 0))


@dataclass
class UnrollArrays:
    """The arrays of the last pass of an unrolled layer, (steps, batch, features)."""

    input: Array = field(default_factory=lambda: EMPTY)
    output: Array = field(default_factory=lambda: EMPTY)
    states: Array = field(default_factory=lambda: EMPTY)  # the output; if it is a state, after its initial value
    length: int = 1  # steps in a chunk
    iteration: int = 0  # of training
    chunks: list[Chunk | None] = field(default_factory=list)  # saved for the backward pass, or None
    start_states: list[dict[str, Array]] = field(default_factory=list)  # by chunk: the states before its first step
    grad_input: Array = field(default_factory=lambda: EMPTY)
    grad_state: Array = field(default_factory=lambda: EMPTY)  # total derivatives of the first state
    grad_output: Array = field(default_factory=lambda: EMPTY)
    gradients: dict[str, Array] = field(default_factory=dict)  # of the learned parameters
    dumps: list[NamedArrays] = field(default_factory=list)  # by chunk, after a backward pass with `keep_arrays`
    watched_step: int | None = None  # a step (from 0) of which the backward pass is to fill `step_gradients`
    step_gradients: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)  # by value and path


class Unroll:
    """A block of one layer; `arrays` are those of its last pass.

    The block before writes into the gradient that it gets, so that measuring never overlaps.
    """

    copies_gradient = overlaps = False
    count = 1

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, workspace: Workspace, *,
                 truncate: int = 0, length: int = CHUNK, budget: int = SAVED_CHUNKS,
                 start: Mapping[str, Array] | None = None):  # fmt: skip
        self.graph, self.number, self.format, self.seed, self.workspace = graph, number, form, seed, workspace
        self.truncate = truncate  # steps after which the backward pass is cut, 0 for never
        self.largest, self.budget = length, budget  # most numbers in an array of a chunk; bytes of all saved chunks
        self.parameters: Final = {one.name: np.empty(one.shape, form.dtype) for one in graph.parameters}
        self.learned = tuple(one.name for one in graph.parameters if one.learned)
        self.start = start or {}  # states before the first step, zeros by default
        self.bound: dict[str, Array] = {}  # gradients are written here, if anywhere
        self.arrays = UnrollArrays()
        self.chunk_pass = ChunkPass(graph, number, self.parameters, form, seed)

    @property
    def size(self) -> int:
        """The number of learned parameters."""
        return sum(self.parameters[key].size for key in self.learned)

    def bind(self, vector: Array, gradients: Array) -> None:
        """Move the learned parameters into a vector (size,); backward passes write their gradients into the other."""
        bind(self.parameters, self.learned, vector)
        self.bound = {key: np.zeros_like(self.parameters[key]) for key in self.learned}
        bind(self.bound, self.learned, gradients)

    def free(self) -> None:
        """Free the arrays of the last pass."""
        self.arrays = UnrollArrays()

    def drop_saved(self) -> None:
        """Nothing to drop: it saves only what fits its budget."""

    # forward pass

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, width) from h_in (steps, batch, fan-in)."""
        graph, (steps, batch, _) = self.graph, inputs.shape
        widest = max(graph.widths[name] for names, _ in graph for name in names)
        stateful = graph.output in graph.states
        states = np.empty((steps + stateful, batch, graph.width), inputs.dtype)
        length = max(1, min(steps, self.largest // (batch * widest)))
        self.arrays = arrays = UnrollArrays(inputs, states[stateful:], states, length, iteration)
        before = {name: self._filled(width, self.start.get(name, 0)) for name, width in graph.states.items()}
        count, measured = -(-steps // length), list[ChunkMeasurements]()
        for number in range(count):
            on_progress()
            arrays.start_states.append(before)
            chunk = self._computed(number)
            measured.append(measure_forward(graph, chunk, self.format))
            before = {name: chunk.values[name][-1].copy() for name in graph.states}
            self.chunk_pass.drop_scratch(chunk)
            fits = sum(array.nbytes for array in chunk.buffers) * count <= self.budget
            arrays.chunks.append(chunk if fits else None)
            if not fits:
                chunk.free()
        return Forward(arrays.output, partial(joined, measured))

    def _filled(self, width: int, value: Array | int) -> Array:
        """A state (batch, width)."""
        out = np.empty((self.arrays.input.shape[1], width), self.format.dtype)
        out[:] = value
        return out

    def _computed(self, number: int) -> Chunk:
        """A chunk with all its values, computed from the states at its start."""
        arrays, graph = self.arrays, self.graph
        first = number * arrays.length
        span = slice(first, first + arrays.length)
        inputs = arrays.input[span]
        cuts = self._cuts(np.arange(first, first + len(inputs)))
        chunk = Chunk(number, first, inputs.shape[1], arrays.length, cuts, self.workspace, {"in": inputs})
        for name, before in arrays.start_states[number].items():
            states = arrays.states[first : first + chunk.steps + 1] if name == graph.output else (
                chunk.take(*before.shape, more=1))  # fmt: skip
            states[0] = before
            chunk.values |= {name: states[1:], name + BEFORE: states[:-1]}
        chunk.values.setdefault(graph.output, arrays.output[span])
        self.chunk_pass.forward(chunk, arrays.iteration)
        return chunk

    def _cuts(self, steps: NDArray[np.int_]) -> NDArray[np.bool_]:
        """At which steps truncated backpropagation cuts the gradient to the step before."""
        return (steps > 0) & (steps % self.truncate == 0) if self.truncate else np.zeros(len(steps), bool)

    def chunk_at(self, step: int) -> Chunk:
        """The chunk of a step (from 0) of the last forward pass, recomputed with all its values."""
        return self._computed(step // self.arrays.length)

    def _saved_or_recomputed(self, number: int) -> Chunk:
        """A chunk of the last forward pass with the values that the backward pass needs."""
        if (chunk := self.arrays.chunks[number]) is None:
            chunk = self._computed(number)
            self.chunk_pass.drop_scratch(chunk)
        self.arrays.chunks[number] = None
        return chunk

    # backward pass

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """dL/dh_in from dL/dh_out; if h_out is itself a state, its total derivatives are written over dL/dh_out."""
        arrays, graph = self.arrays, self.graph
        shape = (*grad.shape[:2], graph.widths[graph.main])
        arrays.grad_output = grad
        arrays.grad_state = grad if graph.output == graph.main else np.empty(shape, grad.dtype)
        arrays.gradients = self.bound or {key: np.empty_like(self.parameters[key]) for key in self.learned}
        for gradient in arrays.gradients.values():
            gradient[...] = 0
        arrays.grad_input, measured, evidence = np.empty_like(arrays.input), list[ChunkMeasurements](), NO_EVIDENCE
        grad_states = {name: self._filled(width, 0) for name, width in graph.states.items()}
        for number in reversed(range(len(arrays.chunks))):
            on_progress()
            chunk = self._saved_or_recomputed(number)
            targets = {"in": arrays.grad_input[chunk.span], graph.main: arrays.grad_state[chunk.span]}
            self.chunk_pass.backward(chunk, grad[chunk.span], targets, grad_states)
            for name, term in self.chunk_pass.parameter_gradients(chunk):
                arrays.gradients[name] += term
            measured.insert(0, measure_backward(graph, chunk, self.parameters, self.format))
            grad_states = {name: array[0].copy() for name, array in chunk.carried.items()}
            if evidence.step is None:
                evidence = self._evidence(chunk, measured[0], grad_states)
            if (step := arrays.watched_step) is not None and 0 <= step - chunk.first < chunk.steps:
                arrays.step_gradients = self._path_gradients(chunk, step - chunk.first)
            if keep_arrays:
                arrays.dumps.insert(0, chunk.dump(graph))
                chunk.buffers = []
            chunk.free()
        underflowed, unrounded = self._round_gradients()
        norms = partial(matrix_norms, graph, self.parameters, arrays.gradients, underflowed)
        measure = partial(joined, measured, replace(evidence, unrounded=unrounded), arrays.gradients, norms)
        return Backward(arrays.grad_input, measure, grad_states.get(graph.main, np.zeros(1)))

    def _round_gradients(self) -> tuple[dict[str, float], dict[str, Array]]:
        """Round the gradients of the parameters: the fractions that underflow, and, unrounded, those that overflow."""
        underflowed: dict[str, float] = {}
        unrounded: dict[str, Array] = {}
        for key, value in self.arrays.gradients.items():
            before = value if self.format.native else value.copy()
            underflowed[key] = round_gradient(self.format, value)
            if not (self.format.native or np.isfinite(value).all()):
                unrounded[key] = before
        return underflowed, unrounded

    def _evidence(self, chunk: Chunk, measured: ChunkMeasurements, grad_states: Mapping[str, Array]) -> Evidence:
        """The last step of a chunk that produced an inf or NaN, with the gradients that entered it, if any did.

        They are copied, as the chunk's memory is reused.
        """
        bad = flatnonzero(measured.nonfinite)
        if not bad and (not chunk.first or _finite(grad_states)):
            return NO_EVIDENCE
        t = bad[-1] if bad else 0
        if t + 1 < chunk.steps and not _finite({name: array[t + 1] for name, array in chunk.carried.items()}):
            t += 1  # this later step produced it in the gradient that it hands back
        return Evidence(chunk.first + t, self._path_gradients(chunk, t))

    def _path_gradients(self, chunk: Chunk, t: int) -> dict[str, dict[str, Array]]:
        """Copies of the gradients that enter a step of a chunk by value and path: "above", or "later" in time."""
        grads = {name: {"later": array[t + 1].copy()} for name, array in chunk.carried.items()}
        grads.setdefault(self.graph.output, {})["above"] = chunk.grad_output[t].copy()
        return grads


def _finite(arrays: Mapping[str, Array]) -> bool:
    return all(np.isfinite(array).all() for array in arrays.values())
