"""One layer of a sequence, unrolled over time in chunks of steps; most have states.

What lies before or after the recurrence is done for all steps of a chunk at once; only the recurrence goes step by
step. Arrays of a chunk are kept for the backward pass if those of all chunks fit a budget, else computed again from the
states at its start. Chunks depend on shapes alone, so that both ways give the same bits.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import CHUNK, SAVED_CHUNKS
from ..network.graph import BEFORE, LayerGraph
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.matmul import Job, together
from ..numerics.moments import flatnonzero
from ..numerics.number_format import Format
from ..numerics.packed import bind
from ..numerics.random_streams import draws, stream
from ..numerics.underflow import round_gradient
from ..ops.base import Arrays, Lanes, Op, Parameter
from ..results.measurements import NO_EVIDENCE, Evidence
from .stack_measures import written
from .turns import add_paths, exhaust
from .unroll_measures import (
    Chunk,
    ChunkMeasurements,
    UnrollArrays,
    matrix_norms,
    measure_backward,
    measure_forward,
    of_all_steps,
    shown,
)


class Unroll:
    """A layer and what is left of its last pass; it is a block by itself.

    What lies below writes into the gradient that it hands down, so nothing overlaps.
    """

    overlaps = False
    count = 1

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, buffers: Workspace, *,
                 truncate: int = 0, length: int = CHUNK, budget: int = SAVED_CHUNKS):  # fmt: skip
        self.graph, self.number, self.format, self.seed, self.buffers = graph, number, form, seed, buffers
        self.truncate = truncate  # steps after which the backward pass is cut, 0 for never
        self.largest, self.budget = length, budget  # numbers in one array of a chunk, bytes that all chunks may keep
        self.main = next(iter(graph.states), graph.output)  # the state whose gradient is told
        self.kept = graph.needed if graph.states else graph.needed.union(graph.preactivation)  # which a dump shows
        self.parameters = {one.name: np.empty(one.shape, form.dtype) for one in graph.parameters}
        self.learned = tuple(one.name for one in graph.parameters if one.learned)
        self.start: dict[str, Array] = {}  # states before the first step; zeros unless given
        self.arrays = UnrollArrays()

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return sum(self.parameters[key].size for key in self.learned)

    def bind(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        bind(self.parameters, self.learned, vector)

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.arrays = UnrollArrays()

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
        count, told = -(-steps // length), list[ChunkMeasurements]()
        for number in range(count):
            on_progress()
            arrays.borders.append(before)
            chunk = self._run(number)
            told.append(measure_forward(graph, chunk, self.format))
            before = {name: chunk.values[name][-1].copy() for name in graph.states}
            self._drop_scratch(chunk)
            fits = sum(array.nbytes for array in chunk.taken) * count <= self.budget
            arrays.chunks.append(chunk if fits else None)
            if not fits:
                self.buffers.give(chunk.taken)
        return Forward(arrays.output, partial(of_all_steps, told))

    def drop_saved(self) -> None:
        """It keeps within its budget anyhow."""

    def _filled(self, width: int, value: Array | int) -> Array:
        out = np.empty((self.arrays.input.shape[1], width), self.format.dtype)
        out[:] = value
        return out

    def _take(self, memory: list[Array], chunk: Chunk, *shape: int, more: int = 0) -> Array:
        """An array (steps + more, *shape) that another chunk may write over when this one is done with."""
        memory.append(array := self.buffers.take((self.arrays.length + more, *shape), self.format.dtype))
        return array[: chunk.steps + more]

    def _drop_scratch(self, chunk: Chunk) -> None:
        for name in chunk.values.keys() - self.kept - {"in", self.graph.output, *self.graph.states}:
            del chunk.values[name]
        self.buffers.give(chunk.scratch)

    def _run(self, number: int) -> Chunk:
        """All steps of a chunk."""
        first = number * self.arrays.length
        chunk = Chunk(number, first, min(self.arrays.length, len(self.arrays.input) - first))
        self._allocate(chunk)
        before, within, after = self.graph.sections
        self._forward_at_once(chunk, before)
        turns = []
        for k in within:
            names, op = self.graph.ops[k]
            outputs = [chunk.values[name] for name in names]
            turn = op.forward(
                self._params(op, chunk.steps), self._inputs(chunk, op), outputs, chunk.saved[k], self.format.round_
            )
            turns.append(turn if self.format.native else self._rounded(turn, outputs))
        exhaust(zip(*turns, strict=True))
        self._forward_at_once(chunk, after)
        return chunk

    def _allocate(self, chunk: Chunk) -> None:
        graph, steps = self.graph, slice(chunk.first, chunk.first + chunk.steps)
        batch = self.arrays.input.shape[1]
        chunk.values["in"] = self.arrays.input[steps]
        for name, width in graph.states.items():
            with_before = (self.arrays.states[chunk.first : steps.stop + 1] if name == graph.output
                           else self._take(chunk.taken, chunk, batch, width, more=1))  # fmt: skip
            with_before[0] = self.arrays.borders[chunk.number][name]
            chunk.values |= {name: with_before[1:], name + BEFORE: with_before[:-1]}
        chunk.values.setdefault(graph.output, self.arrays.output[steps])
        for k, (names, op) in enumerate(graph):
            for name in names:
                if name not in chunk.values:
                    memory = chunk.taken if name in self.kept else chunk.scratch
                    chunk.values[name] = self._take(memory, chunk, batch, graph.widths[name])
            shapes = op.saved(batch, graph.widths[names[0]])
            chunk.saved.append(tuple(self._take(chunk.taken, chunk, *shape) for shape in shapes.values()))
            if op.random:
                purpose = draws(self.arrays.iteration, f"{op.drawn_as}{self.graph.part(k)} {self.number}")
                op.draw(stream(self.seed, purpose, chunk.number), chunk.saved[k][0])
                self.format.round_(chunk.saved[k][0])

    def _forward_at_once(self, chunk: Chunk, numbers: Iterable[int]) -> None:
        for k in numbers:
            names, op = self.graph.ops[k]
            outputs = tuple(chunk.values[name] for name in names)
            inputs, out, saved = (_joined(op, group) for group in (self._inputs(chunk, op), outputs, chunk.saved[k]))
            exhaust(op.forward(self._params(op, len(out[0])), inputs, out, saved, self.format.round_))
            for array in outputs:
                self.format.round_(array)

    def _params(self, op: Op, count: int) -> Lanes:
        """An operation's parameters, the same for each step."""
        return [[self.parameters[parameter.name]] * count for parameter in op.parameters]

    def _inputs(self, chunk: Chunk, op: Op) -> Arrays:
        return tuple(chunk.values.get(name, _GONE) for name in op.inputs)

    def _rounded(self, turn: Iterator[None], outputs: Iterable[Array]) -> Iterator[None]:
        for _, *made in zip(turn, *outputs, strict=True):
            for array in made:
                self.format.round_(array)
            yield

    def chunk_at(self, step: int) -> Chunk:
        """The chunk of a step of the last forward pass, computed again with all its values."""
        return self._run(step // self.arrays.length)

    def _recomputed(self, number: int) -> Chunk:
        """A chunk of the last forward pass: kept, or computed again from the states at its start."""
        if (chunk := self.arrays.chunks[number]) is None:
            chunk = self._run(number)
            self._drop_scratch(chunk)
        self.arrays.chunks[number] = None
        return chunk

    # backward

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """dL/dh_in of dL/dh_out; if h_out is a state itself, its total derivatives take the place of dL/dh_out."""
        arrays, graph = self.arrays, self.graph
        shape = (*grad.shape[:2], graph.widths[self.main])
        arrays.grad_output = grad
        arrays.grad_state = grad if graph.output == self.main else np.empty(shape, grad.dtype)
        arrays.gradients = {key: np.zeros_like(self.parameters[key]) for key in self.learned}
        arrays.grad_input, told, evidence = np.empty_like(arrays.input), list[ChunkMeasurements](), NO_EVIDENCE
        carry = {name: self._filled(width, 0) for name, width in graph.states.items()}
        for number in reversed(range(len(arrays.chunks))):
            on_progress()
            chunk = self._recomputed(number)
            self._backward(chunk, carry)
            self._add_gradients(chunk)
            told.insert(0, measure_backward(graph, chunk, self.parameters, self.format, self._cuts(chunk)))
            carry = {name: array[0].copy() for name, array in chunk.carried.items()}
            if evidence.step is None:
                evidence = self._evidence(chunk, told[0], carry)
            if (step := arrays.looked_at) is not None and 0 <= step - chunk.first < chunk.steps:
                arrays.entering = self._entering(chunk, step - chunk.first)
            if keep_arrays:
                arrays.shown.insert(0, shown(graph, chunk))
                chunk.taken = []
            self.buffers.give(chunk.taken)
        lost, unrounded = self._round_gradients()
        weights = partial(matrix_norms, graph, self.parameters, arrays.gradients, lost)
        measure = partial(of_all_steps, told, replace(evidence, unrounded=unrounded), arrays.gradients, weights)
        return Backward(arrays.grad_input, measure, carry.get(self.main, np.zeros(1)))

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

    def _cuts(self, chunk: Chunk) -> NDArray[np.bool_]:
        """Steps of a chunk that hand nothing back."""
        steps = np.arange(chunk.first, chunk.first + chunk.steps)
        return (steps > 0) & (steps % self.truncate == 0) if self.truncate else np.zeros(chunk.steps, bool)

    def _backward(self, chunk: Chunk, carry: Mapping[str, Array]) -> None:
        """All steps of a chunk backwards; carry is dL/d(each state) from later steps."""
        graph, steps, batch = self.graph, slice(chunk.first, chunk.first + chunk.steps), self.arrays.input.shape[1]
        chunk.underflowed, chunk.stored = np.zeros((2, chunk.steps))
        chunk.into = [()] * len(graph.ops)
        chunk.above = self.arrays.grad_output[steps]
        if graph.output == self.main:  # it will be written over
            chunk.above = self._take(chunk.taken, chunk, batch, graph.width)
            chunk.above[:] = self.arrays.grad_output[steps]
        for name, last in carry.items():
            chunk.carried[name] = self._take(chunk.taken, chunk, *last.shape, more=1)
            chunk.carried[name][-1] = last
        before, within, after = graph.sections
        turns: list[Iterator[None]] = []
        for turn in (turn for k in reversed(after) for turn in self._turns(chunk, k, joined=True)):
            exhaust(turn)
        for k in reversed(within):
            turns += self._turns(chunk, k)
        for name in graph.states:
            turns += self._sum(chunk, name + BEFORE)
        exhaust(zip(*turns, strict=True))
        for turn in (turn for k in reversed(before) for turn in self._turns(chunk, k, joined=True)):
            exhaust(turn)
        for turn in self._sum(chunk, "in", joined=True):
            exhaust(turn)

    def _turns(self, chunk: Chunk, k: int, joined: bool = False) -> list[Iterator[None]]:
        """An operation's backward, and before it the sums that its outputs' gradients are."""
        (names, op), graph, batch = self.graph.ops[k], self.graph, self.arrays.input.shape[1]
        turns = [turn for name in names for turn in self._sum(chunk, name, joined)]
        grads = tuple(chunk.grads[name] for name in names)
        into: list[Array] = []
        for j, name in enumerate(op.inputs):
            if j in op.gradient_out:
                path = grads[0]
            elif j in op.same_gradient:
                path = into[op.same_gradient[j]]
            elif name in graph.summed:
                path = self._take(chunk.taken, chunk, batch, graph.widths[name])
            else:
                path = self._target(chunk, name)
            into.append(path)
        inner = op.inner(batch, graph.widths[names[0]]).values()
        chunk.into[k] = *into, *(self._take(chunk.taken, chunk, *shape) for shape in inner)
        self.prepare(chunk, k)
        if len(op.gradient_out) < len(into):
            groups = self._inputs(chunk, op), chunk.saved[k], grads, chunk.into[k]
            inputs, saved, out, paths = (_last_first(_joined(op, group) if joined else group) for group in groups)
            turn = op.backward(self._params(op, len(out[0])), inputs, saved, out, paths, self.format.round_)
            back = {id(path) for path, name in zip(into, op.inputs, strict=True) if BEFORE in name}
            made = written(op, chunk.into[k])
            turns.append(self._stored(chunk, turn, made, joined, back, counted=not op.counts_underflow))
        return turns

    def prepare(self, chunk: Chunk, k: int) -> None:
        """What an operation's backward needs, of all steps at once."""
        names, op = self.graph.ops[k]
        if shapes := op.prepared(self.arrays.input.shape[1], self.graph.widths[names[0]]):
            chunk.saved[k] += tuple(self._take(chunk.taken, chunk, *shape) for shape in shapes.values())
            op.prepare(self._inputs(chunk, op), tuple(chunk.values[name] for name in names), chunk.saved[k])

    def _target(self, chunk: Chunk, name: str) -> Array:
        """Where the gradient of a value is to be, once it is complete."""
        steps = slice(chunk.first, chunk.first + chunk.steps)
        if name == "in":
            return self.arrays.grad_input[steps]
        if name == self.main:
            return self.arrays.grad_state[steps]
        if name.endswith(BEFORE):
            return chunk.carried[name.removesuffix(BEFORE)][:-1]
        return self._take(chunk.taken, chunk, self.arrays.input.shape[1], self.graph.widths[name])

    def _sum(self, chunk: Chunk, name: str, joined: bool = False) -> list[Iterator[None]]:
        """Bring the gradient of a value together, what comes from later steps last."""
        graph, paths = self.graph, [chunk.above] if name == self.graph.output else []
        paths += [chunk.into[k][j] for k, j in graph.uses[name]]
        paths += [chunk.carried[name][1:]] if name in graph.states else []
        if len(paths) == 1 and name != self.main:
            chunk.grads[name] = paths[0]
            return []
        chunk.grads[name] = total = self._target(chunk, name)
        if not paths:
            total[...] = 0
            return []
        lanes = [array[None] if joined else array[::-1] for array in (*paths, total)]
        back = {id(total)} if BEFORE in name else set[int]()
        return [self._stored(chunk, add_paths(lanes[:-1], lanes[-1]), (total,), joined, back)]

    def _stored(self, chunk: Chunk, turn: Iterator[None], made: Arrays, joined: bool, back: set[int],
                counted: bool = True) -> Iterator[None]:  # fmt: skip
        """Turns whose results are rounded, which is counted, and set to 0 where a step hands nothing `back`."""
        cuts, round_ = self._cuts(chunk), self.format.round_
        for array in made:
            chunk.stored += array[0].size * (~cuts if id(array) in back else 1)
        if self.format.native and not (back and cuts.any()):
            return turn
        counts = chunk.underflowed if counted else np.empty(chunk.steps)

        def all_at_once() -> Iterator[None]:
            yield from turn
            for array in made:
                round_(array, counts)

        def step_by_step() -> Iterator[None]:
            for t, _ in zip(reversed(range(chunk.steps)), turn, strict=True):
                for array in made:
                    if cuts[t] and id(array) in back:
                        array[t] = 0
                    else:
                        round_(array[t : t + 1], counts[t : t + 1])
                yield

        return all_at_once() if joined else step_by_step()

    def _add_gradients(self, chunk: Chunk) -> None:
        """Add a chunk's part to the parameters' gradients."""
        others: list[Job] = []
        products: list[Job] = []
        sizes: list[tuple[int, int, int]] = []
        found: list[tuple[Parameter, Array]] = []
        for k, (names, op) in enumerate(self.graph):
            if any(parameter.learned for parameter in op.parameters):
                outputs = tuple(chunk.values.get(name, _GONE) for name in names)
                groups = self._inputs(chunk, op), outputs, chunk.saved[k], tuple(chunk.grads[name] for name in names)
                inputs, outputs, saved, grads = (_joined(op, group) for group in groups)
                into = tuple(np.empty((len(grads[0]), *one.shape), self.format.dtype) for one in op.parameters)
                (products if op.product else others).append(
                    partial(op.parameter_gradients, inputs, outputs, saved, grads, into)
                )
                found += zip(op.parameters, into, strict=True)
                if op.product:
                    fan_out, fan_in = op.parameters[0].shape
                    sizes.append((fan_out, grads[0].shape[1], fan_in))
        together(products, *sizes)
        for job in others:
            job()
        for parameter, parts in found:
            for part in parts if parameter.learned else ():
                self.arrays.gradients[parameter.name] += part

    def _evidence(self, chunk: Chunk, told: ChunkMeasurements, carry: Mapping[str, Array]) -> Evidence:
        """The last step of a chunk that made an inf or NaN, and what it was given: its arrays will be written over."""
        bad = flatnonzero(told.nonfinite)
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


_GONE = np.empty((0, 0, 1))  # in place of a value that nobody reads any more


def _joined(op: Op, arrays: Arrays) -> Arrays:
    """Arrays (steps, rows, any) as of one step with all the rows, if the operation takes each row by itself."""
    return tuple(array.reshape(1, -1, array.shape[-1]) for array in arrays) if op.by_row else arrays


def _last_first(arrays: Iterable[Array]) -> Arrays:
    return tuple(array[::-1] for array in arrays)


def _finite(arrays: Mapping[str, Array]) -> bool:
    return all(np.isfinite(array).all() for array in arrays.values())
