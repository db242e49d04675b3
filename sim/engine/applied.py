"""One operation applied once, to a layer or a step: its results again, and the operands of any number in them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from ..ops.base import Arrays, Op
from ..ops.operands import Index, Operands, OperandsAt, at


def exactly(array: Array) -> Array:
    """Rounds nothing."""
    return array


@dataclass(frozen=True)
class Applied:
    """An operation applied to one layer, or one step: its parameters, inputs, outputs and saved arrays (rows, any)."""

    op: Op
    params: Arrays
    inputs: Arrays
    outputs: Arrays
    saved: Arrays

    def in_float64(self) -> "Applied":
        """The same in float64."""
        return Applied(self.op, *map(_float64, (self.params, self.inputs, self.outputs, self.saved)))

    def forward(self, round_: Round) -> Arrays:
        """The outputs, written once more."""
        params, inputs, outputs, saved = map(_with_axis, (self.params, self.inputs, self.outputs, self.saved))
        next(self.op.forward(params, inputs, outputs, saved, round_))
        return tuple(round_(out) for out in self.outputs)

    def prepared(self) -> "Applied":
        """With all that its backward needs."""
        shapes = self.op.prepared(*self.outputs[0].shape)
        saved = self.saved + tuple(np.empty(shape, self.outputs[0].dtype) for shape in shapes.values())
        self.op.prepare(*map(_with_axis, (self.inputs, self.outputs, saved)))
        return replace(self, saved=saved)

    def backward(self, grads: Arrays, round_: Round = exactly) -> Arrays:
        """The gradients of the inputs, of those that have the output's own that, and the inner ones."""
        into: list[Array] = []
        for k, h in enumerate(self.inputs):
            same = self.op.same_gradient.get(k)
            into.append(grads[0] if k in self.op.gradient_out else np.empty_like(h) if same is None else into[same])
        into += [np.empty(shape, grads[0].dtype) for shape in self.op.inner(*self.outputs[0].shape).values()]
        if len(self.op.gradient_out) < len(into):
            groups = (self.params, self.inputs, self.saved, grads, tuple(into))
            params, inputs, saved, above, below = map(_with_axis, groups)
            next(self.op.backward(params, inputs, saved, above, below, round_))
        return tuple(into)

    def parameter_gradients(self, grads: Arrays) -> Arrays:
        """(1, *shape) each."""
        into = tuple(np.empty((1, *parameter.shape), grads[0].dtype) for parameter in self.op.parameters)
        inputs, outputs, saved, gradients = map(_with_axis, (self.inputs, self.outputs, self.saved, grads))
        self.op.parameter_gradients(inputs, outputs, saved, gradients, into)
        return into

    # what an operation stores on its way and does not keep

    def inner_values(self, round_: Round) -> Mapping[str, Array]:
        """By name, in the order of its making."""
        return self.op.inner_values(self.inputs, self.saved, round_)

    def inner_gradients(self, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """The same of the backward pass."""
        return self.op.inner_gradients(self.inputs, self.saved, grads, round_)

    def inner_operands(self, name: str, grads: Arrays | None = None) -> OperandsAt:
        """Of one of them, or of its gradient: the exact number beside what the operation starts from."""

        def operands(index: Index) -> Operands:
            wide = self.in_float64()
            made = wide.inner_values(exactly) if grads is None else wide.inner_gradients(_float64(grads), exactly)
            return Operands(
                self.op.inner_terms(name, self.inputs, self.saved, grads or (), index), at(made[name], index)
            )

        return operands

    # operands at an index, (0, batch, feature) or (0, *index of a parameter), and the exact result

    def forward_operands(self, output: int) -> OperandsAt:
        """Of an output."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().forward(exactly)[output]
            return Operands(
                self.op.terms(output, self.params, self.inputs, self.saved, index[1:]), at(exact, index[1:])
            )

        return operands

    def backward_operands(self, grads: Arrays, k: int) -> OperandsAt:
        """Of an input's gradient, or of an inner one."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().backward(_float64(grads), exactly)[k]
            terms = self.op.backward_terms(self.params, self.inputs, self.saved, grads, index[1:])
            return Operands(terms, at(exact, index[1:]))

        return operands

    def parameter_gradient_operands(self, grads: Arrays, number: int) -> OperandsAt:
        """Of a parameter's gradient."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().parameter_gradients(_float64(grads))[number]
            return Operands(self.op.gradient_terms(number, self.inputs, self.saved, grads, index[1:]), at(exact, index))

        return operands


def _with_axis(arrays: Arrays) -> Arrays:
    return tuple(array[None] for array in arrays)


def _float64(arrays: Arrays) -> Arrays:
    return tuple(array.astype(np.float64) for array in arrays)
