"""Replay of one layer's forward and backward pass, every array in memory of its own: for the first inf or NaN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..network.layer import Operation, RecomputedOperation, RecomputedStep, grad_name
from ..numerics.arrays import Array
from ..numerics.number_format import Format
from ..ops.base import Arrays
from ..ops.operands import Index, Operands, OperandsAt, operands_of_elementwise, operands_of_rounding
from .applied_op import AppliedOp

PathGradients = Mapping[str, Mapping[str, Array]]
"""Gradients by value and path: "above" (from the next layer), "later" (from the next step), or an operation's name."""


def initial_parameters(
    prefix: str, parameters: Mapping[str, Array], unrounded: Mapping[str, Array]
) -> Iterator[Operation]:
    """A layer's initial parameters as operations; `unrounded` holds those that the number format can't."""
    for key, value in parameters.items():
        operands = operands_of_rounding(unrounded[key][None]) if key in unrounded else None
        yield Operation("initialisation", f"{prefix}{key}", value[None], 0, operands)


class OpBackward(NamedTuple):
    """One operation's backward pass: sums over paths, gradients of its outputs, gradients of its inputs."""

    number: int
    names: tuple[str, ...]
    applied: AppliedOp
    sums: tuple[Operation, ...]
    grad_outputs: Arrays
    grad_inputs: Arrays


