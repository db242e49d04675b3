"""The executor of what makes one state of a sequence: its output has one step."""

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

NOTHING = np.empty((0, 0, 0))


class StepReduction:
    """A layer without parameters, and a block by itself; of the last pass it has arrays (steps, batch, features)."""

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
        """Forget the arrays of the last pass."""
        self.inputs, self.output, self.grad_output, self.grad_input = (NOTHING,) * 4

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self.grad_output

    def drop_saved(self) -> None:
        """It saves nothing of its own."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """It has no parameters."""

    def forward(self, inputs: Array, iteration: int = 0, _on_progress: Progress = unwatched) -> Forward:
        """h_out (1, batch, features) of h_in (steps, batch, features)."""
        self.inputs, self.iteration, self.output = inputs, iteration, np.empty((1, *inputs.shape[1:]), inputs.dtype)
        run_through(self.op.forward((), (inputs,), (self.output,), (), self.format.round_))
        self.format.round_(self.output)
        output = self.output
        return Forward(output, lambda: _measured(output, {}))

    def backward(self, grad: Array, _on_progress: Progress = unwatched, _keep_arrays: bool = False) -> Backward:
        """dL/dh_in of dL/dh_out."""
        self.grad_output, self.grad_input = grad, np.empty_like(self.inputs)
        run_through(self.op.backward((), (self.inputs,), (), (grad,), (self.grad_input,), self.format.round_))
        counts = np.zeros(len(self.grad_input))
        below = self.format.round_(self.grad_input, counts)
        lost = {"underflow_fraction": np.full((1, 1), counts.sum() / below.size)}
        return Backward(below, lambda: _measured(grad, lost, below))

    def float64_copy(self, _step: int) -> "StepReduction":
        """The same in float64."""
        return StepReduction(self.graph, self.number, number_format("float64"))

    def operations(self, phase: str, _evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The one operation."""
        if phase == "forward":
            yield Operation(self.op.name, f"layers.{self.number}.activation", self.output)
        else:
            yield Operation(self.op.backward_name, f"layers.{self.number}.grad_in", self.grad_input)

    def save_step_gradients(self, _step: int) -> None:
        """It has nothing inside."""

    def recompute_step(self, _step: int) -> Iterator[RecomputedStep]:
        """It is one operation."""
        yield from ()

    def arrays(self) -> NamedArrays:
        """What comes out."""
        return NamedArrays({"activation": self.output[0]}, {"grad_activation": self.grad_output[0]})

    def histogram_arrays(self, _step: int) -> Mapping[str, Array]:
        """What comes out, and its gradient."""
        return {"activation": self.output, "gradient": self.grad_output}


def _measured(output: Array, quantities: Mapping[str, Array], below: Array = NOTHING) -> Measurements:
    moments = by_step(output)
    nonfinite = moments[:, NONFINITE].sum()
    grad_input = by_step(below)[None] if below.size else below
    if below.size:
        nonfinite = grad_input[..., NONFINITE].sum()
    return Measurements(quantities, moments[None], np.array([nonfinite]), grad_input)
