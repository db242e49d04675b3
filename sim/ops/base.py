"""A differentiable operation (`Op`): forward pass, backward pass (vector-Jacobian product) and parameter gradients.

An operation knows nothing of layers, loops or number formats: an executor allocates the arrays, calls the operations
in the order of a layer's graph, and rounds what they write to the number format of the pass.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.number_format import Round
from .operands import Index, Terms, at

T = TypeVar("T")
Arrays = tuple[Array, ...]
Lane = Array | Sequence[Array]  # an array for each layer (or step): one with a leading axis, or several
Lanes = Sequence[Lane]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter: PyTorch's name, shape, and a function from a layer's number (from 1) to float64 initial values."""

    name: str
    shape: Shape
    initial: Callable[[int], Array]
    learned: bool = True
    matrices: tuple[str, ...] = ()  # weight matrices stacked in it by rows: prefixes of their statistics' names

    @property
    def short(self) -> str:
        """The name without its module, in messages: "weight" of "norm.weight"."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class BackwardStatistics:
    """Statistics of an operation's backward pass, (layers,): quantities by name, and how many products underflowed."""

    quantities: Mapping[str, Floats] = field(default_factory=dict)
    underflowed: Floats | float = 0.0


@dataclass(frozen=True)
class ForwardStatistics:
    """Statistics of an operation's forward pass, (layers,): quantities by name, and how many numbers are not finite.

    Those are intermediate results of which an output need not be infinite or NaN, as attention's logits.
    """

    quantities: Mapping[str, Floats]
    nonfinite: Floats


class Op:
    """A differentiable operation, with the defaults that most share.

    Every array has a leading axis of layers (or steps) before (batch, features); arrays come as tuples in the order of
    `parameters`, `inputs`, outputs and `saved`. `forward` and `backward` are generators that do one layer a turn, as
    the layer's other operations run between two turns; all else is of all layers at once. An executor may free what
    `needs` and `needs_output` do not name before the backward pass.
    """

    # names in messages, and the chain-rule factor to which the gradient of the first input counts
    name: str
    backward_name: ClassVar[str]
    factor: str | None = None
    factor_word: ClassVar[str | None] = None  # a word for the factor, if not its name
    # what it does to numbers
    sums: ClassVar[bool] = False  # its output is the sum of its inputs
    selects: ClassVar[bool] = False  # its output is some of its input's features
    propagates: ClassVar[bool] = False  # an inf or NaN in an input is always one in an output
    over_steps: ClassVar[bool] = False  # mixes the steps of a sample (row = step x samples + sample)
    reduces_steps: ClassVar[bool] = False  # makes one step of a sequence
    product: ClassVar[bool] = False  # its gradients are matrix products with its first parameter
    counts_underflow: ClassVar[bool] = False  # `backward_statistics` counts all underflow, that of rounding included
    # which arrays it reads and writes
    needs: tuple[int, ...] = ()  # inputs that the backward pass reads
    needs_output: ClassVar[bool] = False  # whether it reads the outputs
    in_place: int | None = None  # the input that the output may overwrite
    gradient_out: ClassVar[tuple[int, ...]] = ()  # inputs whose gradient is the output's: `backward` writes none
    same_gradient: ClassVar[Mapping[int, int]] = {}  # input -> an earlier input with the same gradient: one array
    # gradients and values inside
    total_gradients: ClassVar[Mapping[int, int]] = {}  # output that it reads itself -> its total derivative in `inner`
    inner_words: ClassVar[Mapping[str, str]] = {}  # words in messages by name of `inner_values`, `inner_gradients`

    inputs: tuple[str, ...]  # values of the graph that it reads; "in" is the layer's input
    parameters: tuple[Parameter, ...]

    @property
    def random(self) -> bool:
        """Whether `draw` fills the first saved array with new random numbers for each pass."""
        return False

    @property
    def drawn_as(self) -> str:
        """The name of its random stream, unique in a layer."""
        return self.name

    @property
    def largest_slope(self) -> float | None:
        """The supremum of |derivative| of an elementwise operation, else None."""
        return None

    @property
    def by_row(self) -> bool:
        """Whether rows are independent of each other, so that steps can be computed together as one with more rows."""
        return True

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Widths (features) of the outputs from those of the inputs; by default the first input's."""
        return widths[:1]

    def word(self, _output: int) -> str:
        """The operation's name in messages, for one of its outputs."""
        return self.name

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Shapes by name of the arrays saved for the backward pass; `width` is the first output's."""
        return {}

    def scratch(self, batch: int, width: int) -> int:
        """How many numbers its temporary arrays have, at one layer."""
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

    def backward_statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> BackwardStatistics:
        """Statistics of the backward pass that only this operation can measure; `into` are the input gradients."""
        return BackwardStatistics()

    def forward_statistics(self, saved: Arrays) -> ForwardStatistics | None:
        """Statistics of the forward pass that only this operation can measure, if any."""
        return None

    def inner_values(self, inputs: Arrays, saved: Arrays, round_: Round) -> Mapping[str, Array]:
        """Intermediate results of one layer by name (attention's logits, say), recomputed, in order."""
        return {}

    def inner_gradients(self, inputs: Arrays, saved: Arrays, grads: Arrays, round_: Round) -> Mapping[str, Array]:
        """Gradients of these intermediate results."""
        return {}

    def inner_terms(self, name: str, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Operands of one number of an intermediate result; of its gradient, if there are `grads`."""
        return ()

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """Saved arrays that a dump contains, by name."""
        return {}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """Saved arrays that get a histogram, by name."""
        return {}

    # operands of a number that is not finite; arrays and indices are those of one layer, without the leading axis

    operands: tuple[str, ...] = ("input",)  # the inputs' names in messages

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Operands of one number of an output; by default the numbers of inputs and parameters at its index."""
        names = (*self.operands, *(parameter.short for parameter in self.parameters))
        return tuple((name, at(array, index)) for name, array in zip(names, inputs + parameters, strict=True))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Operands of one number of an input gradient; by default the output gradient's number."""
        return (("gradient", at(grads[0], index)),)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Operands of one number of the gradient of parameter `number` (from 0)."""
        return ()


def sum_paths(paths: Lanes, total: Lane) -> Iterator[None]:
    """Write a value's gradient, the sum of those along all paths to it, layer by layer."""
    first, second, *more = [*paths, np.zeros(len(total))][: max(2, len(paths))]  # 0 is added to a single path
    for out, one, other, *others in zip(total, first, second, *more, strict=True):
        np.add(one, other, out)
        for path in others:
            out += path
        yield


run_through = deque[Any](maxlen=0).extend  # runs a generator of `forward`, `backward` or `sum_paths` to its end


def vectors(lane: Lane) -> Lane:
    """A view of each array of a lane as a vector, for elementwise kernels."""
    return lane.reshape(len(lane), -1) if isinstance(lane, np.ndarray) else [array.reshape(-1) for array in lane]
