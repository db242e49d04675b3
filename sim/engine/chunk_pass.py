"""The forward and the backward pass of an unrolled layer through a chunk of steps.

Operations before and after the recurrence are computed for all steps at once; only the recurrence goes step by step.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..numerics.arrays import Array
from ..numerics.blas import Job, together
from ..numerics.number_format import Format
from ..numerics.random_streams import draws, stream
from ..ops.base import Arrays, Lanes, Op, run_through, sum_paths
from .chunk import Chunk

Write = tuple[Array, bool]  # an array that is written, and whether it is handed back to the step before


class ChunkPass:
    """Both passes of one layer; the arrays are those of the chunk that a method gets."""

    def __init__(self, graph: LayerGraph, number: int, parameters: Mapping[str, Array], form: Format, seed: int):
        self.graph, self.number, self.parameters, self.format, self.seed = graph, number, parameters, form, seed
        dumped = () if graph.states else graph.preactivation
        self.saved_values = graph.needed.union(dumped)

    def _params(self, op: Op, steps: int) -> Lanes:
        """An operation's parameters, the same ones for each step."""
        return [[self.parameters[parameter.name]] * steps for parameter in op.parameters]

    # forward pass

    def forward(self, chunk: Chunk, iteration: int) -> None:
        """Compute all values of a chunk from its input and the states before each step."""
        self._allocate(chunk, iteration)
        before, within, after = self.graph.sections
        self._forward_at_once(chunk, before)
        by_step = []
        for k in within:
            names, op = self.graph.ops[k]
            params, outputs = self._params(op, chunk.steps), chunk.read(names)
            steps = op.forward(params, chunk.read(op.inputs), outputs, chunk.saved[k], self.format.round_)
            by_step.append(steps if self.format.native else self._rounded(steps, outputs))
        run_through(zip(*by_step, strict=True))
        self._forward_at_once(chunk, after)

    def drop_scratch(self, chunk: Chunk) -> None:
        """Free the values that nothing reads once the forward pass has been measured."""
        for name in chunk.values.keys() - self.saved_values - {"in", self.graph.output, *self.graph.states}:
            del chunk.values[name]
        chunk.workspace.give(chunk.scratch)

    def _allocate(self, chunk: Chunk, iteration: int) -> None:
        """Take memory for values and saved arrays, and draw the random numbers."""
        graph, batch = self.graph, chunk.batch
        for k, (names, op) in enumerate(graph):
            for name in names:
                if name not in chunk.values:
                    chunk.values[name] = chunk.take(batch, graph.widths[name], scratch=name not in self.saved_values)
            shapes = op.saved(batch, graph.widths[names[0]])
            chunk.saved.append(tuple(chunk.take(*shape) for shape in shapes.values()))
            if op.random:
                purpose = draws(iteration, f"{op.drawn_as}{graph.prefix(k)} {self.number}")
                op.draw(stream(self.seed, purpose, chunk.number), chunk.saved[k][0])
                self.format.round_(chunk.saved[k][0])

    def _forward_at_once(self, chunk: Chunk, numbers: Iterable[int]) -> None:
        """The forward pass of some operations, all steps at once."""
        for k in numbers:
            names, op = self.graph.ops[k]
            outputs = chunk.read(names)
            inputs, out, saved = (_rows(op, group) for group in (chunk.read(op.inputs), outputs, chunk.saved[k]))
            run_through(op.forward(self._params(op, len(out[0])), inputs, out, saved, self.format.round_))
            for array in outputs:
                self.format.round_(array)

    def _rounded(self, steps: Iterator[None], outputs: Iterable[Array]) -> Iterator[None]:
        """An operation, step by step, whose outputs are rounded."""
        for _, *written in zip(steps, *outputs, strict=True):
            for array in written:
                self.format.round_(array)
            yield

    # backward pass

    def backward(
        self, chunk: Chunk, grad: Array, targets: Mapping[str, Array], grad_states: Mapping[str, Array]
    ) -> None:
        """Compute all gradients of a chunk from dL/dh_out and the gradients of its last states from later steps.

        Gradients of the values that `targets` name end up in these arrays.
        """
        graph = self.graph
        chunk.underflowed, chunk.stored = np.zeros((2, chunk.steps))
        chunk.path_grads = [()] * len(graph.ops)
        chunk.targets = dict(targets)
        chunk.grad_output = grad
        if graph.output == graph.main:  # its total derivatives are written over dL/dh_out
            chunk.grad_output = chunk.take(chunk.batch, graph.width)
            chunk.grad_output[:] = grad
        for name, last in grad_states.items():
            chunk.carried[name] = chunk.take(*last.shape, more=1)
            chunk.carried[name][-1] = last
            chunk.targets[name + BEFORE] = chunk.carried[name][:-1]
        before, within, after = graph.sections
        self._backward_at_once(chunk, after)
        by_step = [steps for k in reversed(within) for steps in self._op_backward(chunk, k)]
        by_step += [steps for name in graph.states for steps in self._sum(chunk, name + BEFORE)]
        run_through(zip(*by_step, strict=True))
        self._backward_at_once(chunk, before)
        for steps in self._sum(chunk, "in", at_once=True):
            run_through(steps)

    def prepare(self, chunk: Chunk, k: int) -> None:
        """Compute what an operation's backward pass needs (slopes, say), of all steps at once."""
        names, op = self.graph.ops[k]
        if shapes := op.prepared(chunk.batch, self.graph.widths[names[0]]):
            chunk.saved[k] += tuple(chunk.take(*shape) for shape in shapes.values())
            op.prepare(chunk.read(op.inputs), chunk.read(names), chunk.saved[k])

    def parameter_gradients(self, chunk: Chunk) -> Iterator[tuple[str, Array]]:
        """Names and gradients of learned parameters; a name may come several times, for terms to be added up."""
        products: list[Job] = []
        others: list[Job] = []
        sizes: list[tuple[int, int, int]] = []
        terms: list[tuple[str, Array]] = []
        for k, (names, op) in enumerate(self.graph):
            if any(parameter.learned for parameter in op.parameters):
                grads = tuple(chunk.grads[name] for name in names)
                groups = chunk.read(op.inputs), chunk.read(names), chunk.saved[k], grads
                inputs, outputs, saved, grads = (_rows(op, group) for group in groups)
                into = tuple(np.empty((len(grads[0]), *one.shape), self.format.dtype) for one in op.parameters)
                job = partial(op.parameter_gradients, inputs, outputs, saved, grads, into)
                (products if op.product else others).append(job)
                terms += [(one.name, array) for one, array in zip(op.parameters, into, strict=True) if one.learned]
                if op.product:
                    fan_out, fan_in = op.parameters[0].shape
                    sizes.append((fan_out, grads[0].shape[1], fan_in))
        together(products, *sizes)
        for other in others:
            other()
        return ((name, term) for name, array in terms for term in array)

    def _backward_at_once(self, chunk: Chunk, numbers: Sequence[int]) -> None:
        """The backward pass of some operations, the last first, all steps at once."""
        for k in reversed(numbers):
            for steps in self._op_backward(chunk, k, at_once=True):
                run_through(steps)

    def _op_backward(self, chunk: Chunk, k: int, at_once: bool = False) -> list[Iterator[None]]:
        """Generators of an operation's backward pass: the sums of its output gradients, then its own.

        Each goes step by step from the last, or computes all steps `at_once`.
        """
        (names, op), graph = self.graph.ops[k], self.graph
        generators = [steps for name in names for steps in self._sum(chunk, name, at_once)]
        grads = tuple(chunk.grads[name] for name in names)
        paths: list[Array] = []
        for j, name in enumerate(op.inputs):
            if j in op.gradient_out:
                path = grads[0]
            elif j in op.same_gradient:
                path = paths[op.same_gradient[j]]
            elif name in graph.summed:
                path = chunk.take(chunk.batch, graph.widths[name])
            else:
                path = self._target(chunk, name)
            paths.append(path)
        inner = [chunk.take(*shape) for shape in op.inner(chunk.batch, graph.widths[names[0]]).values()]
        chunk.path_grads[k] = *paths, *inner
        self.prepare(chunk, k)
        if len(op.gradient_out) < len(paths):
            groups = chunk.read(op.inputs), chunk.saved[k], grads, chunk.path_grads[k]
            inputs, saved, out, into = (_last_first(_rows(op, group) if at_once else group) for group in groups)
            steps = op.backward(self._params(op, len(out[0])), inputs, saved, out, into, self.format.round_)
            handed_back = [*(BEFORE in name for name in op.inputs), *[False] * len(inner)]
            writes = op.written(tuple(zip(chunk.path_grads[k], handed_back, strict=True)))
            generators.append(self._stored(chunk, steps, writes, at_once, counted=not op.counts_underflow))
        return generators

    def _target(self, chunk: Chunk, name: str) -> Array:
        """The array in which the gradient of a value ends up."""
        return chunk.targets[name] if name in chunk.targets else chunk.take(chunk.batch, self.graph.widths[name])

    def _sum(self, chunk: Chunk, name: str, at_once: bool = False) -> list[Iterator[None]]:
        """Generator of the sum of a value's gradients over all paths, later steps last; none for a single path."""
        graph, paths = self.graph, [chunk.grad_output] if name == self.graph.output else []
        paths += [chunk.path_grads[k][j] for k, j in graph.uses[name]]
        paths += [chunk.carried[name][1:]] if name in graph.states else []
        if len(paths) == 1 and name != graph.main:
            chunk.grads[name] = paths[0]
            return []
        chunk.grads[name] = total = self._target(chunk, name)
        if not paths:
            total[...] = 0
            return []
        *terms, out = [array[None] if at_once else array[::-1] for array in (*paths, total)]
        return [self._stored(chunk, sum_paths(terms, out), ((total, BEFORE in name),), at_once)]

    def _stored(self, chunk: Chunk, steps: Iterator[None], writes: Sequence[Write], at_once: bool,
                counted: bool = True) -> Iterator[None]:  # fmt: skip
        """A generator whose results are rounded, underflows counted; what truncation cuts is set to 0."""
        cuts, round_ = chunk.cuts, self.format.round_
        for array, handed_back in writes:
            chunk.stored += array[0].size * (~cuts if handed_back else 1)
        if self.format.native and not (cuts.any() and any(handed_back for _, handed_back in writes)):
            return steps
        counts = chunk.underflowed if counted else np.empty(chunk.steps)

        def all_steps() -> Iterator[None]:
            yield from steps
            for array, _ in writes:
                round_(array, counts)

        def step_by_step() -> Iterator[None]:
            for t, _ in zip(reversed(range(chunk.steps)), steps, strict=True):
                for array, handed_back in writes:
                    if cuts[t] and handed_back:
                        array[t] = 0
                    else:
                        round_(array[t : t + 1], counts[t : t + 1])
                yield

        return all_steps() if at_once else step_by_step()


def _rows(op: Op, arrays: Iterable[Array]) -> Arrays:
    """Arrays (steps, batch, any) as (1, steps x batch, any), if the operation treats rows independently."""
    return tuple(array.reshape(1, -1, array.shape[-1]) if op.by_row else array for array in arrays)


def _last_first(arrays: Iterable[Array]) -> Arrays:
    """Views of arrays (steps, ...) in reverse order of the steps."""
    return tuple(array[::-1] for array in arrays)
