"""Executor of a layer that reduces a sequence to one step (its last step, or the mean)."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.graph import LayerGraph, Matrix
from ..network.layer import Layer, NamedArrays, Operation, RecomputedStep
from ..numerics.arrays import Array
from ..numerics.moments import NONFINITE, by_step
from ..numerics.number_format import Format, number_format
from ..ops.base import run_through
from ..results.record import NO_EVIDENCE, Evidence, Measurements

EMPTY = np.empty((0, 0, 0))


class StepReduction:
    """A layer of one operation without parameters, and the block of it; arrays are (steps, batch, features)."""

    copies_gradient = overlaps = False
    count, size = 1, 0
    parameters: ClassVar[dict[str, Array]] = {}
    gradients: ClassVar[dict[str, Array]] = {}
    matrices: Mapping[str, Matrix] = {}
    unrounded: Mapping[str, Array] = {}
    learned: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    directions: tuple[Layer, ...] = ()

    def __init__(self, graph: LayerGraph, number: int, form: Format):
        self.graph, self.number, self.format, self.iteration = graph, number, form, 0
        ((_, self.op),) = graph.ops
        self.free()

    def free(self) -> None:
        """Free the arrays of the last pass."""
        self.inputs, self.output, self.grad_output, self.grad_input = (EMPTY,) * 4

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self.grad_output

    def drop_saved(self) -> None:
        """Nothing to drop: it saves nothing but its input."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """Nothing to bind: it has no parameters."""

    def forward(self, inputs: Array, iteration: int = 0, _on_progress: Progress = unwatched) -> Forward:
        """h_out (1, batch, features) from h_in (steps, batch, features)."""
        self.inputs, self.iteration, self.output = inputs, iteration, np.empty((1, *inputs.shape[1:]), inputs.dtype)
        run_through(self.op.forward((), (inputs,), (self.output,), (), self.format.round_))
        output = self.format.round_(self.output)
        return Forward(output, lambda: _measure_forward(output))

    def backward(self, grad: Array, _on_progress: Progress = unwatched, _keep_arrays: bool = False) -> Backward:
        """dL/dh_in from dL/dh_out."""
        self.grad_output, self.grad_input = grad, np.empty_like(self.inputs)
        run_through(self.op.backward((), (self.inputs,), (), (grad,), (self.grad_input,), self.format.round_))
        counts = np.zeros(len(self.grad_input))
        grad_input = self.format.round_(self.grad_input, counts)
        underflowed = counts.sum() / grad_input.size
        return Backward(grad_input, lambda: _measure_backward(grad, grad_input, underflowed))

    def float64_copy(self, _step: int) -> "StepReduction":
        """The same layer in float64."""
        return StepReduction(self.graph, self.number, number_format("float64"))

    def operations(self, phase: str, _evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The only operation."""
        if phase == "forward":
            yield Operation(self.op.name, f"layers.{self.number}.activation", self.output)
        else:
            yield Operation(self.op.backward_name, f"layers.{self.number}.grad_in", self.grad_input)

    def save_step_gradients(self, _step: int) -> None:
        """Nothing to save: `recompute_step` yields nothing."""

    def recompute_step(self, _step: int) -> Iterator[RecomputedStep]:
        """Nothing: it is a single operation."""
        yield from ()

    def arrays(self) -> NamedArrays:
        """h_out and dL/dh_out, (batch, features)."""
        return NamedArrays({"activation": self.output[0]}, {"grad_activation": self.grad_output[0]})

    def histogram_arrays(self, _step: int) -> Mapping[str, Array]:
        """h_out and dL/dh_out."""
        return {"activation": self.output, "gradient": self.grad_output}


def _measure_forward(output: Array) -> Measurements:
    moments = by_step(output)
    return Measurements({}, moments[None], np.array([moments[:, NONFINITE].sum()]))


def _measure_backward(grad_output: Array, grad_input: Array, underflowed: float) -> Measurements:
    """`underflowed` is the fraction of dL/dh_in that became 0 by rounding."""
    moments = by_step(grad_input)[None]
    return Measurements({"underflow_fraction": np.full((1, 1), underflowed)}, by_step(grad_output)[None],
                        moments[..., NONFINITE].sum(axis=1), moments)  # fmt: skip
