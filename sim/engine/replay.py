"""A layer's operations one after the other with nothing overwritten, for the one that made the first inf or NaN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..network.layer import Made, OnceMore, Operation, grad_name
from ..numerics.arrays import Array
from ..numerics.number_format import Format
from ..ops.base import Arrays
from ..ops.operands import Index, Operands, OperandsAt, operands_of_elementwise, operands_of_rounding
from .applied import Applied


def initial(prefix: str, parameters: Mapping[str, Array], unrounded: Mapping[str, Array]) -> Iterator[Operation]:
    """A layer's initial parameters; `unrounded` has those that the number format can't hold."""
    for key, value in parameters.items():
        operands = operands_of_rounding(unrounded[key][None]) if key in unrounded else None
        yield Operation("initialisation", f"{prefix}{key}", value[None], 0, operands)


Paths = Mapping[str, Mapping[str, Array]]
"""Gradients of values, each the sum of what came along some paths, by their words."""


class Pulled(NamedTuple):
    """An operation's backward pass: what its outputs' gradients were summed of, they, and those of its inputs."""

    number: int
    names: tuple[str, ...]
    applied: Applied
    sums: tuple[Operation, ...]
    made: Arrays
    into: Arrays


@dataclass(frozen=True)
class Replay:
    """One layer, at one step, by itself, with the bits of the pass that it repeats."""

    graph: LayerGraph
    number: int  # of the layer, from 1
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]  # what enters the layer, and the states before, (batch, features)
    draws: Mapping[int, Array]  # by operation what a random one drew
    format: Format
    step: int = 0
    steps: int = 1  # that the rows of all arrays are of
    prefix: str | None = None  # of its arrays' names, if not that of a layer

    def forward(self) -> Iterator[Operation]:
        """From h_in to h_out."""
        values = dict(self.inputs)
        for number, ((names, op), applied) in enumerate(zip(self.graph, self.applied(), strict=True)):
            part = self.graph.sublayer(number)
            for name, array in applied.inner_values(self.format.round_).items():
                yield self._inner(
                    part + op.inner_words[name], self.graph.part(number) + name, array, applied.inner_operands(name)
                )
            for k, (name, out) in enumerate(zip(names, applied.outputs, strict=True)):
                yield self._operation(part + op.word(k), name, out, applied.forward_operands(k))
            values |= zip(names, applied.outputs, strict=True)
            if len(self.graph.preactivation) > 1 and self.graph.preactivation[-1] in names:
                yield self._sum_of_preactivations(values)

    def _sum_of_preactivations(self, values: Mapping[str, Array]) -> Operation:
        """What a cell works with, though it may store it nowhere."""
        one, other = (values[name] for name in self.graph.preactivation)
        named = zip(self.graph.addends, (one, other), strict=True)
        operands = operands_of_elementwise(np.add, **{word: array[None] for word, array in named})
        return self._operation("sum of products", "preactivation", one + other, operands)

    def applied(self) -> Iterator[Applied]:
        """Each operation with its results."""
        values, dtype = dict(self.inputs), self.format.dtype
        batch = len(self.inputs["in"])
        for number, (names, op) in enumerate(self.graph):
            widths = [self.graph.widths[name] for name in names]
            saved = tuple(np.empty(shape, dtype) for shape in op.saved(batch, widths[0]).values())
            if number in self.draws:
                saved[0][...] = self.draws[number]
            params = tuple(self.parameters[parameter.name] for parameter in op.parameters)
            inputs = tuple(values[name] for name in op.inputs)
            applied = Applied(op, params, inputs, tuple(np.empty((batch, width), dtype) for width in widths), saved)
            values |= zip(names, applied.forward(self.format.round_), strict=True)
            yield applied

    def backward(self, grads: Paths) -> Iterator[Operation]:
        """From dL/dh_out ("above") and what later steps hand on ("later") to dL/dh_in and the states before.

        A layer without states also tells its parameters' gradients, which others sum up over steps.
        """
        paths = {name: dict(by_path) for name, by_path in grads.items()}
        for number, _, ready, sums, made, into in self.pulled(paths):
            op, part, count = ready.op, self.graph.sublayer(number), len(ready.op.inputs)
            yield from sums
            if not self.graph.states:
                yield from self._parameters(ready, made, part)
            for name, array in ready.inner_gradients(made, self.format.round_).items():
                named = self.graph.part(number) + name
                yield self._inner(part + op.inner_words[name], named, array, ready.inner_operands(name, made))
            for k, (name, array) in enumerate(zip(op.inner(1, 1), into[count:], strict=True), count):
                yield self._operation(op.word(0), name, array, ready.backward_operands(made, k))
            for k, (name, array) in enumerate(zip(op.inputs, into[:count], strict=True)):
                if k not in op.gradient_out and k not in op.same_gradient:
                    operands = ready.backward_operands(made, k)
                    yield self._operation(part + op.backward_name, grad_name(name), array, operands)
        for name in self.inputs:
            yield from self._sum(name, paths)

    def pulled(self, paths: dict[str, dict[str, Array]]) -> Iterator[Pulled]:
        """Each operation's backward pass, the last first; what its inputs get joins the paths."""
        numbered = list(enumerate(zip(self.graph, list(self.applied()), strict=True)))
        for number, ((names, op), applied) in reversed(numbered):
            sums = tuple(one for name in names for one in self._sum(name, paths, self.graph.sublayer(number)))
            made = tuple(next(iter(paths[name].values())) for name in names)
            ready = applied.prepared()
            into = ready.backward(made, self.format.round_)
            for k, array in enumerate(into):
                if k not in op.gradient_out and k not in op.same_gradient:
                    self.format.round_(array)
            for name, array in zip(op.inputs, into, strict=False):
                by_path = paths.setdefault(name, {})
                by_path[op.name if op.name not in by_path else f"{op.name} {len(by_path) + 1}"] = array
            yield Pulled(number, names, ready, sums, made, into)

    def once_more(self, grads: Paths, step: int) -> OnceMore:
        """Both passes at the step (from 0) of those that its rows are of."""
        batch = len(self.inputs["in"]) // self.steps
        rows, made = slice(step * batch, (step + 1) * batch), list[Made]()
        paths = {name: dict(by_path) for name, by_path in grads.items()}
        for number, names, ready, _, above, into in self.pulled(paths):
            op, part, grad_params = ready.op, self.graph.sublayer(number), into[len(ready.op.inputs) :]
            totals = {k: grad_params[inner] for k, inner in op.total_gradients.items()}
            tops = tuple(totals.get(k, grad) for k, grad in enumerate(above))
            gradients = ready.inner_gradients(above, self.format.round_)
            inner = {
                self.graph.part(number) + name: (op.inner_words[name], array[:, :, step], grad[:, :, step])
                for name, array in ready.inner_values(self.format.round_).items()
                if (grad := gradients.get(grad_name(name))) is not None
            }
            outputs, tops = (tuple(array[rows] for array in group) for group in (ready.outputs, tops))
            words = tuple(op.word(k) for k in range(len(names)))
            made.insert(0, Made(part.rstrip(), words, names, outputs, tops, into[0][rows], inner))
        for _ in self._sum("in", paths):
            pass
        (below,) = paths["in"].values()
        return OnceMore(self.graph, (self.inputs["in"][rows], below[rows]), tuple(made))

    def _sum(self, name: str, paths: dict[str, dict[str, Array]], part: str = "") -> Iterator[Operation]:
        """Bring together what a value gets, what comes from later last."""
        by_path = paths[name] = dict(sorted(paths.get(name, {}).items(), key=lambda path: path[0] == "later"))
        if len(by_path) > 1:
            first, *others = by_path.values()
            total = self.format.round_(sum(others, first))
            operands = operands_of_elementwise(
                lambda *terms: sum(terms), **{word: array[None] for word, array in by_path.items()}
            )
            paths[name] = {"sum": total}
            yield self._operation(f"{part}sum over paths", grad_name(name), total, operands)

    def _parameters(self, applied: Applied, grads: Arrays, part: str) -> Iterator[Operation]:
        if any(parameter.learned for parameter in applied.op.parameters):
            made = applied.parameter_gradients(grads)
            for number, (parameter, array) in enumerate(zip(applied.op.parameters, made, strict=True)):
                if parameter.learned:
                    name, operands = grad_name(parameter.name), applied.parameter_gradient_operands(grads, number)
                    array_name = self._named(name)
                    yield Operation(f"{part}parameter gradient", array_name, self.format.round_(array), 0, operands)

    def _operation(self, word: str, name: str, array: Array, operands: OperandsAt) -> Operation:
        """Of an array (rows, features), whose rows are those of some steps."""
        batch = len(array) // self.steps
        by_step = array.reshape(self.steps, batch, *array.shape[1:])

        def at_step(index: Index) -> Operands:
            return operands((0, index[0] * batch + index[1], *index[2:]))

        of_step = operands if self.steps == 1 else at_step
        return Operation(word, self._named(name.removesuffix(BEFORE)), by_step, self.step, of_step)

    def _inner(self, word: str, name: str, array: Array, operands: OperandsAt) -> Operation:
        """Of an array (batch, heads, steps, steps), told step by step of the first."""
        by_step = array.transpose(2, 0, 1, 3)

        def at_step(index: Index) -> Operands:
            return operands((index[1], index[2], index[0], index[3]))

        return Operation(word, self._named(name), by_step, self.step, at_step)

    def _named(self, name: str) -> str:
        if name != "grad_in":
            return f"layers.{self.number}.{name}" if self.prefix is None else f"{self.prefix}{name}"
        if self.prefix == "":
            return f"grad_{self.graph.output}"
        if self.graph.states:
            return f"layers.{self.number}.grad_input"
        return f"layers.{self.number - 1}.grad_activation" if self.number > 1 else "input.grad"
