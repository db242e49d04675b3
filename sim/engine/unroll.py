"""One layer of a sequence, unrolled over time in chunks of steps; most have states.

Arrays of a chunk are saved for the backward pass if those of all chunks fit a budget, else recomputed from the
states at its start. Chunks depend on shapes alone, so that both ways give the same bits.
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
from .chunk_backward import ChunkBackward
from .chunk_forward import ChunkForward
from .unroll_measures import (
    ChunkMeasurements,
    matrix_norms,
    measure_backward,
    measure_forward,
    of_all_steps,
    shown,
)


@dataclass
class UnrollArrays:
    """Of the last pass of an unrolled layer, (steps, batch, features)."""

    input: Array = field(default_factory=lambda: np.empty((0, 0, 0)))
    output: Array = field(default_factory=lambda: np.empty((0, 0, 0)))
    states: Array = field(default_factory=lambda: np.empty((0, 0, 0)))  # the output; if a state, with that at the start
    length: int = 1  # steps of a chunk
    iteration: int = 0  # of training
    chunks: list[Chunk | None] = field(default_factory=list)  # those that are kept for the backward pass
    borders: list[dict[str, Array]] = field(default_factory=list)  # the states before each chunk
    grad_input: Array = field(default_factory=lambda: np.empty((0, 0, 0)))
    grad_state: Array = field(default_factory=lambda: np.empty((0, 0, 0)))  # total derivatives of the first state
    grad_output: Array = field(default_factory=lambda: np.empty((0, 0, 0)))
    gradients: dict[str, Array] = field(default_factory=dict)  # of the learned parameters
    shown: list[NamedArrays] = field(default_factory=list)  # by chunk what a dump shows, if it was to be kept
    saved_step: int | None = None  # a step, from 0
    entering: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)  # the gradients there, by value and path


class Unroll:
    """A layer and what is left of its last pass; it is a block by itself.

    What lies below writes into the gradient that it hands down, so nothing overlaps.
    """

    copies_gradient = overlaps = False
    count = 1

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, buffers: Workspace, *,
                 truncate: int = 0, length: int = CHUNK, budget: int = SAVED_CHUNKS):  # fmt: skip
        self.graph, self.number, self.format, self.seed, self.buffers = graph, number, form, seed, buffers
        self.truncate = truncate  # steps after which the backward pass is cut, 0 for never
        self.largest, self.budget = length, budget  # numbers in one array of a chunk, bytes that all chunks may keep
        self.parameters: Final = {one.name: np.empty(one.shape, form.dtype) for one in graph.parameters}
        self.learned = tuple(one.name for one in graph.parameters if one.learned)
        self.start: dict[str, Array] = {}  # states before the first step; zeros unless given
        self.bound: dict[str, Array] = {}  # where the gradients are to be, if anywhere
        self.arrays = UnrollArrays()
        self.chunk_forward = ChunkForward(graph, number, self.parameters, form, seed)
        self.chunk_backward = ChunkBackward(graph, self.parameters, form)

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return sum(self.parameters[key].size for key in self.learned)

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let those numbers live in a vector, and their gradients in another."""
        bind(self.parameters, self.learned, vector)
        self.bound = {key: np.zeros_like(self.parameters[key]) for key in self.learned}
        bind(self.bound, self.learned, gradients)

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.arrays = UnrollArrays()

    def drop_saved(self) -> None:
        """It keeps within its budget anyhow."""

    # forward

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, width) of h_in (steps, batch, fan-in)."""
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
            arrays.borders.append(before)
            chunk = self._run(number)
            measured.append(measure_forward(graph, chunk, self.format))
            before = {name: chunk.values[name][-1].copy() for name in graph.states}
            self.chunk_forward.drop_scratch(chunk)
            fits = sum(array.nbytes for array in chunk.taken) * count <= self.budget
            arrays.chunks.append(chunk if fits else None)
            if not fits:
                chunk.free()
        return Forward(arrays.output, partial(of_all_steps, measured))

    def _filled(self, width: int, value: Array | int) -> Array:
        out = np.empty((self.arrays.input.shape[1], width), self.format.dtype)
        out[:] = value
        return out

    def _run(self, number: int) -> Chunk:
        """All steps of a chunk forward, from the states at its start."""
        arrays, graph = self.arrays, self.graph
        first = number * arrays.length
        span = slice(first, first + arrays.length)
        inputs = arrays.input[span]
        cuts = self._cuts(np.arange(first, first + len(inputs)))
        chunk = Chunk(number, first, inputs.shape[1], arrays.length, cuts, self.buffers, {"in": inputs})
        for name, before in arrays.borders[number].items():
            states = arrays.states[first : first + chunk.steps + 1] if name == graph.output else (
                chunk.take(*before.shape, more=1))  # fmt: skip
            states[0] = before
            chunk.values |= {name: states[1:], name + BEFORE: states[:-1]}
        chunk.values.setdefault(graph.output, arrays.output[span])
        self.chunk_forward.run(chunk, arrays.iteration)
        return chunk

    def _cuts(self, steps: NDArray[np.int_]) -> NDArray[np.bool_]:
        """Which steps hand nothing back."""
        return (steps > 0) & (steps % self.truncate == 0) if self.truncate else np.zeros(len(steps), bool)

    def chunk_at(self, step: int) -> Chunk:
        """The chunk of a step of the last forward pass, recomputed with all its values."""
        return self._run(step // self.arrays.length)

    def _recomputed(self, number: int) -> Chunk:
        """A chunk of the last forward pass: saved, or recomputed from the states at its start."""
        if (chunk := self.arrays.chunks[number]) is None:
            chunk = self._run(number)
            self.chunk_forward.drop_scratch(chunk)
        self.arrays.chunks[number] = None
        return chunk

    # backward

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """dL/dh_in of dL/dh_out; if h_out is a state itself, its total derivatives take the place of dL/dh_out."""
        arrays, graph = self.arrays, self.graph
        shape = (*grad.shape[:2], graph.widths[graph.main])
        arrays.grad_output = grad
        arrays.grad_state = grad if graph.output == graph.main else np.empty(shape, grad.dtype)
        arrays.gradients = self.bound or {key: np.empty_like(self.parameters[key]) for key in self.learned}
        for gradient in arrays.gradients.values():
            gradient[...] = 0
        arrays.grad_input, measured, evidence = np.empty_like(arrays.input), list[ChunkMeasurements](), NO_EVIDENCE
        carry = {name: self._filled(width, 0) for name, width in graph.states.items()}
        for number in reversed(range(len(arrays.chunks))):
            on_progress()
            chunk = self._recomputed(number)
            targets = {"in": arrays.grad_input[chunk.span], graph.main: arrays.grad_state[chunk.span]}
            self.chunk_backward.run(chunk, grad[chunk.span], targets, carry)
            for name, part in self.chunk_backward.parameter_gradients(chunk):
                arrays.gradients[name] += part
            measured.insert(0, measure_backward(graph, chunk, self.parameters, self.format))
            carry = {name: array[0].copy() for name, array in chunk.carried.items()}
            if evidence.step is None:
                evidence = self._evidence(chunk, measured[0], carry)
            if (step := arrays.saved_step) is not None and 0 <= step - chunk.first < chunk.steps:
                arrays.entering = self._entering(chunk, step - chunk.first)
            if keep_arrays:
                arrays.shown.insert(0, shown(graph, chunk))
                chunk.taken = []
            chunk.free()
        lost, unrounded = self._round_gradients()
        weights = partial(matrix_norms, graph, self.parameters, arrays.gradients, lost)
        measure = partial(of_all_steps, measured, replace(evidence, unrounded=unrounded), arrays.gradients, weights)
        return Backward(arrays.grad_input, measure, carry.get(graph.main, np.zeros(1)))

    def _round_gradients(self) -> tuple[dict[str, float], dict[str, Array]]:
        """The share of each parameter's gradient that underflows, and those that were too large, before rounding."""
        lost: dict[str, float] = {}
        unrounded: dict[str, Array] = {}
        for key, value in self.arrays.gradients.items():
            before = value if self.format.native else value.copy()
            lost[key] = round_gradient(self.format, value)
            if not (self.format.native or np.isfinite(value).all()):
                unrounded[key] = before
        return lost, unrounded

    def _evidence(self, chunk: Chunk, measured: ChunkMeasurements, carry: Mapping[str, Array]) -> Evidence:
        """The last step of a chunk that made an inf or NaN, and what it was given: its arrays will be written over."""
        bad = flatnonzero(measured.nonfinite)
        if not bad and (not chunk.first or _finite(carry)):
            return NO_EVIDENCE
        t = bad[-1] if bad else 0
        if t + 1 < chunk.steps and not _finite({name: array[t + 1] for name, array in chunk.carried.items()}):
            t += 1  # there it was made, to be handed back
        return Evidence(chunk.first + t, self._entering(chunk, t))

    def _entering(self, chunk: Chunk, t: int) -> dict[str, dict[str, Array]]:
        """The gradients that come to a step of a chunk, by value and path: from above, and from the step after it."""
        grads = {name: {"later": array[t + 1].copy()} for name, array in chunk.carried.items()}
        grads.setdefault(self.graph.output, {})["above"] = chunk.above[t].copy()
        return grads


def _finite(arrays: Mapping[str, Array]) -> bool:
    return all(np.isfinite(array).all() for array in arrays.values())
