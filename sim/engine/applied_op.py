"""One operation applied to one layer or step: forward and backward recomputed, and the operands of any number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from ..ops.base import Arrays, Op
from ..ops.operands import Index, Operands, OperandsAt, at


def no_rounding(array: Array) -> Array:
    """The array as it is, for exact recomputation in float64."""
    return array


@dataclass(frozen=True)
class AppliedOp:
    """An operation with its parameters, inputs, outputs and saved arrays at one layer or step, each (rows, any)."""

    op: Op
    params: Arrays
    inputs: Arrays
    outputs: Arrays
    saved: Arrays

    def in_float64(self) -> "AppliedOp":
        """A copy in float64."""
        return AppliedOp(self.op, *map(_float64, (self.params, self.inputs, self.outputs, self.saved)))

    def forward(self, round_: Round) -> Arrays:
        """Recompute outputs and saved arrays in place; returns the outputs."""
        params, inputs, outputs, saved = map(_with_axis, (self.params, self.inputs, self.outputs, self.saved))
        next(self.op.forward(params, inputs, outputs, saved, round_))
        return tuple(round_(out) for out in self.outputs)

    def prepared(self) -> "AppliedOp":
        """A copy with the saved arrays that `backward` needs (slopes, say)."""
        shapes = self.op.prepared(*self.outputs[0].shape)
        saved = self.saved + tuple(np.empty(shape, self.outputs[0].dtype) for shape in shapes.values())
        self.op.prepare(*map(_with_axis, (self.inputs, self.outputs, saved)))
        return replace(self, saved=saved)

    def backward(self, grads: Arrays, round_: Round = no_rounding) -> Arrays:
        """The gradients of all inputs from those of the outputs, then the inner gradients (see `Op.inner`)."""
        into: list[Array] = []
        for k, h in enumerate(self.inputs):
            same = self.op.same_gradient.get(k)
            into.append(grads[0] if k in self.op.gradient_out else np.empty_like(h) if same is None else into[same])
        into += [np.empty(shape, grads[0].dtype) for shape in self.op.inner(*self.outputs[0].shape).values()]
        if len(self.op.gradient_out) < len(into):
            groups = (self.params, self.inputs, self.saved, grads, tuple(into))
            params, inputs, saved, grad_outputs, grad_inputs = map(_with_axis, groups)
            next(self.op.backward(params, inputs, saved, grad_outputs, grad_inputs, round_))
        return tuple(into)

    def parameter_gradients(self, grads: Arrays) -> Arrays:
        """The gradients of all parameters, (1, *shape) each."""
        into = tuple(np.empty((1, *parameter.shape), grads[0].dtype) for parameter in self.op.parameters)
        inputs, outputs, saved, gradients = map(_with_axis, (self.inputs, self.outputs, self.saved, grads))
        self.op.parameter_gradients(inputs, outputs, saved, gradients, into)
        return into

    # intermediate results, which the operation computes and does not save

    def inner_values(self, round_: Round) -> Mapping[str, Array]:
        """Intermediate results of the forward pass by name, in order."""
        return self.op.inner_values(self.inputs, self.saved, round_)

    def inner_gradients(self, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """Intermediate results of the backward pass by name, in order."""
        return self.op.inner_gradients(self.inputs, self.saved, grads, round_)

    def inner_operands(self, name: str, grads: Arrays | None = None) -> OperandsAt:
        """The operands of an intermediate result, or of its gradient (from the outputs' `grads`)."""

        def operands(index: Index) -> Operands:
            wide = self.in_float64()
            if grads is None:
                exact = wide.inner_values(no_rounding)
            else:
                exact = wide.inner_gradients(_float64(grads), no_rounding)
            terms = self.op.inner_terms(name, self.inputs, self.saved, grads or (), index)
            return Operands(terms, at(exact[name], index))

        return operands

    # operands at an index (0, row, feature) or (0, *index of a parameter), with the exact result in float64

    def forward_operands(self, output: int) -> OperandsAt:
        """The operands of an output."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().forward(no_rounding)[output]
            terms = self.op.terms(output, self.params, self.inputs, self.saved, index[1:])
            return Operands(terms, at(exact, index[1:]))

        return operands

    def backward_operands(self, grads: Arrays, k: int) -> OperandsAt:
        """The operands of the k-th array that `backward` returns."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().backward(_float64(grads))[k]
            terms = self.op.backward_terms(self.params, self.inputs, self.saved, grads, index[1:])
            return Operands(terms, at(exact, index[1:]))

        return operands

    def parameter_gradient_operands(self, grads: Arrays, number: int) -> OperandsAt:
        """The operands of a parameter's gradient."""

        def operands(index: Index) -> Operands:
            exact = self.in_float64().parameter_gradients(_float64(grads))[number]
            return Operands(self.op.gradient_terms(number, self.inputs, self.saved, grads, index[1:]), at(exact, index))

        return operands


def _with_axis(arrays: Arrays) -> Arrays:
    return tuple(array[None] for array in arrays)


def _float64(arrays: Arrays) -> Arrays:
    return tuple(array.astype(np.float64) for array in arrays)
