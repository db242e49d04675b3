"""A recurrent layer unrolled over time: all that cells share, forward and back, in chunks of steps.

z_ih = W_ih x_t + b_ih and z_hh = W_hh h_(t-1) + b_hh, each normalised where there is a norm, go into the cell.
Hidden states are kept for all steps; the rest of a chunk is kept if it fits a budget, else made again on the way
back from the states at its start. Chunks depend on shapes alone, so that both ways give the same bits.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .cell import Cell, Chunk
from .kernel import Array
from .layer import Operation, Statistics
from .memory import CHUNK, KEPT_CHUNKS
from .products import product
from .row_norm import RowNorm
from .unrolled_measures import Evidence, measure_backward, measure_forward

BUDGET = KEPT_CHUNKS


class Settings(NamedTuple):
    """What all layers of a network share."""

    norm: RowNorm | None
    learnable_scale: bool
    truncate: int
    depth: int


class Unrolled:
    """One recurrent layer and what is left of its last pass."""

    matrices: Mapping[str, str] = {"": "weight_hh", "input_": "weight_ih"}

    def __init__(self, cell: Cell, settings: Settings, number: int, parameters: dict[str, Array],
                 start: dict[str, Array] | None = None):  # fmt: skip
        self.cell, self.settings, self.number, self.parameters = cell, settings, number, parameters
        self.joins = "scale" in parameters
        self.feedback = ("",) if cell.blocks == 1 else ()
        self.start = start or {}  # states before the first step; zeros unless given
        self.tick: Callable[[], None] = lambda: None
        self.recording = False
        self.release()

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.gradients: dict[str, Array] = {}
        self.statistics: Statistics = {}
        self.nonfinite = 0
        self.entered = self.hidden = self.grad_hidden = np.empty((0, 0, 0))
        self._all = self._outer = self.hidden
        self._chunks: list[Chunk | None] = []
        self._borders: list[dict[str, Array]] = []  # the states besides hidden before each chunk
        self._evidence = Evidence()
        self._recorded: list[dict[str, Array]] = []

    def twin(self, step: int) -> "Unrolled":
        """The same layer in float64, to be run from the given step (from 0) on."""
        chunk = self._again(step // self._length)
        t = step - chunk.first
        states = {"hidden": chunk.hidden[t]} | {key: value[t] for key, value in chunk.states.items()}
        wide = {key: value.astype(np.float64) for key, value in self.parameters.items()}
        return Unrolled(self.cell, self.settings._replace(truncate=0), self.number, wide,
                        {key: value.astype(np.float64) for key, value in states.items()})  # fmt: skip

    # forward

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in (steps, batch, fan-in); the states start at 0."""
        self.release()
        steps, batch, _ = hidden.shape
        self.entered, weight = hidden, self.parameters["weight_hh"]
        self._length = max(1, min(steps, CHUNK // (batch * len(weight))))
        self._all = np.empty((steps + 1, batch, weight.shape[1]), hidden.dtype)
        self._all[0] = self.start.get("hidden", 0)
        states = {name: self._zeros(self.start.get(name, 0)) for name in self.cell.states}
        keep = self._fits(steps, batch)
        for number in range(-(-steps // self._length)):
            self.tick()
            self._borders.append(states)
            chunk = self._run(number)
            measure_forward(self, chunk)
            states = {name: value[-1].copy() for name, value in chunk.states.items()}
            self._chunks.append(chunk if keep else None)
        self.nonfinite = self._evidence.count
        self.hidden = self._all[1:]
        if self.joins:
            self.hidden = hidden + self.parameters["scale"] * self.hidden
        return self.hidden

    def _zeros(self, value: Any) -> Array:
        out = np.empty(self._all.shape[1:], self._all.dtype)
        out[:] = value
        return out

    def _fits(self, steps: int, batch: int) -> bool:
        blocks = sum(self.cell.room.values()) + len(self.cell.states) + 2 * self.cell.blocks
        blocks += 4 * self.cell.blocks if self.settings.norm else 0
        size = self._all.dtype.itemsize * blocks * steps * batch * self._all.shape[2]
        return size * self.settings.depth <= BUDGET

    def _again(self, number: int) -> Chunk:
        """A chunk of the last forward pass: kept, or made again from the states at its start."""
        return self._chunks[number] or self._run(number)

    def _run(self, number: int) -> Chunk:
        """All steps of a chunk."""
        first = number * self._length
        hidden = self._all[first : first + self._length + 1]
        chunk = self._empty_chunk(number, first, hidden)
        self.cell.begin(chunk, self.number)
        norm, own = self.settings.norm, self.parameters
        weight, bias = np.ascontiguousarray(own["weight_hh"].T), own["bias_hh"]  # in one piece it is twice as fast
        for t in range(chunk.steps):
            recurrent = chunk.recurrent[t]
            z = np.matmul(hidden[t], weight, out=chunk.raw_recurrent[t])
            z += bias
            if norm is not None:
                normalised, inverse = chunk.normalised["hh"]
                norm.forward(z, (normalised[t], inverse[t]), own, "hh", recurrent)
            self.cell.advance(chunk, t)
        return chunk

    def _empty_chunk(self, number: int, first: int, hidden: Array) -> Chunk:
        """A chunk with its input products, and room for the rest."""
        steps, (batch, width), norm = len(hidden) - 1, hidden.shape[1:], self.settings.norm
        rows = self.entered[first : first + steps].reshape(steps * batch, -1)
        raw = product(rows, self.parameters["weight_ih"].T)
        raw += self.parameters["bias_ih"]
        raw = raw.reshape(steps, batch, -1)
        normed = norm is not None
        chunk = Chunk(number, first, hidden, np.empty_like(raw) if normed else raw, np.empty_like(raw))
        chunk.raw_input, chunk.raw_recurrent = raw, np.empty_like(raw) if normed else chunk.recurrent
        if norm is not None:
            chunk.normalised = {side: norm.room(raw) for side in ("ih", "hh")}
            room = tuple(_rows(array) for array in chunk.normalised["ih"])
            norm.forward(_rows(raw), (room[0], room[1]), self.parameters, "ih", _rows(chunk.input))
        for name, before in self._borders[number].items():
            chunk.states[name] = np.empty_like(hidden)
            chunk.states[name][0] = before
        for name, blocks in self.cell.room.items():
            chunk.kept[name] = np.empty((steps, blocks * batch, width), hidden.dtype)
        return chunk

    # back

    def pull(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out; without a skip the total derivatives dL/dh_t take the place of dL/dh_out."""
        self._outer = grad
        self.grad_hidden = grad * self.parameters["scale"] if self.joins else grad
        self._evidence = Evidence()
        below = np.empty_like(self.entered)
        self.gradients = {key: np.zeros_like(value) for key, value in self.parameters.items() if key != "scale"}
        carry = {name: self._zeros(0) for name in ("hidden", *self.cell.states)}
        for number in reversed(range(len(self._chunks))):
            self.tick()
            chunk = self._again(number)
            self._chunks[number] = None
            self._retreat(chunk, carry)
            through = self._collect_gradients(chunk)
            measure_backward(self, chunk, through)
            below[chunk.first : chunk.first + chunk.steps] = through
            if self.recording:
                self._recorded.insert(0, self._shown(chunk))
        self.grad_start = carry["hidden"]
        if self.joins:
            below += grad
            if self.settings.learnable_scale:
                self.gradients["scale"] = np.array([np.vdot(grad, self._all[1:])])
        self.nonfinite = self._evidence.count
        return below

    def _retreat(self, chunk: Chunk, carry: dict[str, Array]) -> None:
        """All steps of a chunk backwards; carry is dL/d(each state) from later steps, and is brought up to date."""
        cell, norm, own, cut = self.cell, self.settings.norm, self.parameters, self.settings.truncate
        self._make_room(chunk, carry)
        cell.prepare(chunk)
        for t in reversed(range(chunk.steps)):
            chunk.grad_hidden[t] += carry["hidden"]
            cell.retreat(chunk, t)
            if norm is not None:
                normalised, inverse = chunk.normalised["hh"]
                norm.pull((normalised[t], inverse[t]), chunk.grad_recurrent[t], own, "hh", chunk.raw_recurrent[t])
            step = chunk.first + t
            if cut and step and step % cut == 0:
                chunk.through[t] = 0
                for value in carry.values():
                    value[:] = 0
                continue
            np.matmul(chunk.raw_recurrent[t], own["weight_hh"], out=chunk.through[t])
            if cell.direct:
                np.add(chunk.through[t], chunk.direct, out=carry["hidden"])
            else:
                np.copyto(carry["hidden"], chunk.through[t])

    def _make_room(self, chunk: Chunk, carry: dict[str, Array]) -> None:
        chunk.carry = carry
        chunk.grad_hidden = self.grad_hidden[chunk.first : chunk.first + chunk.steps]
        chunk.grad_input = np.empty_like(chunk.recurrent)
        chunk.grad_recurrent = np.empty_like(chunk.recurrent) if self.cell.separate else chunk.grad_input
        chunk.raw_input = chunk.grad_input
        chunk.raw_recurrent = chunk.grad_recurrent
        if self.settings.norm is not None:
            chunk.raw_input, chunk.raw_recurrent = np.empty_like(chunk.recurrent), np.empty_like(chunk.recurrent)
        chunk.through, chunk.direct = np.empty_like(chunk.grad_hidden), np.empty_like(carry["hidden"])
        chunk.grad_states = {name: np.empty_like(chunk.grad_hidden) for name in self.cell.states}

    def _collect_gradients(self, chunk: Chunk) -> Array:
        """Add a chunk's part to the parameters' gradients; dL/dx of its steps through the products."""
        found, norm = self.gradients, self.settings.norm
        if norm is not None:
            for side, grad in (("ih", chunk.grad_input), ("hh", chunk.grad_recurrent)):
                norm.gradients(_rows(chunk.normalised[side][0]), _rows(grad), side, found)
            room = tuple(_rows(array) for array in chunk.normalised["ih"])
            norm.pull((room[0], room[1]), _rows(chunk.grad_input), self.parameters, "ih", _rows(chunk.raw_input))
        given, recurrent = _rows(chunk.raw_input), _rows(chunk.raw_recurrent)
        entered = self.entered[chunk.first : chunk.first + chunk.steps]
        found["weight_ih"] += product(given.T, _rows(entered))
        found["weight_hh"] += product(recurrent.T, _rows(chunk.hidden[:-1]))
        found["bias_ih"] += given.sum(axis=0)
        found["bias_hh"] += recurrent.sum(axis=0)
        return product(given, self.parameters["weight_ih"]).reshape(entered.shape)

    # what others ask

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the first step that went wrong, in the order in which they were made."""
        prefix = f"layers.{self.number}"
        if phase == "forward":
            for key, value in self.parameters.items():
                yield Operation("initialisation", f"{prefix}.{key}", value[None])
        for name, array_name, array, step in self._evidence.operations:
            yield Operation(name, f"{prefix}.{array_name}", array, step)
        if phase == "forward":
            yield Operation("skip", f"{prefix}.output", self.hidden)
            return
        for key, value in self.gradients.items():
            yield Operation("parameter gradient", f"{prefix}.{_grad_name(key)}", value[None])

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        named = dict(self.parameters) | {"hidden": self._all, "grad_hidden": self.grad_hidden}
        if self.joins:
            named |= {"output": self.hidden, "grad_output": self._outer}
        for key in self._recorded[0] if self._recorded else ():
            named[key] = np.concatenate([part[key] for part in self._recorded])
        for name, before in self._borders[0].items():
            named[name] = np.concatenate([before[None], named[name]])
        return named | {_grad_name(key): value for key, value in self.gradients.items()}

    def _shown(self, chunk: Chunk) -> dict[str, Array]:
        """What a dump shows of a chunk."""
        shown = {"grad_input_product": chunk.raw_input, "grad_recurrent_product": chunk.raw_recurrent}
        for name in self.cell.states:
            shown |= {name: chunk.states[name][1:], f"grad_{name}": chunk.grad_states[name]}
        return shown | dict(self.cell.in_order(chunk))

    def closely(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step (from 0) that are worth a histogram."""
        chunk = self._again(step // self._length)
        self.cell.prepare(chunk)
        inner = dict(self.cell.closely(chunk, step - chunk.first))
        inner.setdefault("preactivation", chunk.raw_input[step - chunk.first] + chunk.raw_recurrent[step - chunk.first])
        return inner | {"activation": self.hidden[step], "gradient": self.grad_hidden[step]}


def _rows(array: Array) -> Array:
    return array.reshape(array.shape[0] * array.shape[1], -1)


def _grad_name(key: str) -> str:
    """ "norm_hh.weight" -> "norm_hh.grad_weight"."""
    head, dot, tail = key.rpartition(".")
    return f"{head}{dot}grad_{tail}"
