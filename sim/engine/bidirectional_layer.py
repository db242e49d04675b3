"""A bidirectional layer as a `Layer`: arrays in the order of time, and the operations of each direction."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ..network.composition import SUFFIX
from ..network.layer import NamedArrays, Operation, RecomputedStep, exact_parameters, grad_name
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.number_format import number_format
from ..results.record import NO_EVIDENCE, Evidence
from .bidirectional import Bidirectional
from .unroll_layer import UnrollLayer


class BidirectionalLayer:
    """The layer that a `Bidirectional` executes; its arrays are those of both directions side by side."""

    def __init__(self, block: Bidirectional):
        self.block, self.graph, self.number = block, block.graph, block.number
        self.directions = tuple(UnrollLayer(one) for one in block.both)
        self.learned, self.matrices, self.feedback = block.learned, block.graph.matrices, block.graph.feedback

    @property
    def unrounded(self) -> Mapping[str, Array]:
        """Parameters that the number format can't hold, before rounding."""
        return {key: value for one in self.directions for key, value in one.unrounded.items()}

    @unrounded.setter
    def unrounded(self, values: Mapping[str, Array]) -> None:
        for one in self.directions:
            one.unrounded = {key: value for key, value in values.items() if key in one.parameters}

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters of both directions by name."""
        return self.block.parameters

    @property
    def gradients(self) -> dict[str, Array]:
        """Gradients of the learned parameters."""
        return dict(self.block.gradients)

    @property
    def iteration(self) -> int:
        """The training iteration (from 0) of the last pass."""
        return self.directions[0].iteration

    @property
    def inputs(self) -> Array:
        """h_in (steps, batch, fan-in)."""
        return self.block.input

    @property
    def output(self) -> Array:
        """h_out (steps, batch, 2 width)."""
        return self.block.output

    @property
    def grad_output(self) -> Array:
        """dL/dh_out (steps, batch, 2 width)."""
        return self.block.grad_output

    @property
    def grad_hidden(self) -> Array:
        """The total derivatives of both directions' states (steps, batch, 2 width)."""
        forward, reverse = self.directions
        return np.concatenate([forward.grad_hidden, reverse.grad_hidden[::-1]], axis=2)

    def float64_copy(self, _step: int) -> Bidirectional:
        """The same layer in float64; it can only be run over all steps."""
        form = number_format("float64")
        copy = Bidirectional(self.graph, self.number, form, self.block.seed, Workspace())
        for one, direction in zip(copy.both, self.directions, strict=True):
            one.parameters.update({key: value.astype(form.dtype) for key, value in exact_parameters(direction)})
        return copy

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The operations of the forward direction, then of the reverse one, then the sum of both dL/dh_in."""
        forward, reverse = self.directions
        of_forward, of_reverse = evidence.directions or (NO_EVIDENCE, NO_EVIDENCE)
        yield from forward.operations(phase, of_forward)
        last = len(self.inputs) - 1
        for operation in reverse.operations(phase, of_reverse):
            at_step = of_reverse.step is not None and operation.first == of_reverse.step
            yield operation._replace(first=last - operation.first) if at_step else operation
        if phase == "backward":
            yield Operation("sum of both directions", f"layers.{self.number}.grad_in", self.block.grad_input)

    def save_step_gradients(self, step: int) -> None:
        """Save the gradients that enter a step of time, in each direction."""
        for layer, index in self._at_time(step):
            layer.save_step_gradients(index)

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """All operations of a step of time, in each direction."""
        for layer, index in self._at_time(step):
            yield from layer.recompute_step(index)

    def _at_time(self, step: int) -> Iterator[tuple[UnrollLayer, int]]:
        """Each direction with its own index (from 0) of a step of time (from 0)."""
        yield from zip(self.directions, (step, len(self.inputs) - 1 - step), strict=True)

    def arrays(self) -> NamedArrays:
        """All arrays by name; those of the reverse direction end in "_reverse", by step of time, its start last."""
        (forward, reverse), params = (one.arrays() for one in self.directions), self.directions[1].parameters
        values = {**forward.values, **_reverse_arrays(reverse.values, params), "output": self.output}
        gradients = _reverse_arrays(reverse.gradients, map(grad_name, params))
        return NamedArrays(values, {**forward.gradients, **gradients, "grad_output": self.grad_output})

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """Arrays of a step of time (from 0) that get a histogram, (2, batch, width): both directions together."""
        one, other = (layer.histogram_arrays(index) for layer, index in self._at_time(step))
        return {key: np.stack([value, other[key if key in other else key + SUFFIX]]) for key, value in one.items()}


def _reverse_arrays(arrays: Mapping[str, Array], parameters: Iterable[str]) -> dict[str, Array]:
    """Arrays of the reverse direction without its half of the output; all but the parameters by step of time."""
    timeless = set(parameters)
    named = {key: value for key, value in arrays.items() if key.removeprefix("grad_") != f"output{SUFFIX}"}
    return {
        key if SUFFIX in key else key + SUFFIX: value if key in timeless else value[::-1]
        for key, value in named.items()
    }
