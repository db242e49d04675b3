"""A layer's operations one after the other with nothing overwritten, for the one that made the first inf or NaN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .format import Format
from .graph import LayerGraph
from .kernel import Array
from .layer import Operation, grad_name
from .met import Index, Meeting, Met, drawn_met, elementwise_met
from .ops.base import Arrays, Op, at


@dataclass(frozen=True)
class Applied:
    """An operation applied to one layer: its parameters, inputs, output and what is saved, (batch, features)."""

    op: Op
    own: Arrays
    inputs: Arrays
    out: Array
    saved: Arrays

    def wide(self) -> "Applied":
        """The same in float64."""
        out: Array = self.out.astype(np.float64)
        return Applied(self.op, _wide(self.own), _wide(self.inputs), out, _wide(self.saved))

    def forward(self) -> Array:
        """The output, written once more."""
        next(self.op.forward(*map(_stacked, (self.own, self.inputs, (self.out,), self.saved))))
        return self.out

    def prepared(self) -> "Applied":
        """With all that its backward needs."""
        shapes = self.op.prepared(*self.out.shape)
        saved = self.saved + tuple(np.empty(shape, self.out.dtype) for shape in shapes.values())
        self.op.prepare(_stacked(self.inputs), (self.out[None],), _stacked(saved))
        return Applied(self.op, self.own, self.inputs, self.out, saved)

    def backward(self, grad: Array) -> Arrays:
        """The gradients of the inputs; of those that have the output's own, that."""
        into = tuple(grad if k in self.op.passes_on else np.empty_like(h) for k, h in enumerate(self.inputs))
        if len(self.op.passes_on) < len(into):
            next(self.op.backward(*map(_stacked, (self.own, self.saved, (grad,), into))))
        return into

    def parameter_gradients(self, grad: Array) -> Arrays:
        """(1, *shape) each."""
        into = tuple(np.empty((1, *parameter.shape), grad.dtype) for parameter in self.op.parameters)
        inputs, outputs, saved, grads = map(_stacked, (self.inputs, (self.out,), self.saved, (grad,)))
        self.op.parameter_gradients(inputs, outputs, saved, grads, into)
        return into

    # what met at an index, (0, batch, feature) or (0, *index of a parameter), and the exact result

    def forward_met(self, index: Index) -> Met:
        """Of the output."""
        return Met(self.op.terms(self.own, self.inputs, index[1:]), at(self.wide().forward(), index[1:]))

    def backward_met(self, grad: Array, k: int, index: Index) -> Met:
        """Of an input's gradient."""
        exact = self.wide().backward(grad.astype(np.float64))[k]
        return Met(self.op.backward_terms(self.own, self.saved, (grad,), index[1:]), at(exact, index[1:]))

    def gradient_met(self, grad: Array, number: int, index: Index) -> Met:
        """Of a parameter's gradient."""
        exact = self.wide().parameter_gradients(grad.astype(np.float64))[number]
        terms = self.op.gradient_terms(number, self.inputs, self.saved, (grad,), index[1:])
        return Met(terms, at(exact, index))


@dataclass(frozen=True)
class Replay:
    """One layer of a stack by itself, with the bits of the pass that it repeats."""

    graph: LayerGraph
    number: int  # of the layer, from 1
    parameters: Mapping[str, Array]
    drawn: Mapping[str, Array]  # parameters that were too large, as they were drawn
    input: Array  # (batch, fan-in)
    draws: Mapping[int, Array]  # by operation what a random one drew
    format: Format

    def forward(self) -> Iterator[Operation]:
        """From the initial parameters to h_out."""
        for key, parameter in self.parameters.items():
            met = drawn_met(self.drawn[key][None]) if key in self.drawn else None
            yield Operation("initialisation", self._name(key), parameter[None], 0, met)
        for (value, op), applied in zip(self.graph, self._applied(), strict=True):
            yield Operation(op.name, self._name(value), applied.out[None], 0, applied.forward_met)

    def _applied(self) -> Iterator[Applied]:
        """Each operation with its result."""
        values, batch, dtype = {"in": self.input}, len(self.input), self.format.dtype
        for number, (value, op) in enumerate(self.graph):
            width = self.graph.widths[value]
            saved = tuple(np.empty(shape, dtype) for shape in op.saved(batch, width).values())
            if number in self.draws:
                saved[0][...] = self.draws[number]
            own = tuple(self.parameters[parameter.name] for parameter in op.parameters)
            inputs = tuple(values[name] for name in op.inputs)
            applied = Applied(op, own, inputs, np.empty((batch, width), dtype), saved)
            values[value] = self.format.keep(applied.forward())
            yield applied

    def backward(self, grad: Array) -> Iterator[Operation]:
        """From dL/dh_out (batch, width) to the parameters' gradients and dL/dh_in."""
        grads, into = {self.graph.output: grad}, dict[tuple[int, int], Array]()
        for number, ((value, op), applied) in reversed(list(enumerate(zip(self.graph, self._applied(), strict=True)))):
            applied = applied.prepared()
            yield from self._parameters(applied, grads[value])
            for k, (name, path) in enumerate(zip(op.inputs, applied.backward(grads[value]), strict=True)):
                into[number, k] = path
                if k not in op.passes_on:
                    met = _at_input(applied, grads[value], k)
                    yield Operation(op.backward_name, self._grad(name), self.format.keep(path)[None], 0, met)
                if self.graph.uses[name][-1] == (number, k):
                    paths = [into[use] for use in self.graph.uses[name]]
                    grads[name] = paths[0]
                    for path in paths[1:]:
                        added = elementwise_met(np.add, skip=grads[name], branch=path)
                        grads[name] = self.format.keep(grads[name] + path)
                        yield Operation("sum over paths", self._grad(name), grads[name][None], 0, added)

    def _parameters(self, applied: Applied, grad: Array) -> Iterator[Operation]:
        if any(parameter.learned for parameter in applied.op.parameters):
            made = applied.parameter_gradients(grad)
            for number, (parameter, array) in enumerate(zip(applied.op.parameters, made, strict=True)):
                if parameter.learned:
                    name, met = self._name(grad_name(parameter.name)), _at_parameter(applied, grad, number)
                    yield Operation("parameter gradient", name, self.format.keep(array), 0, met)

    def _name(self, key: str) -> str:
        return f"layers.{self.number}.{key}"

    def _grad(self, value: str) -> str:
        if value != "in":
            return self._name(f"grad_{value}")
        return f"layers.{self.number - 1}.grad_activation" if self.number > 1 else "input.grad"


def _at_input(applied: Applied, grad: Array, k: int) -> Meeting:
    return lambda index: applied.backward_met(grad, k, index)


def _at_parameter(applied: Applied, grad: Array, number: int) -> Meeting:
    return lambda index: applied.gradient_met(grad, number, index)


def _stacked(arrays: Arrays) -> Arrays:
    return tuple(array[None] for array in arrays)


def _wide(arrays: Arrays) -> Arrays:
    return tuple(array.astype(np.float64) for array in arrays)
