"""One chunk of an unrolled layer, forward and back: products, norms and the loop over steps around the cell."""

from typing import TYPE_CHECKING

import numpy as np

from .cell import Chunk
from .kernel import Array
from .products import product, products
from .statistics import add_row

if TYPE_CHECKING:
    from .unrolled import Unrolled

UNPACKED = 10**6  # multiply-adds up to which OpenBLAS multiplies matrices as they lie: half as fast again


def run(layer: "Unrolled", number: int) -> Chunk:
    """All steps of a chunk."""
    first = number * layer.length
    hidden = layer.states[first : first + layer.length + 1]
    chunk = _empty(layer, number, first, hidden)
    layer.cell.begin(chunk, layer.number)
    norm, own, keep = layer.settings.norm, layer.parameters, layer.settings.format.keep
    by_block = _by_block(chunk.raw_recurrent, len(layer.across))
    for t, z in enumerate(chunk.raw_recurrent):
        np.matmul(hidden[t], layer.across, out=by_block[t])
        add_row(z, own["bias_hh"])
        keep(z)
        if norm is not None:
            (normalised, inverse), recurrent = chunk.normalised["hh"], chunk.recurrent[t]
            norm.forward(z, (normalised[t], inverse[t]), own, "hh", recurrent)
            keep(recurrent)
        layer.cell.advance(chunk, t)
        keep(hidden[t + 1])
    return chunk


def _empty(layer: "Unrolled", number: int, first: int, hidden: Array) -> Chunk:
    """A chunk with its input products, and room for the rest."""
    steps, (batch, width), settings, own = len(hidden) - 1, hidden.shape[1:], layer.settings, layer.parameters
    chunk = Chunk(number, first, hidden, settings.format, settings.workspace, layer.length)
    chunk.raw_input, chunk.raw_recurrent = (chunk.take(batch, len(own["weight_ih"])) for _ in range(2))
    chunk.input, chunk.recurrent = chunk.raw_input, chunk.raw_recurrent
    entered, raw = _rows(layer.entered[first : first + steps]), _rows(chunk.raw_input)
    product(entered, own["weight_ih"].T, out=raw)
    add_row(raw, own["bias_ih"])
    settings.format.keep(raw)
    if (norm := settings.norm) is not None:
        chunk.input, chunk.recurrent = (chunk.take(*chunk.raw_input.shape[1:]) for _ in range(2))
        chunk.normalised = {side: norm.room(chunk.raw_input) for side in ("ih", "hh")}
        room = tuple(_rows(array) for array in chunk.normalised["ih"])
        norm.forward(raw, (room[0], room[1]), own, "ih", _rows(chunk.input))
        settings.format.keep(chunk.input)
    chunk.scratch, chunk.taken = chunk.taken, []
    for name, before in layer.borders[number].items():
        chunk.states[name] = chunk.take(batch, width, more=1)
        chunk.states[name][0] = before
    for name, blocks in layer.cell.room.items():
        chunk.kept[name] = chunk.take(blocks * batch, width)
    return chunk


def retreat(layer: "Unrolled", chunk: Chunk, carry: dict[str, Array]) -> None:
    """All steps of a chunk backwards; carry is dL/d(each state) from later steps, and is brought up to date."""
    cell, norm, own, cut = layer.cell, layer.settings.norm, layer.parameters, layer.settings.truncate
    _make_room(layer, chunk, carry)
    cell.prepare(chunk)
    blocks, later, keep = len(layer.across), chunk.carried["hidden"], layer.tally.keep_one
    weight, raw = _stacked(own["weight_hh"], blocks), _by_block(chunk.raw_recurrent, blocks)
    parts = np.empty((blocks, *chunk.hidden.shape[1:]), chunk.hidden.dtype)
    for t in reversed(range(chunk.steps)):
        step, total, through = chunk.first + t, chunk.grad_hidden[t], chunk.through[t]
        np.add(total, later[t + 1], out=total)
        keep(total, step)
        cell.retreat(chunk, t)
        if norm is not None:
            normalised, inverse = chunk.normalised["hh"]
            norm.pull((normalised[t], inverse[t]), chunk.grad_recurrent[t], own, "hh", chunk.raw_recurrent[t])
            keep(chunk.raw_recurrent[t], step)
        if cut and step and step % cut == 0:
            for array in (chunk.through, *chunk.carried.values()):
                array[t] = 0
            continue
        np.matmul(raw[t], weight, out=parts if blocks > 1 else through[None])
        if blocks > 1:
            np.add.reduce(parts, axis=0, out=through)
        keep(through, step)
        if cell.direct:
            np.add(through, chunk.direct, out=later[t])
            keep(later[t], step)
    carry.update({name: value[0].copy() for name, value in chunk.carried.items()})


