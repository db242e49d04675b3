"""What an operation is: mathematics on arrays that are handed to it, forward and backward.

An operation knows nothing of layers, loops or number formats: an executor owns the arrays, calls the operations in
the order of a layer's graph, and rounds what they write to the number format of the pass.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.number_format import Round
from .operands import Index

Arrays = tuple[Array, ...]
Lane = Array | Sequence[Array]  # arrays layer by layer: one with an axis more, or several
Lanes = Sequence[Lane]
Shape = tuple[int, ...]
Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter by its PyTorch name: its shape, and its initial values in float64 of a layer's number (from 1)."""

    name: str
    shape: Shape
    initial: Callable[[int], Array]
    learned: bool = True
    matrix: str | None = None  # of a weight matrix, the prefix of its statistics' names
    blocks: tuple[str, ...] = ()  # the same of several matrices, one upon the other

    @property
    def matrices(self) -> tuple[str, ...]:
        """Prefixes of the weight matrices in it, from the first row down."""
        return self.blocks or (() if self.matrix is None else (self.matrix,))

    @property
    def short(self) -> str:
        """Its name in messages."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Statistics:
    """Of a backward pass, (layers,): quantities by name, and how many numbers underflowed that were stored."""

    quantities: Mapping[str, Floats] = field(default_factory=dict)
    underflowed: Floats | float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Of a forward pass, (layers,): quantities by name, and how many numbers were not finite that no value shows."""

    quantities: Mapping[str, Floats]
    nonfinite: Floats


class Op:
    """One differentiable operation; what most have in common is here.

    All arrays have an axis of layers (or steps) in front of (batch, features), and come as tuples in the order of
    `parameters`, `inputs`, outputs and `saved`. `forward` and `backward` are generators: each turn does one layer, as
    the layer's next operation comes between; the others do all layers at once. What `needs` and `needs_output` do not
    name may be freed before the backward pass.
    """

    name: str  # its word in messages of the forward pass
    backward_name: ClassVar[str]  # and of the backward pass
    factor: str | None = None  # the chain-rule factor that its first input's gradient makes of the last output's
    factor_word: ClassVar[str | None] = None  # what people call that factor, if by another word
    sums: ClassVar[bool] = False  # its output is the sum of its inputs
    propagates: ClassVar[bool] = False  # an inf or NaN that goes in always comes out
    gradient_out: ClassVar[tuple[int, ...]] = ()  # inputs whose gradient is the output's own, so that nobody writes it
    same_gradient: ClassVar[Mapping[int, int]] = {}  # inputs whose gradient is that of an input before: one array
    in_place: int | None = None  # the input that the output may overwrite
    counts_underflow: ClassVar[bool] = False  # `statistics` counts all that underflowed, rounding included
    over_steps: ClassVar[bool] = False  # it mixes the steps of a sample, whose rows come step by step
    reduces_steps: ClassVar[bool] = False  # it makes one step of them
    product: ClassVar[bool] = False  # its gradients are matrix products with its first parameter
    selects: ClassVar[bool] = False  # it hands on some of its input's features as they are
    wholes: ClassVar[Mapping[int, int]] = {}  # outputs that others are made of: which inner gradient is all of theirs
    inner_words: ClassVar[Mapping[str, str]] = {}  # words in messages for what `inner_values` and others make, by name
    needs: tuple[int, ...] = ()  # inputs that the backward pass reads
    needs_output: ClassVar[bool] = False  # the same of the outputs

    inputs: tuple[str, ...]  # values of the graph that it reads; "in" is what enters the layer
    parameters: tuple[Parameter, ...]

    @property
    def random(self) -> bool:
        """Whether `draw` makes the first of the saved arrays anew for each pass."""
        return False

    @property
    def drawn_as(self) -> str:
        """What the draws are for, which those of no other operation of a layer are."""
        return self.name

    @property
    def largest_slope(self) -> float | None:
        """Of an operation number by number, the most that its derivative can be."""
        return None

    @property
    def by_row(self) -> bool:
        """Whether each row is taken by itself, so that several steps are as good as one with more rows."""
        return True

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Features of the outputs, of those of the inputs."""
        return widths[:1]

    def word(self, _output: int) -> str:
        """The name in messages of what makes an output."""
        return self.name

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of what `forward` saves for the backward pass; `width` is the first output's."""
        return {}

    def scratch(self, batch: int, width: int) -> int:
        """Numbers that it holds while it is at one layer, and then lets go of."""
        return 0

    def draw(self, random: np.random.Generator, out: Array) -> None:
        """Write what a random operation draws for a pass, if it is one."""
        raise NotImplementedError

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the outputs and what is saved, layer by layer; `round_` what is stored on the way to the outputs."""
        raise NotImplementedError

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of what `prepare` adds to what is saved."""
        return {}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Before the backward pass: fill the last of the saved arrays, those of `prepared`."""

    def inner(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of gradients that `backward` writes besides those of the inputs, and after them."""
        return {}

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the gradients of the inputs, of those of the outputs (vector-Jacobian products), layer by layer.

        `round_` what is stored on the way to them.
        """
        raise NotImplementedError

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write the gradients of the parameters, learned or not."""

    def statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> Statistics:
        """What only the operation knows of a backward pass."""
        return Statistics()

    def outcome(self, saved: Arrays) -> Outcome | None:
        """What only the operation knows of a forward pass, if anything."""
        return None

    def inner_values(self, inputs: Arrays, saved: Arrays, round_: Round) -> Mapping[str, Array]:
        """Of one layer by name what the operation stores on its way and does not keep, in the order of its making."""
        return {}

    def inner_gradients(self, inputs: Arrays, saved: Arrays, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """The same of the backward pass."""
        return {}

    def inner_terms(self, name: str, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The operands at an index of one of these arrays."""
        return ()

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """What a dump shows of what is saved, by name."""
        return {}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """What of it is worth a histogram, by name."""
        return {}

    # operands of a number that is not finite: indices are of one layer at one step, without the stack's axis

    operands: tuple[str, ...] = ("input",)  # the inputs' names in messages

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The operands at an index of an output: by default the numbers at the same index, after broadcasting."""
        names = (*self.operands, *(parameter.short for parameter in self.parameters))
        return tuple((name, at(array, index)) for name, array in zip(names, inputs + parameters, strict=True))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The same at an index of an input's gradient."""
        return (("gradient", at(grads[0], index)),)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The same at an index of the gradient of the learned parameter of that number."""
        return ()


def vectors(lane: Lane) -> Lane:
    """Each array of a lane as a vector, for what takes number by number."""
    return lane.reshape(len(lane), -1) if isinstance(lane, np.ndarray) else [array.reshape(-1) for array in lane]


def at(array: Array, index: Index) -> float:
    """The number that stands at an index after broadcasting."""
    own_index = index[len(index) - array.ndim :]
    return float(array[tuple(i if size > 1 else 0 for i, size in zip(own_index, array.shape, strict=True))])


def largest_product(left: Array, right: Array, names: tuple[str, str]) -> Terms:
    """Of a sum of products of two vectors (n,): the factors of its largest term, and how many terms there are."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    i = int(np.argmax(np.abs(left * right)))
    return (names[0], float(left[i])), (names[1], float(right[i])), ("terms", float(len(left)))


def largest_term(column: Array, name: str = "gradient") -> Terms:
    """Of the sum of a vector (n,): its largest term, and how many there are."""
    return (name, float(column[np.argmax(np.abs(column))])), ("terms", float(len(column)))