@dataclass(frozen=True)
class Replay:
    """One layer at one step (or at all steps, as rows), recomputed to the same bits as in the pass."""

    graph: LayerGraph
    number: int  # of the layer, from 1
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]  # h_in and the states of the step before, (rows, features)
    draws: Mapping[int, Array]  # random numbers (dropout masks, say) by number of the operation that drew them
    format: Format
    step: int = 0  # the first step (from 0)
    steps: int = 1  # rows = steps x batch
    prefix: str | None = None  # before array names in messages; None: "layers.<number>."

    def forward(self) -> Iterator[Operation]:
        """The operations of the forward pass, from h_in to h_out, each with an array that it wrote."""
        values = dict(self.inputs)
        for number, ((names, op), applied) in enumerate(zip(self.graph, self.applied_ops(), strict=True)):
            sublayer, part = self.graph.sublayer(number), self.graph.prefix(number)
            for name, array in applied.inner_values(self.format.round_).items():
                operands = applied.inner_operands(name)
                yield self._intermediate(sublayer + op.inner_words[name], part + name, array, operands)
            for k, (name, out) in enumerate(zip(names, applied.outputs, strict=True)):
                yield self._operation(sublayer + op.word(k), name, out, applied.forward_operands(k))
            values |= zip(names, applied.outputs, strict=True)
            if len(self.graph.preactivation) > 1 and self.graph.preactivation[-1] in names:
                yield self._sum_of_preactivations(values)

    def _sum_of_preactivations(self, values: Mapping[str, Array]) -> Operation:
        """The preactivation of a recurrent cell, W_ih x + W_hh h, which the pass may store nowhere."""
        one, other = (values[name] for name in self.graph.preactivation)
        terms = zip(self.graph.addends, (one, other), strict=True)
        operands = operands_of_elementwise(np.add, **{word: array[None] for word, array in terms})
        return self._operation("sum of products", "preactivation", one + other, operands)

    def applied_ops(self) -> Iterator[AppliedOp]:
        """Each operation with its parameters, inputs, outputs and saved arrays, in the order of the forward pass."""
        values, dtype = dict(self.inputs), self.format.dtype
        rows = len(self.inputs["in"])
        for number, (names, op) in enumerate(self.graph):
            widths = [self.graph.widths[name] for name in names]
            saved = tuple(np.empty(shape, dtype) for shape in op.saved(rows, widths[0]).values())
            if number in self.draws:
                saved[0][...] = self.draws[number]
            params = tuple(self.parameters[parameter.name] for parameter in op.parameters)
            inputs = tuple(values[name] for name in op.inputs)
            applied = AppliedOp(op, params, inputs, tuple(np.empty((rows, width), dtype) for width in widths), saved)
            values |= zip(names, applied.forward(self.format.round_), strict=True)
            yield applied

    def backward(self, grads: PathGradients) -> Iterator[Operation]:
        """The operations of the backward pass, from the gradients that enter the step to those that leave it.

        `grads` are dL/dh_out (path "above") and the states' gradients from later steps (path "later"). Gradients of
        parameters are among them only without states: a layer with states sums them over steps.
        """
        paths = {name: dict(by_path) for name, by_path in grads.items()}
        for number, _, applied, sums, grad_outputs, grad_inputs in self._op_backwards(paths):
            op, sublayer, count = applied.op, self.graph.sublayer(number), len(applied.op.inputs)
            yield from sums
            if not self.graph.states:
                yield from self._parameter_gradients(applied, grad_outputs, sublayer)
            for name, array in applied.inner_gradients(grad_outputs, self.format.round_).items():
                array_name, operands = self.graph.prefix(number) + name, applied.inner_operands(name, grad_outputs)
                yield self._intermediate(sublayer + op.inner_words[name], array_name, array, operands)
            for k, (name, array) in enumerate(zip(op.inner(1, 1), grad_inputs[count:], strict=True), count):
                yield self._operation(op.word(0), name, array, applied.backward_operands(grad_outputs, k))
            for k, (name, array) in enumerate(zip(op.inputs, grad_inputs[:count], strict=True)):
                if k not in op.gradient_out and k not in op.same_gradient:
                    operands = applied.backward_operands(grad_outputs, k)
                    yield self._operation(sublayer + op.backward_name, grad_name(name), array, operands)
        for name in self.inputs:
            yield from self._sum(name, paths)

    def _op_backwards(self, paths: dict[str, dict[str, Array]]) -> Iterator[OpBackward]:
        """Each operation's backward pass, the last operation first; adds its input gradients to `paths`."""
        numbered = list(enumerate(zip(self.graph, list(self.applied_ops()), strict=True)))
        for number, ((names, op), applied) in reversed(numbered):
            sums = tuple(one for name in names for one in self._sum(name, paths, self.graph.sublayer(number)))
            grad_outputs = tuple(next(iter(paths[name].values())) for name in names)
            prepared = applied.prepared()
            grad_inputs = prepared.backward(grad_outputs, self.format.round_)
            for array in op.written(grad_inputs):
                self.format.round_(array)
            for name, array in zip(op.inputs, grad_inputs, strict=False):
                by_path = paths.setdefault(name, {})
                by_path[op.name if op.name not in by_path else f"{op.name} {len(by_path) + 1}"] = array
            yield OpBackward(number, names, prepared, sums, grad_outputs, grad_inputs)

    def recompute_step(self, grads: PathGradients, step: int) -> RecomputedStep:
        """All operations at one step (from 0) of those in the rows, with outputs and gradients."""
        batch = len(self.inputs["in"]) // self.steps
        rows, operations = slice(step * batch, (step + 1) * batch), list[RecomputedOperation]()
        paths = {name: dict(by_path) for name, by_path in grads.items()}
        for number, names, applied, _, path_grads, grad_inputs in self._op_backwards(paths):
            op, inner_grads = applied.op, grad_inputs[len(applied.op.inputs) :]
            totals = {k: inner_grads[inner] for k, inner in op.total_gradients.items()}
            grad_outputs = (totals.get(k, grad) for k, grad in enumerate(path_grads))
            gradients = applied.inner_gradients(path_grads, self.format.round_)
            intermediates = {
                self.graph.prefix(number) + name: (op.inner_words[name], array[:, :, step], grad[:, :, step])
                for name, array in applied.inner_values(self.format.round_).items()
                if (grad := gradients.get(grad_name(name))) is not None
            }
            operations.append(RecomputedOperation(
                self.graph.sublayer(number).rstrip(), tuple(op.word(k) for k in range(len(names))), names,
                tuple(array[rows] for array in applied.outputs), tuple(array[rows] for array in grad_outputs),
                grad_inputs[0][rows], intermediates,
            ))  # fmt: skip
        for _ in self._sum("in", paths):
            pass
        (grad_input,) = paths["in"].values()
        return RecomputedStep(self.graph, self.inputs["in"][rows], grad_input[rows], tuple(reversed(operations)))

    def _sum(self, name: str, paths: dict[str, dict[str, Array]], sublayer: str = "") -> Iterator[Operation]:
        """Replace a value's gradients along its paths by their sum, the path from later steps added last."""
        by_path = paths[name] = dict(sorted(paths.get(name, {}).items(), key=lambda path: path[0] == "later"))
        if len(by_path) > 1:
            first, *others = by_path.values()
            total = self.format.round_(sum(others, first))
            operands = operands_of_elementwise(
                lambda *terms: sum(terms), **{word: array[None] for word, array in by_path.items()}
            )
            paths[name] = {"sum": total}
            yield self._operation(f"{sublayer}sum over paths", grad_name(name), total, operands)

    def _parameter_gradients(self, applied: AppliedOp, grad_outputs: Arrays, sublayer: str) -> Iterator[Operation]:
        """The gradients of an operation's learned parameters."""
        if any(parameter.learned for parameter in applied.op.parameters):
            gradients = applied.parameter_gradients(grad_outputs)
            for number, (parameter, array) in enumerate(zip(applied.op.parameters, gradients, strict=True)):
                if parameter.learned:
                    operands = applied.parameter_gradient_operands(grad_outputs, number)
                    array_name, rounded = self._array_name(grad_name(parameter.name)), self.format.round_(array)
                    yield Operation(f"{sublayer}parameter gradient", array_name, rounded, 0, operands)

    def _operation(self, word: str, name: str, array: Array, operands: OperandsAt) -> Operation:
        """An operation that wrote an array (rows, features), with that array as (steps, batch, features)."""
        batch = len(array) // self.steps
        by_step = array.reshape(self.steps, batch, *array.shape[1:])

        def at_step(index: Index) -> Operands:
            return operands((0, index[0] * batch + index[1], *index[2:]))

        of_step = operands if self.steps == 1 else at_step
        return Operation(word, self._array_name(name.removesuffix(BEFORE)), by_step, self.step, of_step)

    def _intermediate(self, word: str, name: str, array: Array, operands: OperandsAt) -> Operation:
        """An intermediate (batch, heads, queries, keys), attention's logits say, as (queries, batch, heads, keys)."""
        by_step = array.transpose(2, 0, 1, 3)

        def at_step(index: Index) -> Operands:
            return operands((index[1], index[2], index[0], index[3]))

        return Operation(word, self._array_name(name), by_step, self.step, at_step)

    def _array_name(self, name: str) -> str:
        """An array's name in messages; dL/dh_in is called the gradient of what the layer before puts out."""
        if name != "grad_in":
            return f"layers.{self.number}.{name}" if self.prefix is None else f"{self.prefix}{name}"
        if self.prefix == "":
            return f"grad_{self.graph.output}"
        if self.graph.states:
            return f"layers.{self.number}.grad_input"
        return f"layers.{self.number - 1}.grad_activation" if self.number > 1 else "input.grad"
