"""What the passes ask of a layer, whatever is inside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..numerics.arrays import Array
from ..ops.operands import OperandsAt
from ..results.record import NO_EVIDENCE, Evidence
from .block import Block
from .graph import LayerGraph, Matrix


class Operation(NamedTuple):
    """One operation of a pass and the array that it made: (steps, batch, features) from a step on, or a parameter's."""

    name: str
    array_name: str
    array: Array
    first: int = 0  # the step (from 0) of the array's first row
    operands: OperandsAt | None = None  # its operands at an index of the array


class NamedArrays(NamedTuple):
    """Arrays of a pass as a dump names them; the gradients among them are times the loss scale."""

    values: Mapping[str, Array]
    gradients: Mapping[str, Array]


class Made(NamedTuple):
    """One operation at one step: its part and words, and by name what it makes, (batch, features), and its gradients.

    `through` is its first input's gradient along this path; `inner` are words and arrays of what it does not keep.
    """

    part: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[Array, ...]
    grads: tuple[Array, ...]
    through: Array
    inner: Mapping[str, tuple[str, Array, Array]]


class OnceMore(NamedTuple):
    """The graph of a layer or of one of its directions, what enters and its gradient, and all operations in order."""

    graph: LayerGraph
    entering: tuple[Array, Array]
    made: tuple[Made, ...]


def exact(layer: "Layer") -> Iterator[tuple[str, Array]]:
    """A layer's parameters as its number format holds them, but those of which it leaves only zeros as they were."""
    for key, value in layer.parameters.items():
        yield key, value if value.any() else layer.unrounded.get(key, value)


def grad_name(key: str) -> str:
    """The name of a parameter's gradient: "norm.weight" -> "norm.grad_weight"."""
    head, dot, tail = key.rpartition(".")
    return f"{head}{dot}grad_{tail}"


class Layer(Protocol):
    """One layer to look at: its parameters, and the arrays of the last pass until they are freed."""

    feedback: tuple[str, ...]  # prefixes of those that one step hands to the next, so that their radius counts
    number: int  # from 1
    unrounded: Mapping[str, Array]  # parameters that the number format can't hold, unrounded

    @property
    def directions(self) -> Sequence["Layer"]:
        """Those that it is made of, if it reads a sequence both ways."""

    @property
    def graph(self) -> LayerGraph:
        """The operations that it is made of."""

    @property
    def matrices(self) -> Mapping[str, Matrix]:
        """Prefix of the statistics' names -> the weight matrix that they are of."""

    @property
    def parameters(self) -> dict[str, Array]:
        """By name, as the passes use them: they may be written into, not replaced."""

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the parameters, after a backward pass."""

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes; gradients has the same keys after a backward pass."""

    @property
    def iteration(self) -> int:
        """Of training, from 0, in the last pass."""

    @property
    def inputs(self) -> Array:
        """h_in (steps, batch, fan-in) of the last pass."""

    @property
    def output(self) -> Array:
        """h_out."""

    @property
    def grad_output(self) -> Array:
        """dL/dh_out as it came from above."""

    @property
    def grad_hidden(self) -> Array:
        """The total derivative dL/dh_out, after a backward pass."""

    def operations(self, phase: str, evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The arrays of the last pass, forward or backward, in the order in which they were made."""

    def look_at(self, step: int) -> None:
        """Before a backward pass: keep what enters a step (from 0) then, for `once_more`."""

    def once_more(self, step: int) -> Iterator[OnceMore]:
        """After it: what the layer's operations made of that step; of a layer that reads both ways, each direction's.

        Of one that is a single operation nothing.
        """

    def arrays(self) -> NamedArrays:
        """Every array of the last pass by the name that a PyTorch user expects, if it was to keep them."""

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step (from 0) worth a histogram: preactivation, activation, slope, gradient, gates."""

    def float64_copy(self, step: int) -> Block:
        """The same layer by itself with its `exact` parameters in float64, to be run from a step (from 0) on."""
