"""A layer's operations one after the other with nothing overwritten, for the one that made the first inf or NaN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..network.layer import Operation, grad_name
from ..numerics.arrays import Array
from ..numerics.number_format import Format, Round
from ..ops.base import Arrays, Op, at
from ..ops.operands import Index, Operands, OperandsAt, operands_of_elementwise, operands_of_rounding


def initial(number: int, parameters: Mapping[str, Array], drawn: Mapping[str, Array]) -> Iterator[Operation]:
    """A layer's parameters before its first operation; `drawn` as they were, where they were too large."""
    for key, value in parameters.items():
        met = operands_of_rounding(drawn[key][None]) if key in drawn else None
        yield Operation("initialisation", f"layers.{number}.{key}", value[None], 0, met)


@dataclass(frozen=True)
class Applied:
    """An operation applied to one layer, or one step: its parameters, inputs, outputs and saved arrays (batch, any)."""

    op: Op
    own: Arrays
    inputs: Arrays
    outputs: Arrays
    saved: Arrays

    def wide(self) -> "Applied":
        """The same in float64."""
        return Applied(self.op, *map(_wide, (self.own, self.inputs, self.outputs, self.saved)))

    def forward(self, round_: Round) -> Arrays:
        """The outputs, written once more."""
        own, inputs, outputs, saved = map(_stacked, (self.own, self.inputs, self.outputs, self.saved))
        next(self.op.forward(own, inputs, outputs, saved, round_))
        return tuple(round_(out) for out in self.outputs)

    def prepared(self) -> "Applied":
        """With all that its backward needs."""
        shapes = self.op.prepared(*self.outputs[0].shape)
        saved = self.saved + tuple(np.empty(shape, self.outputs[0].dtype) for shape in shapes.values())
        self.op.prepare(*map(_stacked, (self.inputs, self.outputs, saved)))
        return replace(self, saved=saved)

    def backward(self, grads: Arrays) -> Arrays:
        """The gradients of the inputs, of those that have the output's own that, and the inner ones."""
        into: list[Array] = []
        for k, h in enumerate(self.inputs):
            same = self.op.same_gradient.get(k)
            into.append(grads[0] if k in self.op.gradient_out else np.empty_like(h) if same is None else into[same])
        into += [np.empty(shape, grads[0].dtype) for shape in self.op.inner(*self.outputs[0].shape).values()]
        if len(self.op.gradient_out) < len(into):
            next(self.op.backward(*map(_stacked, (self.own, self.inputs, self.saved, grads, tuple(into)))))
        return tuple(into)

    def parameter_gradients(self, grads: Arrays) -> Arrays:
        """(1, *shape) each."""
        into = tuple(np.empty((1, *parameter.shape), grads[0].dtype) for parameter in self.op.parameters)
        inputs, outputs, saved, given = map(_stacked, (self.inputs, self.outputs, self.saved, grads))
        self.op.parameter_gradients(inputs, outputs, saved, given, into)
        return into

    # what met at an index, (0, batch, feature) or (0, *index of a parameter), and the exact result

    def forward_operands(self, output: int) -> OperandsAt:
        """Of an output."""

        def met(index: Index) -> Operands:
            exact = self.wide().forward(lambda array: array)[output]
            return Operands(self.op.terms(output, self.own, self.inputs, self.saved, index[1:]), at(exact, index[1:]))

        return met

    def backward_operands(self, grads: Arrays, k: int) -> OperandsAt:
        """Of an input's gradient, or of an inner one."""

        def met(index: Index) -> Operands:
            exact = self.wide().backward(_wide(grads))[k]
            terms = self.op.backward_terms(self.own, self.inputs, self.saved, grads, index[1:])
            return Operands(terms, at(exact, index[1:]))

        return met

    def gradient_met(self, grads: Arrays, number: int) -> OperandsAt:
        """Of a parameter's gradient."""

        def met(index: Index) -> Operands:
            exact = self.wide().parameter_gradients(_wide(grads))[number]
            return Operands(self.op.gradient_terms(number, self.inputs, self.saved, grads, index[1:]), at(exact, index))

        return met


