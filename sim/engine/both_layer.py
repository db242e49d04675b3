"""A layer that reads a sequence both ways, to look at: arrays in the order of time, and the operations of each."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ..network.composition import SUFFIX
from ..network.layer import NamedArrays, Operation, RecomputedStep, exact_parameters, grad_name
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.number_format import number_format
from ..results.record import NO_EVIDENCE, Evidence
from .both_directions import BothDirections
from .unroll_layer import UnrollLayer


class BothLayer:
    """Of the last pass it has views (steps, batch, features), which are those of both directions side by side."""

    def __init__(self, block: BothDirections):
        self.block, self.graph, self.number = block, block.graph, block.number
        self.directions = tuple(UnrollLayer(one) for one in block.both)
        self.learned, self.matrices, self.feedback = block.learned, block.graph.matrices, block.graph.feedback

    @property
    def unrounded(self) -> Mapping[str, Array]:
        """Parameters that the number format can't hold, unrounded."""
        return {key: value for one in self.directions for key, value in one.unrounded.items()}

    @unrounded.setter
    def unrounded(self, values: Mapping[str, Array]) -> None:
        for one in self.directions:
            one.unrounded = {key: value for key, value in values.items() if key in one.parameters}

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""
        return self.block.parameters

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the parameters that are learned."""
        return dict(self.block.gradients)

    @property
    def iteration(self) -> int:
        """Of training, from 0, in the last pass."""
        return self.directions[0].iteration

    @property
    def inputs(self) -> Array:
        """h_in."""
        return self.block.input

    @property
    def output(self) -> Array:
        """h_out."""
        return self.block.output

    @property
    def grad_output(self) -> Array:
        """dL/dh_out as it came from above."""
        return self.block.grad_output

    @property
    def grad_hidden(self) -> Array:
        """The total derivatives of the first state of each direction."""
        ahead, back = self.directions
        return np.concatenate([ahead.grad_hidden, back.grad_hidden[::-1]], axis=2)

    def float64_copy(self, _step: int) -> BothDirections:
        """The same layer in float64, which can only be run over all steps."""
        form = number_format("float64")
        copy = BothDirections(self.graph, self.number, form, self.block.seed, Workspace())
        for one, other in zip(copy.both, self.directions, strict=True):
            one.parameters.update({key: value.astype(form.dtype) for key, value in exact_parameters(other)})
        return copy

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """Those of one direction, then those of the other, and the sum that goes down."""
        ahead, back = self.directions
        of_ahead, of_back = evidence.directions or (NO_EVIDENCE, NO_EVIDENCE)
        yield from ahead.operations(phase, of_ahead)
        last = len(self.inputs) - 1
        for made in back.operations(phase, of_back):
            timeless = of_back.step is None or made.first != of_back.step
            yield made if timeless else made._replace(first=last - made.first)
        if phase == "backward":
            yield Operation("sum of both directions", f"layers.{self.number}.grad_in", self.block.grad_input)

    def save_step_gradients(self, step: int) -> None:
        """Each direction at its own step of that time."""
        for one, own_step in zip(self.directions, (step, len(self.inputs) - 1 - step), strict=True):
            one.save_step_gradients(own_step)

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """The operations of each direction."""
        for one, own_step in zip(self.directions, (step, len(self.inputs) - 1 - step), strict=True):
            yield from one.recompute_step(own_step)

    def arrays(self) -> NamedArrays:
        """Those of both; of what reads from the end with "_reverse", by step of time, so that its start comes last."""
        (ahead, back), params = (one.arrays() for one in self.directions), self.directions[1].parameters
        values = {**ahead.values, **_by_time(back.values, params), "output": self.output}
        of_back = _by_time(back.gradients, map(grad_name, params))
        gradients = {**ahead.gradients, **of_back, "grad_output": self.grad_output}
        return NamedArrays(values, gradients)

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step of time (from 0) that are worth a histogram, of both directions together."""
        ahead, back = self.directions
        steps = len(self.inputs)
        one, other = ahead.histogram_arrays(step), back.histogram_arrays(steps - 1 - step)
        return {key: np.stack([value, other[key if key in other else key + SUFFIX]]) for key, value in one.items()}


def _by_time(arrays: Mapping[str, Array], parameters: Iterable[str]) -> dict[str, Array]:
    """Arrays of what reads from the end: but for the parameters by step of time, and for its half of the output."""
    known = set(parameters)
    kept = {key: value for key, value in arrays.items() if key.removeprefix("grad_") != f"output{SUFFIX}"}
    return {
        key if SUFFIX in key else key + SUFFIX: value if key in known else value[::-1] for key, value in kept.items()
    }
