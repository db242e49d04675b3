"""Protocol of a layer of any kind: its parameters, arrays of the last pass, and operations recomputed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..numerics.arrays import Array
from ..ops.operands import OperandsAt
from ..results.record import NO_EVIDENCE, Evidence
from .block import Block
from .graph import LayerGraph, Matrix


class Operation(NamedTuple):
    """One operation of a pass and the array that it wrote: (steps, batch, features) from a step on, or a parameter."""

    name: str
    array_name: str
    array: Array
    first: int = 0  # the step (from 0) of the array's first row
    operands: OperandsAt | None = None  # the operands of the number at an index of the array


class NamedArrays(NamedTuple):
    """Arrays of a pass by their names in a dump; the gradients are multiplied by the loss scale."""

    values: Mapping[str, Array]
    gradients: Mapping[str, Array]


class RecomputedOperation(NamedTuple):
    """One operation at one step, recomputed: outputs by name and their gradients, all (batch, features).

    `words` name the operation in messages, once for each output. `grad_input` is the gradient of its first input along
    this path. `intermediates` are what it computes and does not save (attention's logits, say): the word in messages,
    the array and its gradient, by name.
    """

    sublayer: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    outputs: tuple[Array, ...]
    grad_outputs: tuple[Array, ...]
    grad_input: Array
    intermediates: Mapping[str, tuple[str, Array, Array]]


class RecomputedStep(NamedTuple):
    """A layer (or one of its directions) at one step, recomputed: h_in, dL/dh_in and all operations in order."""

    graph: LayerGraph
    input: Array
    grad_input: Array
    operations: tuple[RecomputedOperation, ...]


def exact_parameters(layer: "Layer") -> Iterator[tuple[str, Array]]:
    """A layer's parameters as stored in its number format; unrounded where rounding made all of one zero."""
    for key, value in layer.parameters.items():
        yield key, value if value.any() else layer.unrounded.get(key, value)


def grad_name(key: str) -> str:
    """The name of a parameter's gradient: "norm.weight" -> "norm.grad_weight"."""
    head, dot, tail = key.rpartition(".")
    return f"{head}{dot}grad_{tail}"


class Layer(Protocol):
    """One layer of a network: its parameters, and the arrays of the last pass until its block frees them.

    Arrays are (steps, batch, features).
    """

    number: int  # from 1
    feedback: tuple[str, ...]  # prefixes (see `matrices`) of the recurrent weights, whose spectral radius counts
    unrounded: Mapping[str, Array]  # before rounding: parameters that the number format can't hold

    @property
    def directions(self) -> Sequence["Layer"]:
        """The forward and the reverse direction of a bidirectional layer; of any other layer nothing."""

    @property
    def graph(self) -> LayerGraph:
        """The layer's operations."""

    @property
    def matrices(self) -> Mapping[str, Matrix]:
        """Weight matrices, by the prefix of the names of their statistics."""

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters by name, the very arrays that the passes read: write into them, never replace them."""

    @property
    def gradients(self) -> dict[str, Array]:
        """Gradients of the learned parameters, after a backward pass."""

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes; after a backward pass the keys of `gradients`."""

    @property
    def iteration(self) -> int:
        """The training iteration (from 0) of the last pass."""

    @property
    def inputs(self) -> Array:
        """h_in of the last pass."""

    @property
    def output(self) -> Array:
        """h_out of the last pass."""

    @property
    def grad_output(self) -> Array:
        """dL/dh_out, before the gradients of later steps are added."""

    @property
    def grad_hidden(self) -> Array:
        """The total derivative dL/dh_out, through later steps too, after a backward pass."""

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The operations of the last forward or backward pass in order, recomputed, each with the array it wrote."""

    def save_step_gradients(self, step: int) -> None:
        """Before a backward pass: save the gradients that enter a step (from 0), for `recompute_step`."""

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """After a backward pass: all operations of a saved step; of a bidirectional layer by direction.

        A layer of a single operation yields nothing.
        """

    def arrays(self) -> NamedArrays:
        """All arrays of the last pass by their PyTorch names; needs a backward pass with `keep_arrays`."""

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """Arrays of one step (from 0) that get a histogram: preactivation, activation, slope, gradient, gates."""

    def float64_copy(self, step: int) -> Block:
        """The same layer alone in float64 with its `exact_parameters`, to be run from a step (from 0) on."""