@dataclass(frozen=True)
class Replay:
    """One layer, at one step, by itself, with the bits of the pass that it repeats."""

    graph: LayerGraph
    number: int  # of the layer, from 1
    parameters: Mapping[str, Array]
    given: Mapping[str, Array]  # what enters the layer, and the states before, (batch, features)
    draws: Mapping[int, Array]  # by operation what a random one drew
    format: Format
    step: int = 0

    def forward(self) -> Iterator[Operation]:
        """From h_in to h_out."""
        values = dict(self.given)
        for (names, op), applied in zip(self.graph, self._applied(), strict=True):
            for k, (name, out) in enumerate(zip(names, applied.outputs, strict=True)):
                yield self._made(op.word(k), name, out, applied.forward_operands(k))
            values |= zip(names, applied.outputs, strict=True)
            if len(self.graph.preactivation) > 1 and self.graph.preactivation[-1] in names:
                yield self._sum_of_preactivations(values)

    def _sum_of_preactivations(self, values: Mapping[str, Array]) -> Operation:
        """What a cell works with, though it may store it nowhere."""
        one, other = (values[name] for name in self.graph.preactivation[-2:])
        words = [name.removesuffix("_product") for name in self.graph.preactivation[-2:]]
        met = operands_of_elementwise(
            np.add, **{word: array[None] for word, array in zip(words, (one, other), strict=True)}
        )
        return self._made("sum of products", "preactivation", one + other, met)

    def _applied(self) -> Iterator[Applied]:
        """Each operation with its results."""
        values, dtype = dict(self.given), self.format.dtype
        batch = len(self.given["in"])
        for number, (names, op) in enumerate(self.graph):
            widths = [self.graph.widths[name] for name in names]
            saved = tuple(np.empty(shape, dtype) for shape in op.saved(batch, widths[0]).values())
            if number in self.draws:
                saved[0][...] = self.draws[number]
            own = tuple(self.parameters[parameter.name] for parameter in op.parameters)
            inputs = tuple(values[name] for name in op.inputs)
            applied = Applied(op, own, inputs, tuple(np.empty((batch, width), dtype) for width in widths), saved)
            values |= zip(names, applied.forward(self.format.round_), strict=True)
            yield applied

    def backward(self, grads: Mapping[str, Mapping[str, Array]]) -> Iterator[Operation]:
        """From dL/dh_out ("above") and what later steps hand on ("later") to dL/dh_in and the states before.

        A layer without states also tells its parameters' gradients, which others sum up over steps.
        """
        paths = {name: dict(found) for name, found in grads.items()}
        for (names, op), applied in reversed(list(zip(self.graph, list(self._applied()), strict=True))):
            for name in names:
                yield from self._sum(name, paths)
            made = tuple(next(iter(paths[name].values())) for name in names)
            ready = applied.prepared()
            if not self.graph.states:
                yield from self._parameters(ready, made)
            into, own = ready.backward(made), len(op.inputs)
            for k, (name, array) in enumerate(zip(op.inner(1, 1), into[own:], strict=True), own):
                yield self._made(op.word(0), name, self.format.round_(array), ready.backward_operands(made, k))
            for k, (name, array) in enumerate(zip(op.inputs, into[:own], strict=True)):
                if k not in op.gradient_out and k not in op.same_gradient:
                    met = ready.backward_operands(made, k)
                    yield self._made(op.backward_name, f"grad_{name}", self.format.round_(array), met)
                found = paths.setdefault(name, {})
                found[op.name if op.name not in found else f"{op.name} {len(found) + 1}"] = array
        for name in self.given:
            yield from self._sum(name, paths)

    def _sum(self, name: str, paths: dict[str, dict[str, Array]]) -> Iterator[Operation]:
        """Bring together what a value gets, what comes from later last."""
        found = paths[name] = dict(sorted(paths.get(name, {}).items(), key=lambda path: path[0] == "later"))
        if len(found) > 1:
            first, *others = found.values()
            total = self.format.round_(sum(others, first))
            met = operands_of_elementwise(
                lambda *terms: sum(terms), **{word: array[None] for word, array in found.items()}
            )
            paths[name] = {"sum": total}
            yield self._made("sum over paths", f"grad_{name}", total, met)

    def _parameters(self, applied: Applied, grads: Arrays) -> Iterator[Operation]:
        if any(parameter.learned for parameter in applied.op.parameters):
            made = applied.parameter_gradients(grads)
            for number, (parameter, array) in enumerate(zip(applied.op.parameters, made, strict=True)):
                if parameter.learned:
                    name, met = grad_name(parameter.name), applied.gradient_met(grads, number)
                    yield self._made("parameter gradient", name, self.format.round_(array)[0], met)

    def _made(self, word: str, name: str, array: Array, met: OperandsAt) -> Operation:
        return Operation(word, self._named(name.removesuffix(BEFORE)), array[None], self.step, met)

    def _named(self, name: str) -> str:
        if name != "grad_in":
            return f"layers.{self.number}.{name}"
        if self.graph.states:
            return f"layers.{self.number}.grad_input"
        return f"layers.{self.number - 1}.grad_activation" if self.number > 1 else "input.grad"


def _stacked(arrays: Arrays) -> Arrays:
    return tuple(array[None] for array in arrays)


def _wide(arrays: Arrays) -> Arrays:
    return tuple(array.astype(np.float64) for array in arrays)
