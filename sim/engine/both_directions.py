"""The executor of a layer that reads a sequence both ways: each direction unrolled by itself."""

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
from .both_measures import EMPTY, together_backward, together_forward
from .unroll import Unroll


class BothDirections:
    """Two unrolled layers, of which `back` gets the sequence from its end; a block by itself.

    Their outputs stand side by side, in the order of time. Truncation has no meaning here: what reads from the end
    needs all steps before it can begin.
    """

    copies_gradient = overlaps = False
    count = 1

    def __init__(self, graph: LayerGraph, number: int, form: Format, seed: int, buffers: Workspace, *,
                 length: int = CHUNK, budget: int = SAVED_CHUNKS):  # fmt: skip
        self.graph, self.number, self.format, self.seed = graph, number, form, seed
        self.ahead, self.back = (
            Unroll(one, number, form, seed, buffers, length=length, budget=budget // 2) for one in graph.directions
        )
        _, self.joined = graph.ops[-1]
        self.learned = self.ahead.learned + self.back.learned
        self._forget()

    @property
    def both(self) -> tuple[Unroll, Unroll]:
        """Each direction."""
        return self.ahead, self.back

    @property
    def parameters(self) -> dict[str, Array]:
        """By name, of both directions."""
        return self.ahead.parameters | self.back.parameters

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return self.ahead.size + self.back.size

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let those numbers live in a vector, and their gradients in another, one direction after the other."""
        end = self.ahead.size
        self.ahead.bind(vector[:end], gradients[:end])
        self.back.bind(vector[end:], gradients[end:])

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        for one in self.both:
            one.free()
        self._forget()

    def _forget(self) -> None:
        self.input = self.output = self.grad_output = self.grad_input = EMPTY

    def drop_saved(self) -> None:
        """Each keeps within its budget anyhow."""

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, 2 width) of h_in (steps, batch, fan-in)."""
        self.input = inputs
        ahead = self.ahead.forward(inputs, iteration, on_progress)
        back = self.back.forward(from_the_end(inputs), iteration, on_progress)
        steps, batch, _ = inputs.shape
        self.output = np.empty((steps, batch, self.graph.width), inputs.dtype)
        made = (ahead.output, back.output[::-1])
        run_through(self.joined.forward((), made, (self.output,), (), self.format.round_))
        return Forward(self.output, partial(together_forward, ahead.measure, back.measure))

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """dL/dh_in of dL/dh_out, which both directions add to."""
        self.grad_output = grad
        shape = (*grad.shape[:2], grad.shape[2] // 2)
        of_ahead, of_back = np.empty(shape, grad.dtype), np.empty(shape, grad.dtype)
        run_through(self.joined.backward((), (), (), (grad,), (of_ahead, of_back[::-1]), self.format.round_))
        ahead = self.ahead.backward(of_ahead, on_progress, keep_arrays)
        back = self.back.backward(of_back, on_progress, keep_arrays)
        self.grad_input = self.format.round_(ahead.grad_input + back.grad_input[::-1])
        measure = partial(together_backward, ahead.measure, back.measure, self.grad_input)
        return Backward(self.grad_input, measure)

    @property
    def gradients(self) -> Mapping[str, Array]:
        """Of the parameters that are learned."""
        return self.ahead.arrays.gradients | self.back.arrays.gradients


def from_the_end(steps: Array) -> Array:
    """A copy of (steps, ...), the last first."""
    return np.ascontiguousarray(steps[::-1])
