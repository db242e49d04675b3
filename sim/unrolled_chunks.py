"""One chunk of an unrolled layer, forward and back: products, norms and the loop over steps around the cell."""

from typing import TYPE_CHECKING

import numpy as np

from .cell import Chunk
from .kernel import Array
from .products import product
from .statistics import add_row

if TYPE_CHECKING:
    from .unrolled import Unrolled


def run(layer: "Unrolled", number: int) -> Chunk:
    """All steps of a chunk."""
    first = number * layer.length
    hidden = layer.states[first : first + layer.length + 1]
    chunk = _empty(layer, number, first, hidden)
    layer.cell.begin(chunk, layer.number)
    norm, own, keep = layer.settings.norm, layer.parameters, layer.settings.format.keep
    weight, bias = np.ascontiguousarray(own["weight_hh"].T), own["bias_hh"]  # in one piece it is twice as fast
    for t in range(chunk.steps):
        recurrent = chunk.recurrent[t]
        z = np.matmul(hidden[t], weight, out=chunk.raw_recurrent[t])
        add_row(z, bias)
        keep(z)
        if norm is not None:
            normalised, inverse = chunk.normalised["hh"]
            norm.forward(z, (normalised[t], inverse[t]), own, "hh", recurrent)
            keep(recurrent)
        layer.cell.advance(chunk, t)
        keep(hidden[t + 1])
    return chunk


def _empty(layer: "Unrolled", number: int, first: int, hidden: Array) -> Chunk:
    """A chunk with its input products, and room for the rest."""
    steps, (batch, width), norm = len(hidden) - 1, hidden.shape[1:], layer.settings.norm
    rows = layer.entered[first : first + steps].reshape(steps * batch, -1)
    raw = product(rows, layer.parameters["weight_ih"].T)
    raw += layer.parameters["bias_ih"]
    form = layer.settings.format
    raw = form.keep(raw).reshape(steps, batch, -1)
    normed = norm is not None
    chunk = Chunk(number, first, hidden, np.empty_like(raw) if normed else raw, np.empty_like(raw), form)
    chunk.raw_input, chunk.raw_recurrent = raw, np.empty_like(raw) if normed else chunk.recurrent
    if norm is not None:
        chunk.normalised = {side: norm.room(raw) for side in ("ih", "hh")}
        room = tuple(_rows(array) for array in chunk.normalised["ih"])
        norm.forward(_rows(raw), (room[0], room[1]), layer.parameters, "ih", _rows(chunk.input))
        form.keep(chunk.input)
    for name, before in layer.borders[number].items():
        chunk.states[name] = np.empty_like(hidden)
        chunk.states[name][0] = before
    for name, blocks in layer.cell.room.items():
        chunk.kept[name] = np.empty((steps, blocks * batch, width), hidden.dtype)
    return chunk


def retreat(layer: "Unrolled", chunk: Chunk, carry: dict[str, Array]) -> None:
    """All steps of a chunk backwards; carry is dL/d(each state) from later steps, and is brought up to date."""
    cell, norm, own, cut = layer.cell, layer.settings.norm, layer.parameters, layer.settings.truncate
    _make_room(layer, chunk, carry)
    cell.prepare(chunk)
    keep = layer.tally.keep_one
    for t in reversed(range(chunk.steps)):
        step = chunk.first + t
        for name, value in carry.items():
            np.copyto(chunk.carried[name][t], value)
        chunk.grad_hidden[t] += carry["hidden"]
        keep(chunk.grad_hidden[t], step)
        cell.retreat(chunk, t)
        if norm is not None:
            normalised, inverse = chunk.normalised["hh"]
            norm.pull((normalised[t], inverse[t]), chunk.grad_recurrent[t], own, "hh", chunk.raw_recurrent[t])
            keep(chunk.raw_recurrent[t], step)
        if cut and step and step % cut == 0:
            chunk.through[t] = 0
            if not cell.direct:
                carry["hidden"] = chunk.through[t]
            for value in carry.values():
                value[:] = 0
            continue
        np.matmul(chunk.raw_recurrent[t], own["weight_hh"], out=chunk.through[t])
        keep(chunk.through[t], step)
        if cell.direct:
            np.add(chunk.through[t], chunk.direct, out=carry["hidden"])
            keep(carry["hidden"], step)
        else:
            carry["hidden"] = chunk.through[t]


def _make_room(layer: "Unrolled", chunk: Chunk, carry: dict[str, Array]) -> None:
    chunk.carry, chunk.tally = carry, layer.tally
    chunk.grad_hidden = layer.grad_hidden[chunk.first : chunk.first + chunk.steps]
    chunk.above = chunk.grad_hidden.copy()
    chunk.carried = {name: np.empty_like(chunk.grad_hidden) for name in carry}
    chunk.grad_input = np.empty_like(chunk.recurrent)
    chunk.grad_recurrent = np.empty_like(chunk.recurrent) if layer.cell.separate else chunk.grad_input
    chunk.raw_input = chunk.grad_input
    chunk.raw_recurrent = chunk.grad_recurrent
    if layer.settings.norm is not None:
        chunk.raw_input, chunk.raw_recurrent = np.empty_like(chunk.recurrent), np.empty_like(chunk.recurrent)
    chunk.through, chunk.direct = np.empty_like(chunk.grad_hidden), np.empty_like(carry["hidden"])
    chunk.grad_states = {name: np.empty_like(chunk.grad_hidden) for name in layer.cell.states}


def collect_gradients(layer: "Unrolled", chunk: Chunk) -> Array:
    """Add a chunk's part to the parameters' gradients; dL/dx of its steps through the products."""
    found, norm = layer.gradients, layer.settings.norm
    if norm is not None:
        for side, grad in (("ih", chunk.grad_input), ("hh", chunk.grad_recurrent)):
            norm.gradients(_rows(chunk.normalised[side][0]), _rows(grad), side, found)
        room = tuple(_rows(array) for array in chunk.normalised["ih"])
        norm.pull((room[0], room[1]), _rows(chunk.grad_input), layer.parameters, "ih", _rows(chunk.raw_input))
        layer.tally.keep(chunk.raw_input, chunk.first)
    given, recurrent = _rows(chunk.raw_input), _rows(chunk.raw_recurrent)
    entered = layer.entered[chunk.first : chunk.first + chunk.steps]
    found["weight_ih"] += product(given.T, _rows(entered))
    found["weight_hh"] += product(recurrent.T, _rows(chunk.hidden[:-1]))
    found["bias_ih"] += given.sum(axis=0)
    found["bias_hh"] += recurrent.sum(axis=0)
    below = product(given, layer.parameters["weight_ih"]).reshape(entered.shape)
    return layer.tally.keep(below, chunk.first)


def _rows(array: Array) -> Array:
    return array.reshape(array.shape[0] * array.shape[1], -1)
