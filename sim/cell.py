"""What an unrolled layer asks of a cell: its own mathematics, one step forward and one step back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .format import Format
from .kernel import Array
from .layer import Statistics
from .met import Meeting
from .tally import Tally
from .workspace import Workspace


@dataclass
class Chunk:
    """Consecutive steps of a layer and what they need for the way back; arrays are (steps, ...), from `first` on.

    A product has blocks x width columns, in PyTorch's order of gates. States hold one step more, the one before.
    """

    number: int
    first: int
    hidden: Array  # (steps + 1, batch, width)
    format: Format
    workspace: Workspace
    length: int  # steps of a whole chunk; the last one may have fewer
    input: Array = field(init=False)  # (steps, batch, blocks x width): W_ih x + b_ih, normalised where there is a norm
    recurrent: Array = field(init=False)  # the same of W_hh h + b_hh
    states: dict[str, Array] = field(default_factory=dict)  # what is carried besides, as hidden
    kept: dict[str, Array] = field(default_factory=dict)  # what the cell keeps
    normalised: dict[str, tuple[Array, Array]] = field(default_factory=dict)  # by side: normalised, inverse
    # the way back
    grad_hidden: Array = field(init=False)  # the total derivative dL/dh_t
    grad_input: Array = field(init=False)
    grad_recurrent: Array = field(init=False)
    raw_input: Array = field(init=False)  # before the norm: dL/d(W_ih x + b_ih)
    raw_recurrent: Array = field(init=False)
    through: Array = field(init=False)  # dL/dh_(t-1) through W_hh
    direct: Array = field(init=False)  # (batch, width): dL/dh_(t-1) past W_hh, of the step at hand
    tally: Tally = field(init=False)
    above: Array = field(init=False)  # what comes from the layer above and from the loss: dL/dh_t less what is carried
    carried: dict[str, Array] = field(default_factory=dict)  # as states: step t back starts with t + 1 and leaves t
    grad_states: dict[str, Array] = field(default_factory=dict)  # dL/d of the other states
    scratch: list[Array] = field(default_factory=list)  # memory of the products, that only the way forward needs
    taken: list[Array] = field(default_factory=list)  # and of all else

    @property
    def steps(self) -> int:
        """How many steps the chunk has."""
        return len(self.hidden) - 1

    def take(self, *shape: int, more: int = 0) -> Array:
        """Room (steps + more, *shape) that another chunk may write over when this one is done with."""
        array = self.workspace.take((self.length + more, *shape), self.hidden.dtype)
        self.taken.append(array)
        return array[: self.steps + more]

    def hold(self) -> None:
        """Let nobody write over the arrays."""
        self.scratch, self.taken = [], []


class Cell(Protocol):
    """The mathematics of one kind of recurrent layer; it knows nothing of products, norms, losses or other layers."""

    blocks: int  # of width rows each in weight_ih and weight_hh
    gates: tuple[str, ...]  # their names in PyTorch's order; none where there is one block and no gate
    states: tuple[str, ...]  # what is carried from step to step besides the hidden state
    separate: bool  # whether the two products get different gradients
    direct: bool  # whether h_(t-1) reaches h_t past the products
    iteration: int  # of training, from 0
    room: Mapping[str, int]  # what it keeps, in blocks of (batch, width) a step

    def begin(self, chunk: Chunk, layer: int) -> None:
        """Before the first step of a chunk."""

    def advance(self, chunk: Chunk, t: int) -> None:
        """Hidden and other states t + 1 of states t and products t."""

    def prepare(self, chunk: Chunk) -> None:
        """Before the way back through a chunk."""

    def retreat(self, chunk: Chunk, t: int) -> None:
        """From dL/dh (t + 1 of hidden) and the carry to the products' gradients, the direct one and the new carry."""

    def forward_statistics(self, chunk: Chunk) -> Statistics:
        """What only the cell knows, by step; called after the last step of a chunk."""

    def backward_statistics(self, chunk: Chunk) -> Statistics:
        """The same of the way back."""

    def forward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """What met in the states after step t, by name, for an index (0, batch, feature)."""

    def backward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """The same of the way back: grad_recurrent_product, grad_ of states but hidden, and carry where direct."""

    def closely(self, chunk: Chunk, t: int) -> Mapping[str, Array]:
        """Arrays of one step that are worth a histogram."""

    def in_order(self, chunk: Chunk) -> Mapping[str, Array]:
        """What a dump shows of a chunk besides the states: (steps, batch, any) by name."""
