"""The backward pass of an unrolled layer through a chunk of steps."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..numerics.arrays import Array
from ..numerics.blas import Job, together
from ..numerics.number_format import Format
from ..ops.base import Arrays, run_through, sum_paths
from .chunk import Chunk, joined, params


class ChunkBackward:
    """Gradients of all values, as sums over the paths that they come on, and of the parameters."""

    def __init__(self, graph: LayerGraph, parameters: Mapping[str, Array], form: Format):
        self.graph, self.parameters, self.format = graph, parameters, form

    def run(self, chunk: Chunk, grad: Array, targets: Mapping[str, Array], carry: Mapping[str, Array]) -> None:
        """Fill a chunk that has been run with all gradients, from dL/dh_out and dL/d(each state) of later steps.

        `targets` are where the gradients of some values are to be.
        """
        graph = self.graph
        chunk.underflowed, chunk.stored = np.zeros((2, chunk.steps))
        chunk.into = [()] * len(graph.ops)
        chunk.targets = dict(targets)
        chunk.above = grad
        if graph.output == graph.main:  # it will be written over
            chunk.above = chunk.take(chunk.batch, graph.width)
            chunk.above[:] = grad
        for name, last in carry.items():
            chunk.carried[name] = chunk.take(*last.shape, more=1)
            chunk.carried[name][-1] = last
            chunk.targets[name + BEFORE] = chunk.carried[name][:-1]
        before, within, after = graph.sections
        turns: list[Iterator[None]] = []
        for turn in (turn for k in reversed(after) for turn in self._turns(chunk, k, at_once=True)):
            run_through(turn)
        for k in reversed(within):
            turns += self._turns(chunk, k)
        for name in graph.states:
            turns += self._sum(chunk, name + BEFORE)
        run_through(zip(*turns, strict=True))
        for turn in (turn for k in reversed(before) for turn in self._turns(chunk, k, at_once=True)):
            run_through(turn)
        for turn in self._sum(chunk, "in", at_once=True):
            run_through(turn)

    def prepare(self, chunk: Chunk, k: int) -> None:
        """What an operation's backward needs, of all steps at once."""
        names, op = self.graph.ops[k]
        if shapes := op.prepared(chunk.batch, self.graph.widths[names[0]]):
            chunk.saved[k] += tuple(chunk.take(*shape) for shape in shapes.values())
            op.prepare(chunk.read(op.inputs), chunk.read(names), chunk.saved[k])

    def parameter_gradients(self, chunk: Chunk) -> Iterator[tuple[str, Array]]:
        """By name a chunk's parts of the gradients of what is learned, to be added up."""
        others: list[Job] = []
        products: list[Job] = []
        sizes: list[tuple[int, int, int]] = []
        parts: list[tuple[str, Array]] = []
        for k, (names, op) in enumerate(self.graph):
            if any(parameter.learned for parameter in op.parameters):
                grads = tuple(chunk.grads[name] for name in names)
                groups = chunk.read(op.inputs), chunk.read(names), chunk.saved[k], grads
                inputs, outputs, saved, grads = (joined(op, group) for group in groups)
                into = tuple(np.empty((len(grads[0]), *one.shape), self.format.dtype) for one in op.parameters)
                (products if op.product else others).append(
                    partial(op.parameter_gradients, inputs, outputs, saved, grads, into)
                )
                parts += [(one.name, array) for one, array in zip(op.parameters, into, strict=True) if one.learned]
                if op.product:
                    fan_out, fan_in = op.parameters[0].shape
                    sizes.append((fan_out, grads[0].shape[1], fan_in))
        together(products, *sizes)
        for job in others:
            job()
        return ((name, part) for name, array in parts for part in array)

    def _turns(self, chunk: Chunk, k: int, at_once: bool = False) -> list[Iterator[None]]:
        """An operation's backward, and before it the sums that its outputs' gradients are."""
        (names, op), graph = self.graph.ops[k], self.graph
        turns = [turn for name in names for turn in self._sum(chunk, name, at_once)]
        grads = tuple(chunk.grads[name] for name in names)
        into: list[Array] = []
        for j, name in enumerate(op.inputs):
            if j in op.gradient_out:
                path = grads[0]
            elif j in op.same_gradient:
                path = into[op.same_gradient[j]]
            elif name in graph.summed:
                path = chunk.take(chunk.batch, graph.widths[name])
            else:
                path = self._target(chunk, name)
            into.append(path)
        inner = op.inner(chunk.batch, graph.widths[names[0]]).values()
        chunk.into[k] = *into, *(chunk.take(*shape) for shape in inner)
        self.prepare(chunk, k)
        if len(op.gradient_out) < len(into):
            groups = chunk.read(op.inputs), chunk.saved[k], grads, chunk.into[k]
            inputs, saved, out, paths = (_last_first(joined(op, group) if at_once else group) for group in groups)
            turn = op.backward(params(op, self.parameters, len(out[0])), inputs, saved, out, paths, self.format.round_)
            back = {id(path) for path, name in zip(into, op.inputs, strict=True) if BEFORE in name}
            made = op.written(chunk.into[k])
            turns.append(self._stored(chunk, turn, made, at_once, back, counted=not op.counts_underflow))
        return turns

    def _target(self, chunk: Chunk, name: str) -> Array:
        """Where the gradient of a value is to be, once it is complete."""
        return chunk.targets[name] if name in chunk.targets else chunk.take(chunk.batch, self.graph.widths[name])

    def _sum(self, chunk: Chunk, name: str, at_once: bool = False) -> list[Iterator[None]]:
        """Bring the gradient of a value together, what comes from later steps last."""
        graph, paths = self.graph, [chunk.above] if name == self.graph.output else []
        paths += [chunk.into[k][j] for k, j in graph.uses[name]]
        paths += [chunk.carried[name][1:]] if name in graph.states else []
        if len(paths) == 1 and name != graph.main:
            chunk.grads[name] = paths[0]
            return []
        chunk.grads[name] = total = self._target(chunk, name)
        if not paths:
            total[...] = 0
            return []
        lanes = [array[None] if at_once else array[::-1] for array in (*paths, total)]
        back = {id(total)} if BEFORE in name else set[int]()
        return [self._stored(chunk, sum_paths(lanes[:-1], lanes[-1]), (total,), at_once, back)]

    def _stored(self, chunk: Chunk, turn: Iterator[None], made: Arrays, at_once: bool, back: set[int],
                counted: bool = True) -> Iterator[None]:  # fmt: skip
        """Turns whose results are rounded, which is counted, and set to 0 where a step hands nothing `back`."""
        cuts, round_ = chunk.cuts, self.format.round_
        for array in made:
            chunk.stored += array[0].size * (~cuts if id(array) in back else 1)
        if self.format.native and not (back and cuts.any()):
            return turn
        counts = chunk.underflowed if counted else np.empty(chunk.steps)

        def all_steps() -> Iterator[None]:
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

        return all_steps() if at_once else step_by_step()


def _last_first(arrays: Iterable[Array]) -> Arrays:
    return tuple(array[::-1] for array in arrays)
