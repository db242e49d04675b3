"""Executor of a bidirectional recurrent layer: one layer unrolled from the first step, one from the last."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import CHUNK, SAVED_CHUNKS
from ..network.graph import LayerGraph
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format
from ..ops.base import run_through
from .bidirectional_measures import measure_backward, measure_forward
from .unroll import EMPTY, Unroll


class Bidirectional:
    """A block of one layer: the unrolled layers of both directions, their outputs side by side in the order of time.

    It knows no truncation: the reverse direction needs all later steps before it can begin.
    """

    copies_gradient = overlaps = False
    count = 1

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, workspace: Workspace, *,
                 length: int = CHUNK, budget: int = SAVED_CHUNKS):  # fmt: skip
        self.graph, self.number, self.format, self.seed = graph, number, form, seed
        self.forward_unroll, self.reverse_unroll = self.both = tuple(
            Unroll(one, number, form, seed, workspace, length=length, budget=budget // 2) for one in graph.directions
        )
        _, self.side_by_side = graph.ops[-1]
        self.learned = self.forward_unroll.learned + self.reverse_unroll.learned
        self._forget()

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters of both directions by name."""
        return self.forward_unroll.parameters | self.reverse_unroll.parameters

    @property
    def gradients(self) -> Mapping[str, Array]:
        """Gradients of the learned parameters of both directions, after a backward pass."""
        return self.forward_unroll.arrays.gradients | self.reverse_unroll.arrays.gradients

    @property
    def size(self) -> int:
        """The number of learned parameters."""
        return self.forward_unroll.size + self.reverse_unroll.size

    def bind(self, vector: Array, gradients: Array) -> None:
        """Move the learned parameters into a vector (size,); backward passes write their gradients into the other."""
        end = self.forward_unroll.size
        self.forward_unroll.bind(vector[:end], gradients[:end])
        self.reverse_unroll.bind(vector[end:], gradients[end:])

    def free(self) -> None:
        """Free the arrays of the last pass."""
        for one in self.both:
            one.free()
        self._forget()

    def _forget(self) -> None:
        self.input = self.output = self.grad_output = self.grad_input = EMPTY

    def drop_saved(self) -> None:
        """Nothing to drop: each direction saves only what fits its budget."""

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, 2 width) from h_in (steps, batch, fan-in)."""
        self.input = inputs
        forward = self.forward_unroll.forward(inputs, iteration, on_progress)
        reverse = self.reverse_unroll.forward(np.ascontiguousarray(inputs[::-1]), iteration, on_progress)
        steps, batch, _ = inputs.shape
        self.output = np.empty((steps, batch, self.graph.width), inputs.dtype)
        halves = forward.output, reverse.output[::-1]
        run_through(self.side_by_side.forward((), halves, (self.output,), (), self.format.round_))
        return Forward(self.output, partial(measure_forward, forward.measure, reverse.measure))

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """dL/dh_in from dL/dh_out: the sum of both directions' gradients."""
        self.grad_output = grad
        shape = (*grad.shape[:2], grad.shape[2] // 2)
        to_forward, to_reverse = np.empty(shape, grad.dtype), np.empty(shape, grad.dtype)
        halves = to_forward, to_reverse[::-1]
        run_through(self.side_by_side.backward((), (), (), (grad,), halves, self.format.round_))
        forward = self.forward_unroll.backward(to_forward, on_progress, keep_arrays)
        reverse = self.reverse_unroll.backward(to_reverse, on_progress, keep_arrays)
        self.grad_input = self.format.round_(forward.grad_input + reverse.grad_input[::-1])
        return Backward(self.grad_input, partial(measure_backward, forward.measure, reverse.measure, self.grad_input))
