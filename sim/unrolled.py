"""A recurrent layer unrolled over time: all that cells share, forward and back, in chunks of steps.

z_ih = W_ih x_t + b_ih and z_hh = W_hh h_(t-1) + b_hh, each normalised where there is a norm, go into the cell.
Hidden states are kept for all steps; the rest of a chunk is kept if it fits a budget, else made again on the way
back from the states at its start. Chunks depend on shapes alone, so that both ways give the same bits.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .cell import Cell, Chunk
from .format import Format, number_format
from .kernel import Array
from .layer import Operation, Statistics, grad_name
from .memory import CHUNK, KEPT_CHUNKS
from .output_norm import OutputNorm, norm_factor
from .row_norm import RowNorm
from .statistics import COLUMNS, RMS, by_step
from .tally import Tally, keep_gradient
from .unrolled_chunks import across, collect_gradients, retreat, run
from .unrolled_measures import Evidence, measure_backward, measure_forward
from .unrolled_operations import backward, forward
from .workspace import Workspace

BUDGET = KEPT_CHUNKS


class Settings(NamedTuple):
    """What all layers of a network share."""

    norm: RowNorm | None
    learnable_scale: bool
    truncate: int
    depth: int
    format: Format
    workspace: Workspace
    output_norm: OutputNorm | None = None


class Unrolled:
    """One recurrent layer and what is left of its last pass."""

    matrices: Mapping[str, str] = {"": "weight_hh", "input_": "weight_ih"}

    def __init__(self, cell: Cell, settings: Settings, number: int, parameters: dict[str, Array],
                 drawn: Mapping[str, Array] | None = None, start: dict[str, Array] | None = None):  # fmt: skip
        self.cell, self.settings, self.number, self.parameters = cell, settings, number, parameters
        self.drawn: Mapping[str, Array] = drawn or {}  # parameters that were too large, as they were drawn
        self.joins = "scale" in parameters
        self.apart = self.joins or settings.output_norm is not None  # h_out is another array than h_t
        self.feedback: tuple[str, ...] = ("",) if cell.blocks == 1 else ()
        self.start = start or {}  # states before the first step; zeros unless given
        self.tick: Callable[[], None] = lambda: None
        self.iteration = 0
        self.recording = False
        self.release()

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(key for key in self.parameters if key != "scale" or self.settings.learnable_scale)

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.gradients: dict[str, Array] = {}
        self.lost: dict[str, float] = {}
        self.statistics: Statistics = {}
        self.nonfinite = 0
        self.entered = self.hidden = self.grad_hidden = np.empty((0, 0, 0))
        self.states = self.grad_output = self.hidden
        self.outputs = self.totals = self.below = np.empty((0, COLUMNS))  # moments by step
        self._chunks: list[Chunk | None] = []
        self.borders: list[dict[str, Array]] = []  # the states besides hidden before each chunk
        self.evidence = Evidence()
        self.summed: dict[str, Array] = {}  # gradients that were too large, as they were before rounding
        self.handed_down = self.hidden
        self._recorded: list[dict[str, Array]] = []

    def twin(self, step: int) -> "Unrolled":
        """The same layer in float64, to be run from the given step (from 0) on."""
        chunk = self._again(step // self.length)
        t = step - chunk.first
        states = {"hidden": chunk.hidden[t]} | {key: value[t] for key, value in chunk.states.items()}
        wide = {key: value.astype(np.float64) for key, value in self.parameters.items()}
        settings = self.settings._replace(truncate=0, format=number_format("float64"), workspace=Workspace())
        return Unrolled(self.cell, settings, self.number, wide, None,
                        {key: value.astype(np.float64) for key, value in states.items()})  # fmt: skip

    # forward

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in (steps, batch, fan-in); the states start at 0."""
        self.release()
        steps, batch, _ = hidden.shape
        self.entered, weight = hidden, self.parameters["weight_hh"]
        self.length = max(1, min(steps, CHUNK // (batch * len(weight))))
        self.across = across(weight, batch, self.cell.blocks)
        self.states = np.empty((steps + 1, batch, weight.shape[1]), hidden.dtype)
        self.outputs, self.totals, self.below = np.empty((3, steps, COLUMNS))
        self.states[0] = self.start.get("hidden", 0)
        states = {name: self._zeros(self.start.get(name, 0)) for name in self.cell.states}
        self.cell.iteration = self.iteration
        keep = self._fits(steps, batch)
        for number in range(-(-steps // self.length)):
            self.tick()
            self.borders.append(states)
            chunk = run(self, number)
            measure_forward(self, chunk)
            states = {name: value[-1].copy() for name, value in chunk.states.items()}
            self._chunks.append(chunk if keep else None)
            self._reuse(chunk.scratch, [] if keep else chunk.taken)
        self.nonfinite = self.evidence.count
        self.hidden = self.branch()
        if self.joins:
            rounded = self.settings.format.keep
            self.hidden = rounded(hidden + rounded(self.parameters["scale"] * self.hidden))
        if self.apart:
            self.outputs = by_step(self.hidden)
        return self.hidden

    def _reuse(self, *memory: list[Array]) -> None:
        for arrays in memory:
            self.settings.workspace.give(arrays)

    def branch(self) -> Array:
        """The hidden states, normalised where the norm is on the output: what goes up, or beside a skip."""
        norm, states = self.settings.output_norm, self.states[1:]
        return states if norm is None else self.settings.format.keep(norm.forward(states, self.parameters))

    def _zeros(self, value: Any) -> Array:
        out = np.empty(self.states.shape[1:], self.states.dtype)
        out[:] = value
        return out

    def _fits(self, steps: int, batch: int) -> bool:
        blocks = sum(self.cell.room.values()) + len(self.cell.states)
        blocks += 2 * self.cell.blocks if self.settings.norm else 0
        size = self.states.dtype.itemsize * blocks * steps * batch * self.states.shape[2]
        return size * self.settings.depth <= BUDGET

    def _again(self, number: int) -> Chunk:
        """A chunk of the last forward pass: kept, or made again from the states at its start."""
        return self._chunks[number] or run(self, number)

    # back

    def backward(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out; if h_out is h_t itself, the total derivatives dL/dh_t take the place of dL/dh_out."""
        self.grad_output = grad
        self.tally = Tally(self.settings.format, len(grad))
        self.gradients = {key: np.zeros_like(value) for key, value in self.parameters.items() if key != "scale"}
        self.grad_hidden = beside = self._beside()
        if (norm := self.settings.output_norm) is not None:
            self.grad_hidden = self.tally.keep(norm.pull(self.states[1:], beside, self.parameters, self.gradients))
            self.statistics["output_norm_factor"] = norm_factor(beside, self.grad_hidden)
        self.evidence = Evidence()
        if self.apart:
            self.statistics["output_gradient_norm"] = by_step(grad)[:, RMS] * np.sqrt(grad[0].size)
        below = np.empty_like(self.entered)
        carry = {name: self._zeros(0) for name in ("hidden", *self.cell.states)}
        for number in reversed(range(len(self._chunks))):
            self.tick()
            chunk = self._again(number)
            self._chunks[number] = None
            self._reuse(chunk.scratch)
            retreat(self, chunk, carry)
            through = collect_gradients(self, chunk, below)
            measure_backward(self, chunk, through)
            if self.recording:
                chunk.hold()
                self._recorded.insert(0, self._shown(chunk))
            self._reuse(chunk.taken)
        self.grad_start = carry["hidden"]
        if self.joins:
            below += grad
            self.tally.keep(below)
            self.below = by_step(below)
            if self.settings.learnable_scale:
                self.gradients["scale"] = np.array([np.vdot(grad, self.branch())])
        self._keep_gradients()
        self.handed_down = below
        self.statistics["underflow_fraction"] = self.tally.fraction
        self.nonfinite = self.evidence.count
        return below

    def _keep_gradients(self) -> None:
        """Round the parameters' gradients, which the carrier summed up over all steps, as they are stored."""
        form = self.settings.format
        for key, value in self.gradients.items():
            whole = value if form.native else value.copy()
            self.lost[key] = keep_gradient(form, value)
            if not (form.native or np.isfinite(value).all()):
                self.summed[key] = whole

    def _beside(self) -> Array:
        """dL/d(what goes up, or beside a skip)."""
        return self.tally.keep(self.grad_output * self.parameters["scale"]) if self.joins else self.grad_output

    # what others ask

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the first step that went wrong, in the order in which they were made."""
        yield from (forward if phase == "forward" else backward)(self)

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        named = dict(self.parameters) | {"hidden": self.states, "grad_hidden": self.grad_hidden}
        if self.apart:
            named |= {"output": self.hidden, "grad_output": self.grad_output}
        for key in self._recorded[0] if self._recorded else ():
            named[key] = np.concatenate([part[key] for part in self._recorded])
        for name, before in self.borders[0].items():
            named[name] = np.concatenate([before[None], named[name]])
        return named | {grad_name(key): value for key, value in self.gradients.items()}

    def _shown(self, chunk: Chunk) -> dict[str, Array]:
        """What a dump shows of a chunk."""
        shown = {"grad_input_product": chunk.raw_input, "grad_recurrent_product": chunk.raw_recurrent}
        for name in self.cell.states:
            shown |= {name: chunk.states[name][1:], f"grad_{name}": chunk.grad_states[name]}
        return shown | dict(self.cell.in_order(chunk))

    def closely(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step (from 0) that are worth a histogram."""
        chunk = self._again(step // self.length)
        self.cell.prepare(chunk)
        inner = dict(self.cell.closely(chunk, step - chunk.first))
        inner.setdefault("preactivation", chunk.raw_input[step - chunk.first] + chunk.raw_recurrent[step - chunk.first])
        return inner | {"activation": self.hidden[step], "gradient": self.grad_hidden[step]}