def _make_room(layer: "Unrolled", chunk: Chunk, carry: dict[str, Array]) -> None:
    cell, state, products = layer.cell, chunk.hidden.shape[1:], chunk.recurrent.shape[1:]
    chunk.tally = layer.tally
    chunk.grad_hidden = layer.grad_hidden[chunk.first : chunk.first + chunk.steps]
    chunk.above, chunk.direct = chunk.take(*state), np.empty_like(carry["hidden"])
    chunk.above[:] = chunk.grad_hidden
    for name, value in carry.items():
        chunk.carried[name] = chunk.take(*state, more=1)
        chunk.carried[name][-1] = value
    chunk.through = chunk.take(*state) if cell.direct else chunk.carried["hidden"][:-1]
    chunk.grad_states = {name: chunk.take(*state) for name in cell.states}
    chunk.grad_input = chunk.raw_input = chunk.take(*products)
    chunk.grad_recurrent = chunk.raw_recurrent = chunk.take(*products) if cell.separate else chunk.grad_input
    if layer.settings.norm is not None:
        chunk.raw_input, chunk.raw_recurrent = chunk.take(*products), chunk.take(*products)


def collect_gradients(layer: "Unrolled", chunk: Chunk, below: Array) -> Array:
    """Add a chunk's part to the parameters' gradients; its steps of `below`, dL/dx through the products."""
    found, norm, own = layer.gradients, layer.settings.norm, layer.parameters
    if norm is not None:
        for side, grad in (("ih", chunk.grad_input), ("hh", chunk.grad_recurrent)):
            norm.gradients(_rows(chunk.normalised[side][0]), _rows(grad), side, found)
        room = tuple(_rows(array) for array in chunk.normalised["ih"])
        norm.pull((room[0], room[1]), _rows(chunk.grad_input), own, "ih", _rows(chunk.raw_input))
        layer.tally.keep(chunk.raw_input, chunk.first)
    given, recurrent = _rows(chunk.raw_input), _rows(chunk.raw_recurrent)
    steps = slice(chunk.first, chunk.first + chunk.steps)
    entered, through = _rows(layer.entered[steps]), _rows(below[steps])
    by_input, by_state = products((given.T, entered), (recurrent.T, _rows(chunk.hidden[:-1])))
    found["weight_ih"] += by_input
    found["weight_hh"] += by_state
    total = given.sum(axis=0)
    found["bias_ih"] += total
    found["bias_hh"] += total if chunk.raw_recurrent is chunk.raw_input else recurrent.sum(axis=0)
    product(given, own["weight_ih"], out=through)
    return layer.tally.keep(below[steps], chunk.first)


def across(weight: Array, batch: int, blocks: int) -> Array:
    """Recurrent weights for the way forward, (n, width, rows / n): n products a step, 1 or one for each block.

    In one piece they are twice as fast as a transposed view, and in blocks faster still where these are small enough.
    """
    size = batch * weight.size
    count = blocks if size <= UNPACKED * blocks < size * blocks else 1
    return np.ascontiguousarray(_stacked(weight, count).swapaxes(1, 2))


def _stacked(weight: Array, blocks: int) -> Array:
    """Recurrent weights (blocks x rows, width) as (blocks, rows, width)."""
    return weight.reshape(blocks, -1, weight.shape[1])


def _by_block(products: Array, blocks: int) -> Array:
    """Products (steps, batch, blocks x columns) as (steps, blocks, batch, columns), a view."""
    return products.reshape(*products.shape[:2], blocks, -1).swapaxes(1, 2)


def _rows(array: Array) -> Array:
    return array.reshape(array.shape[0] * array.shape[1], -1)
