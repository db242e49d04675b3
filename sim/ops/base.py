"""The operation (`Op`): forward, backward and parameter gradients of a piece of a layer, on arrays given to it.

An operation knows nothing of layers, loops or number formats: an executor owns the arrays, calls the operations in
the order of a layer's graph, and rounds what they write to the number format of the pass.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.number_format import Round
from .operands import Index

T = TypeVar("T")
Arrays = tuple[Array, ...]
Lane = Array | Sequence[Array]  # arrays layer by layer: one with an axis more, or several
Lanes = Sequence[Lane]
Shape = tuple[int, ...]
Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter: PyTorch's name, shape, and its initial values in float64 by the layer's number (from 1)."""

    name: str
    shape: Shape
    initial: Callable[[int], Array]
    learned: bool = True
    matrix: str | None = None  # of a weight matrix, the prefix of its statistics' names
    blocks: tuple[str, ...] = ()  # the same of several matrices, one upon the other

    @property
    def matrices(self) -> tuple[str, ...]:
        """Prefixes of the statistics of its weight matrices, top rows first."""
        return self.blocks or (() if self.matrix is None else (self.matrix,))

    @property
    def short(self) -> str:
        """Its name in messages."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Statistics:
    """Statistics of a backward pass, (layers,): quantities by name, and the count of underflowed numbers."""

    quantities: Mapping[str, Floats] = field(default_factory=dict)
    underflowed: Floats | float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Statistics of a forward pass, (layers,): quantities by name, count of non-finite numbers that no output shows."""

    quantities: Mapping[str, Floats]
    nonfinite: Floats


class Op:
    """A differentiable operation, with the defaults that most share.

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
        """The purpose that names its random stream, unique in a layer."""
        return self.name

    @property
    def largest_slope(self) -> float | None:
        """The supremum of |derivative| of an elementwise operation, else None."""
        return None

    @property
    def by_row(self) -> bool:
        """Whether rows are independent, so that several steps can be computed as one with more rows."""
        return True

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Widths (features) of the outputs for widths of the inputs."""
        return widths[:1]

    def word(self, _output: int) -> str:
        """The operation's name in messages, for one of its outputs."""
        return self.name

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of the arrays saved for the backward pass; `width` is the first output's."""
        return {}

    def scratch(self, batch: int, width: int) -> int:
        """The size of its temporary arrays, in numbers, at one layer."""
        return 0

    def draw(self, random: np.random.Generator, out: Array) -> None:
        """Write the random numbers of a pass (dropout masks, rrelu slopes)."""
        raise NotImplementedError

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write outputs and saved arrays, layer by layer; `round_` intermediate results that a framework stores."""
        raise NotImplementedError

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of the saved arrays that `prepare` fills."""
        return {}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Fill the saved arrays of `prepared` (slopes, say) before the backward pass."""

    def inner(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of further gradients that `backward` writes after those of the inputs."""
        return {}

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the input gradients from the output gradients (vector-Jacobian product), layer by layer.

        `round_` rounds intermediate results that a framework stores.
        """
        raise NotImplementedError

    def written(self, gradients: tuple[T, ...]) -> tuple[T, ...]:
        """Those of the input gradients (and the inner ones after them) that `backward` writes, each array once."""
        return tuple(g for k, g in enumerate(gradients) if k not in self.gradient_out and k not in self.same_gradient)

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write the gradients of the parameters, learned or not."""

    def statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> Statistics:
        """Statistics of the backward pass that only this operation can measure."""
        return Statistics()

    def outcome(self, saved: Arrays) -> Outcome | None:
        """Statistics of the forward pass that only this operation can measure, if any."""
        return None

    def inner_values(self, inputs: Arrays, saved: Arrays, round_: Round) -> Mapping[str, Array]:
        """Intermediate results of one layer by name (attention's logits, say), recomputed, in order."""
        return {}

    def inner_gradients(self, inputs: Arrays, saved: Arrays, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """Gradients of these intermediate results."""
        return {}

    def inner_terms(self, name: str, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The operands of one number of an intermediate result or its gradient."""
        return ()

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """Saved arrays that a dump contains, by name."""
        return {}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """Saved arrays that get a histogram, by name."""
        return {}

    # operands of a number that is not finite: indices are of one layer at one step, without the stack's axis

    operands: tuple[str, ...] = ("input",)  # the inputs' names in messages

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The operands of one output number; by default the input numbers at its index, after broadcasting."""
        names = (*self.operands, *(parameter.short for parameter in self.parameters))
        return tuple((name, at(array, index)) for name, array in zip(names, inputs + parameters, strict=True))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The operands of one number of an input gradient."""
        return (("gradient", at(grads[0], index)),)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The operands of one number of the gradient of the learned parameter `number`."""
        return ()


def sum_paths(paths: Lanes, total: Lane) -> Iterator[None]:
    """Write a value's gradient, the sum of those along all paths to it, layer by layer."""
    first, second, *more = [*paths, np.zeros(len(total))][: max(2, len(paths))]
    for out, one, other, *others in zip(total, first, second, *more, strict=True):
        np.add(one, other, out)
        for path in others:
            out += path
        yield


run_through = deque[Any](maxlen=0).extend  # runs a generator of `forward`, `backward` or `sum_paths` to its end


def vectors(lane: Lane) -> Lane:
    """Each array of a lane as a vector, for elementwise kernels."""
    return lane.reshape(len(lane), -1) if isinstance(lane, np.ndarray) else [array.reshape(-1) for array in lane]


def at(array: Array, index: Index) -> float:
    """The number that stands at an index after broadcasting."""
    own_index = index[len(index) - array.ndim :]
    return float(array[tuple(i if size > 1 else 0 for i, size in zip(own_index, array.shape, strict=True))])


def largest_product(left: Array, right: Array, names: tuple[str, str]) -> Terms:
    """The largest term of an inner product of vectors (n,), as its two factors, and the number of terms."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    i = int(np.argmax(np.abs(left * right)))
    return (names[0], float(left[i])), (names[1], float(right[i])), ("terms", float(len(left)))


def largest_term(column: Array, name: str = "gradient") -> Terms:
    """The largest term of the sum of a vector (n,), and the number of terms."""
    return (name, float(column[np.argmax(np.abs(column))])), ("terms", float(len(column)))
