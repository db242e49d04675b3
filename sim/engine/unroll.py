"""One layer whose graph has states, unrolled over time in chunks of steps.

What lies before or after the recurrence is done for all steps of a chunk at once; only the recurrence goes step by
step. Arrays of a chunk are kept for the backward pass if those of all chunks fit a budget, else computed again from the
states at its start. Chunks depend on shapes alone, so that both ways give the same bits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..network.graph import BEFORE, LayerGraph
from ..network.layer import Operation, grad_name
from ..network.memory import CHUNK, KEPT_CHUNKS
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..numerics.matmul import Job, together
from ..numerics.moments import COLUMNS, moments, places
from ..numerics.number_format import Format, number_format
from ..numerics.packed import move
from ..numerics.random_streams import draws, stream
from ..numerics.underflow import round_gradient
from ..ops.base import Arrays, Lanes, Op, Parameter
from ..ops.operands import operands_of_rounding
from ..results.measurements import Measurements
from .replay import Replay, initial
from .single import weight_norms
from .stack_measures import written
from .turns import add_paths, exhaust
from .unroll_measures import Chunk, Told, measure_backward, measure_forward


class Unroll:
    """A layer and what is left of its last pass; it is a block by itself.

    What lies below writes into the gradient that it hands down, so nothing overlaps.
    """

    overlaps = False
    iteration = 0
    recording = False

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, buffers: Workspace, *,
                 truncate: int = 0, length: int = CHUNK, budget: int = KEPT_CHUNKS):  # fmt: skip
        self.graph, self.number, self.format, self.seed, self.buffers = graph, number, form, seed, buffers
        self.truncate = truncate  # steps after which the backward pass is cut, 0 for never
        self.largest, self.budget = length, budget  # numbers in one array of a chunk, bytes that all chunks may keep
        self.main = next(iter(graph.states))  # the state whose gradient is told
        self.parameters = {one.name: np.empty(one.shape, form.dtype) for one in graph.parameters}
        self.learned = tuple(one.name for one in graph.parameters if one.learned)
        self.matrices, self.feedback = graph.matrices, graph.feedback
        self.drawn: Mapping[str, Array] = {}  # parameters that were too large, as they were drawn
        self.start: dict[str, Array] = {}  # states before the first step; zeros unless given
        self.free()

    @property
    def layers(self) -> tuple["Unroll"]:
        """Itself."""
        return (self,)

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return sum(self.parameters[key].size for key in self.learned)

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        move(self.parameters, self.learned, vector)

    def listen(self, on_progress: Callable[[], None]) -> None:
        """Call it at each chunk, until the arrays are freed."""
        self._on_progress = on_progress

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.listen(lambda: None)
        self._forget()

    def _forget(self) -> None:
        self.gradients: dict[str, Array] = {}
        self.entered = self.hidden = self.grad_hidden = self.grad_output = self._below = np.empty((0, 0, 0))
        self._states = np.empty((0, 0, 0))  # where the output is a state: it, and before it what was there at the start
        self._chunks: list[Chunk | None] = []
        self._borders: list[dict[str, Array]] = []  # the states before each chunk
        self._told: list[Told] = []  # in one phase by chunk
        self._broken: tuple[int, dict[str, dict[str, Array]]] | None = None  # a step, and the gradients that it got
        self._lost: dict[str, float] = {}  # the share of each parameter's gradient that became 0 by rounding
        self._summed: dict[str, Array] = {}  # gradients that were too large, as they were before rounding
        self._recorded: list[dict[str, Array]] = []
        self.grad_start = np.zeros(1)

    # forward

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in (steps, batch, fan-in)."""
        self._forget()
        self.entered, graph = hidden, self.graph
        steps, batch, _ = hidden.shape
        widest = max(graph.widths[name] for names, _ in graph for name in names)
        self.length = max(1, min(steps, self.largest // (batch * widest)))
        stateful = graph.output in graph.states
        self._states = np.empty((steps + stateful, batch, graph.width), hidden.dtype)
        self.hidden = self._states[stateful:]
        before = {name: self._filled(width, self.start.get(name, 0)) for name, width in graph.states.items()}
        count = -(-steps // self.length)
        for number in range(count):
            self._on_progress()
            self._borders.append(before)
            chunk = self._run(number)
            self._told.append(told := measure_forward(graph, chunk, self.format))
            if self._broken is None and told.nonfinite.any():
                self._broken = chunk.first + places(told.nonfinite)[0], {}
            before = {name: chunk.values[name][-1].copy() for name in graph.states}
            self._drop_scratch(chunk)
            fits = sum(array.nbytes for array in chunk.taken) * count <= self.budget
            self._chunks.append(chunk if fits else None)
            if not fits:
                self.buffers.give(chunk.taken)
        return self.hidden

    def drop_saved(self) -> None:
        """It keeps within its budget anyhow."""

    def _filled(self, width: int, value: Array | int) -> Array:
        out = np.empty((self.entered.shape[1], width), self.format.dtype)
        out[:] = value
        return out

    def _take(self, memory: list[Array], chunk: Chunk, *shape: int, more: int = 0) -> Array:
        """An array (steps + more, *shape) that another chunk may write over when this one is done with."""
        memory.append(array := self.buffers.take((self.length + more, *shape), self.format.dtype))
        return array[: chunk.steps + more]

    def _drop_scratch(self, chunk: Chunk) -> None:
        for name in chunk.values.keys() - self.graph.needed - {"in", self.graph.output, *self.graph.states}:
            del chunk.values[name]
        self.buffers.give(chunk.scratch)

    def _run(self, number: int) -> Chunk:
        """All steps of a chunk."""
        first = number * self.length
        chunk = Chunk(number, first, min(self.length, len(self.entered) - first))
        self._make_room(chunk)
        before, within, after = self.graph.sections
        self._forward_at_once(chunk, before)
        turns = []
        for k in within:
            names, op = self.graph.ops[k]
            outputs = [chunk.values[name] for name in names]
            turn = op.forward(
                self._own(op, chunk.steps), self._inputs(chunk, op), outputs, chunk.saved[k], self.format.round_
            )
            turns.append(turn if self.format.native else self._rounded(turn, outputs))
        exhaust(zip(*turns, strict=True))
        self._forward_at_once(chunk, after)
        return chunk

    def _make_room(self, chunk: Chunk) -> None:
        graph, steps = self.graph, slice(chunk.first, chunk.first + chunk.steps)
        batch = self.entered.shape[1]
        chunk.values["in"] = self.entered[steps]
        for name, width in graph.states.items():
            with_before = (self._states[chunk.first : steps.stop + 1] if name == graph.output
                           else self._take(chunk.taken, chunk, batch, width, more=1))  # fmt: skip
            with_before[0] = self._borders[chunk.number][name]
            chunk.values |= {name: with_before[1:], name + BEFORE: with_before[:-1]}
        chunk.values.setdefault(graph.output, self.hidden[steps])
        for k, (names, op) in enumerate(graph):
            for name in names:
                if name not in chunk.values:
                    memory = chunk.taken if name in graph.needed else chunk.scratch
                    chunk.values[name] = self._take(memory, chunk, batch, graph.widths[name])
            shapes = op.saved(batch, graph.widths[names[0]])
            chunk.saved.append(tuple(self._take(chunk.taken, chunk, *shape) for shape in shapes.values()))
            if "draws" in shapes:
                purpose = draws(self.iteration, f"{op.name} {self.number}")
                op.draw(stream(self.seed, purpose, chunk.number), chunk.saved[k][0])
                self.format.round_(chunk.saved[k][0])

    def _forward_at_once(self, chunk: Chunk, numbers: Iterable[int]) -> None:
        for k in numbers:
            names, op = self.graph.ops[k]
            outputs = tuple(chunk.values[name] for name in names)
            inputs, out, saved = (_joined(op, group) for group in (self._inputs(chunk, op), outputs, chunk.saved[k]))
            exhaust(op.forward(self._own(op, len(out[0])), inputs, out, saved, self.format.round_))
            for array in outputs:
                self.format.round_(array)

    def _own(self, op: Op, count: int) -> Lanes:
        """An operation's parameters, the same for each step."""
        return [[self.parameters[parameter.name]] * count for parameter in op.parameters]

    def _inputs(self, chunk: Chunk, op: Op) -> Arrays:
        return tuple(chunk.values.get(name, _GONE) for name in op.inputs)

    def _rounded(self, turn: Iterator[None], outputs: Iterable[Array]) -> Iterator[None]:
        for _, *made in zip(turn, *outputs, strict=True):
            for array in made:
                self.format.round_(array)
            yield

    def _again(self, number: int) -> Chunk:
        """A chunk of the last forward pass: kept, or made again from the states at its start."""
        if (chunk := self._chunks[number]) is None:
            chunk = self._run(number)
            self._drop_scratch(chunk)
        self._chunks[number] = None
        return chunk

    # backward

    def backward(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out; if h_out is a state itself, its total derivatives take the place of dL/dh_out."""
        steps, batch, _ = grad.shape
        self.grad_output, graph, dtype = grad, self.graph, grad.dtype
        self.grad_hidden = (
            grad if graph.output == self.main else np.empty((steps, batch, graph.states[self.main]), dtype)
        )
        self.gradients = {key: np.zeros_like(self.parameters[key]) for key in self.learned}
        self._below, self._told, self._broken = np.empty_like(self.entered), [], None
        carry = {name: self._filled(width, 0) for name, width in graph.states.items()}
        for number in reversed(range(len(self._chunks))):
            self._on_progress()
            chunk = self._again(number)
            self._backward(chunk, carry)
            self._add_gradients(chunk)
            self._told.insert(
                0, told := measure_backward(graph, chunk, self.parameters, self.format, self._cuts(chunk))
            )
            carry = {name: array[0].copy() for name, array in chunk.carried.items()}
            if self._broken is None:
                self._find_broken(chunk, told, carry)
            if self.recording:
                self._recorded.insert(0, self._shown(chunk))
                chunk.taken = []
            self.buffers.give(chunk.taken)
        self.grad_start = carry[self.main]
        for key, value in self.gradients.items():
            whole = value if self.format.native else value.copy()
            self._lost[key] = round_gradient(self.format, value)
            if not (self.format.native or np.isfinite(value).all()):
                self._summed[key] = whole
        return self._below

    def _cuts(self, chunk: Chunk) -> NDArray[np.bool_]:
        """Steps of a chunk that hand nothing back."""
        steps = np.arange(chunk.first, chunk.first + chunk.steps)
        return (steps > 0) & (steps % self.truncate == 0) if self.truncate else np.zeros(chunk.steps, bool)

    def _backward(self, chunk: Chunk, carry: Mapping[str, Array]) -> None:
        """All steps of a chunk backwards; carry is dL/d(each state) from later steps."""
        graph, steps, batch = self.graph, slice(chunk.first, chunk.first + chunk.steps), self.entered.shape[1]
        chunk.underflowed, chunk.stored = np.zeros((2, chunk.steps))
        chunk.into = [()] * len(graph.ops)
        chunk.above = self.grad_output[steps]
        if graph.output == self.main:  # it will be written over
            chunk.above = self._take(chunk.taken, chunk, batch, graph.width)
            chunk.above[:] = self.grad_output[steps]
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
        (names, op), graph, batch = self.graph.ops[k], self.graph, self.entered.shape[1]
        turns = [turn for name in names for turn in self._sum(chunk, name, joined)]
        grads = tuple(chunk.grads[name] for name in names)
        into: list[Array] = []
        for j, name in enumerate(op.inputs):
            if j in op.gradient_out:
                path = grads[0]
            elif j in op.same_gradient:
                path = into[op.same_gradient[j]]
            elif graph.summed(name):
                path = self._take(chunk.taken, chunk, batch, graph.widths[name])
            else:
                path = self._target(chunk, name)
            into.append(path)
        inner = op.inner(batch, graph.widths[names[0]]).values()
        chunk.into[k] = *into, *(self._take(chunk.taken, chunk, *shape) for shape in inner)
        self._prepare(chunk, k)
        if len(op.gradient_out) < len(into):
            groups = self._inputs(chunk, op), chunk.saved[k], grads, chunk.into[k]
            inputs, saved, out, paths = (_last_first(_joined(op, group) if joined else group) for group in groups)
            turn = op.backward(self._own(op, len(out[0])), inputs, saved, out, paths)
            back = {id(path) for path, name in zip(into, op.inputs, strict=True) if BEFORE in name}
            made = written(op, chunk.into[k])
            turns.append(self._stored(chunk, turn, made, joined, back, counted=not op.counts_underflow))
        return turns

    def _prepare(self, chunk: Chunk, k: int) -> None:
        """What an operation's backward needs, of all steps at once."""
        names, op = self.graph.ops[k]
        if shapes := op.prepared(self.entered.shape[1], self.graph.widths[names[0]]):
            chunk.saved[k] += tuple(self._take(chunk.taken, chunk, *shape) for shape in shapes.values())
            op.prepare(self._inputs(chunk, op), tuple(chunk.values[name] for name in names), chunk.saved[k])

    def _target(self, chunk: Chunk, name: str) -> Array:
        """Where the gradient of a value is to be, once it is complete."""
        steps = slice(chunk.first, chunk.first + chunk.steps)
        if name == "in":
            return self._below[steps]
        if name == self.main:
            return self.grad_hidden[steps]
        if name.endswith(BEFORE):
            return chunk.carried[name.removesuffix(BEFORE)][:-1]
        return self._take(chunk.taken, chunk, self.entered.shape[1], self.graph.widths[name])

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
                self.gradients[parameter.name] += part

    def collect_gradients(self) -> None:
        """The backward pass has summed them up."""

    def _find_broken(self, chunk: Chunk, told: Told, carry: Mapping[str, Array]) -> None:
        """Remember the last step that made an inf or NaN, and what it was given: its arrays will be written over."""
        bad = places(told.nonfinite)
        if not bad and (not chunk.first or _finite(carry)):
            return
        t = bad[-1] if bad else 0
        if t + 1 < chunk.steps and not _finite({name: array[t + 1] for name, array in chunk.carried.items()}):
            t += 1  # there it was made, to be handed back
        grads = {name: {"later": array[t + 1].copy()} for name, array in chunk.carried.items()}
        grads.setdefault(self.graph.output, {})["above"] = chunk.above[t].copy()
        self._broken = chunk.first + t, grads

    # results

    def measure(self, phase: str) -> Measurements:
        """What the chunks of the last pass have told."""
        quantities = {name: np.concatenate([told.quantities[name] for told in self._told])[None]
                      for name in self._told[0].quantities}  # fmt: skip
        output, nonfinite, below = (np.concatenate([getattr(told, name) for told in self._told])
                                    for name in ("output", "nonfinite", "grad_input"))  # fmt: skip
        if phase == "forward":
            return Measurements(quantities, output[None], np.array([nonfinite.sum()]))
        broken = sum(not np.isfinite(value).all() for value in self.gradients.values())
        return Measurements(
            quantities, output[None], np.array([nonfinite.sum() + broken]), below[None], self._weights()
        )

    def _weights(self) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for prefix, key in self.matrices.items():
            out = np.empty((2, 1, COLUMNS))
            for array, table in zip((self.parameters[key], self.gradients[key]), out, strict=True):
                moments(array.reshape(1, -1), table)
            norms = weight_norms(out[0], out[1], array.size) | {"underflow_fraction": self._lost[key]}
            found |= {prefix + name: np.reshape(value, 1) for name, value in norms.items()}
        return found

    # to look at

    def float64_copy(self, step: int) -> "Unroll":
        """The same layer in float64, to be run from the given step (from 0) on."""
        chunk, form = self._run(step // self.length), number_format("float64")
        float64_copy = Unroll(self.graph, self.number, form, self.seed, Workspace())
        float64_copy.parameters = {key: value.astype(form.dtype) for key, value in self.parameters.items()}
        float64_copy.start = {
            name: array.astype(form.dtype) for name, array in self._states_before(chunk, step).items()
        }
        float64_copy.iteration = self.iteration
        return float64_copy

    def _states_before(self, chunk: Chunk, step: int) -> dict[str, Array]:
        return {name: chunk.values[name + BEFORE][step - chunk.first] for name in self.graph.states}

    def operations(self, phase: str) -> Iterator[Operation]:
        """From the initial parameters to h_out of the first step that went wrong, or from dL/dh_out of the last."""
        if phase == "forward":
            yield from initial(self.number, self.parameters, self.drawn)
        if self._broken is not None:
            step, grads = self._broken
            chunk = self._run(step // self.length)
            t = step - chunk.first
            given = {name + BEFORE: before for name, before in self._states_before(chunk, step).items()}
            given["in"] = self.entered[step]
            drawn = {k: chunk.saved[k][0][t] for k, (_, op) in enumerate(self.graph) if "draws" in op.saved(1, 1)}
            replay = Replay(self.graph, self.number, self.parameters, given, drawn, self.format, step)
            yield from replay.forward() if phase == "forward" else replay.backward(grads)
        for key, value in self.gradients.items() if phase == "backward" else ():
            met = operands_of_rounding(self._summed[key][None]) if key in self._summed else None
            yield Operation("parameter gradient", f"layers.{self.number}.{grad_name(key)}", value[None], 0, met)

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        named = dict(self.parameters) | {f"grad_{self.main}": self.grad_hidden}
        if self.graph.output not in self.graph.states:
            named |= {self.graph.output: self.hidden, f"grad_{self.graph.output}": self.grad_output}
        for key in self._recorded[0] if self._recorded else ():
            named[key] = np.concatenate([part[key] for part in self._recorded])
        for name, before in self._borders[0].items():
            named[name] = np.concatenate([before[None], named[name]])
        return named | {grad_name(key): value for key, value in self.gradients.items()}

    def _shown(self, chunk: Chunk) -> dict[str, Array]:
        """What a dump shows of a chunk."""
        shown = {name: chunk.values[name] for name in self.graph.states}
        shown |= {f"grad_{name}": chunk.grads[name] for name in self.graph.preactivation}
        for (names, op), saved, into in zip(self.graph, chunk.saved, chunk.into, strict=True):
            inner = op.inner(self.entered.shape[1], self.graph.widths[names[0]])
            shown |= zip(inner, into[len(op.inputs) :], strict=True)
            shown |= op.shown(saved)
        return shown

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step (from 0) that are worth a histogram."""
        chunk = self._run(step // self.length)
        t, graph = step - chunk.first, self.graph
        one, other = (chunk.values[name][t] for name in graph.preactivation)
        found = {"preactivation": one + other if graph.added is None else chunk.values[graph.added][t]}
        for k, (_, op) in enumerate(graph):
            self._prepare(chunk, k)
            found |= {name: array[t] for name, array in op.histograms(chunk.saved[k]).items()}
        found |= {name: chunk.values[name][t] for name in graph.states if name != self.main}
        return found | {"activation": self.hidden[step], "gradient": self.grad_hidden[step]}


_GONE = np.empty((0, 0, 1))  # in place of a value that nobody reads any more


def _joined(op: Op, arrays: Arrays) -> Arrays:
    """Arrays (steps, rows, any) as of one step with all the rows, if the operation takes each row by itself."""
    return tuple(array.reshape(1, -1, array.shape[-1]) for array in arrays) if op.by_row else arrays


def _last_first(arrays: Iterable[Array]) -> Arrays:
    return tuple(array[::-1] for array in arrays)


def _finite(arrays: Mapping[str, Array]) -> bool:
    return all(np.isfinite(array).all() for array in arrays.values())
