"""Vanilla recurrent layer: h_t = activation(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..block import Single
from ..cell import Chunk
from ..format import Format
from ..gates import SATURATED
from ..kernel import Array
from ..layer import Statistics
from ..met import Meeting, elementwise_met, whole_met
from ..randomness import draws, stream
from ..recurrent_stack import recurrent_layers
from ..scenario import Scenario
from ..statistics import count_slopes

ALSO = ("elman", "vanilla", "vanilla_rnn", "simple_rnn", "recurrent")
SOURCE = "Elman 1990; torch.nn.RNN, for any activation"
RECURRENT = True
BLOCKS = 1


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator[Single]:
    """The layers of a network with their initial parameters, from the input upwards."""
    return recurrent_layers(scenario, inputs, form, Rnn(scenario))


class Rnn:
    """One block, and the activation of the menu around the sum of both products."""

    blocks = BLOCKS
    iteration = 0
    gates: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    separate = direct = False
    room: Mapping[str, int] = {"argument": 1}

    def __init__(self, scenario: Scenario):
        self.activation = scenario.network.activation.load()
        self.parameters = tuple(scenario.network.activation.parameters.values())
        self.draws = hasattr(self.activation, "draw")
        self.seed = scenario.seed

    def begin(self, chunk: Chunk, layer: int) -> None:
        """A random activation draws for all steps of the chunk."""
        if self.draws:
            argument = chunk.kept["argument"]
            random = stream(self.seed, draws(self.iteration, f"activation {layer}"), chunk.number)
            for i, drawn in enumerate(self.activation.draw(random, argument.size, argument.dtype, *self.parameters)):
                chunk.kept[f"draw {i}"] = chunk.format.keep(drawn).reshape(argument.shape)

    def _given(self, chunk: Chunk, steps: int | slice) -> tuple[Any, ...]:
        if not self.draws:
            return self.parameters
        return tuple(value[steps].reshape(-1) for key, value in chunk.kept.items() if key.startswith("draw "))

    def advance(self, chunk: Chunk, t: int) -> None:
        """h_t = activation(u), u the sum of both products."""
        argument = chunk.kept["argument"][t]
        np.add(chunk.input[t], chunk.recurrent[t], out=argument)
        chunk.format.keep(argument)
        self.activation.value(argument.reshape(-1), chunk.hidden[t + 1].reshape(-1), *self._given(chunk, t))

    def prepare(self, chunk: Chunk) -> None:
        """The slopes of all steps at once."""
        argument = chunk.kept["argument"]
        slope = chunk.kept["slope"] = chunk.take(*argument.shape[1:])
        hidden, given = chunk.hidden[1:].reshape(-1), self._given(chunk, slice(None))
        self.activation.slope(argument.reshape(-1), hidden, slope.reshape(-1), *given)

    def retreat(self, chunk: Chunk, t: int) -> None:
        """dL/du = slope dL/dh."""
        slope, grad, out = chunk.kept["slope"][t], chunk.grad_hidden[t], chunk.grad_input[t]
        np.multiply(slope, grad, out=out)
        chunk.format.keep(out)

    def forward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """The activation's argument."""
        argument = chunk.kept["argument"][t][None]

        def result() -> Array:
            draws = (v.astype(np.float64) if isinstance(v, np.ndarray) else v for v in self._given(chunk, t))
            u, out = argument.astype(np.float64), np.empty(argument.shape)
            self.activation.value(u.reshape(-1), out.reshape(-1), *draws)
            return out

        return {"hidden": whole_met(result, argument=argument)}

    def backward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """Slope and gradient."""
        slope, grad = chunk.kept["slope"][t][None], chunk.grad_hidden[t][None]
        return {"grad_recurrent_product": elementwise_met(np.multiply, slope=slope, gradient=grad)}

    def forward_statistics(self, _chunk: Chunk) -> Statistics:
        """Nothing."""
        return {}

    def backward_statistics(self, chunk: Chunk) -> Statistics:
        """The share of slopes that are small; tallies the products with them that are 0 for want of range."""
        slope, found = chunk.kept["slope"], np.empty((chunk.steps, 2))
        least = SATURATED * self.activation.largest_slope(*self.parameters)
        grad, product = chunk.grad_hidden.reshape(chunk.steps, -1), chunk.grad_input.reshape(chunk.steps, -1)
        count_slopes(slope.reshape(chunk.steps, -1), grad, product, least, found)
        chunk.tally.lost[chunk.first : chunk.first + chunk.steps] += found[:, 1]
        chunk.tally.stored[chunk.first : chunk.first + chunk.steps] += slope[0].size
        return {"saturated_fraction": found[:, 0] / slope[0].size}

    def closely(self, chunk: Chunk, t: int) -> Mapping[str, Array]:
        """What the activation got and its slope."""
        return {"preactivation": chunk.kept["argument"][t], "slope": chunk.kept["slope"][t]}

    def in_order(self, chunk: Chunk) -> Mapping[str, Array]:
        """The leaks of a random activation."""
        return {"activation_slopes": chunk.kept["draw 0"]} if self.draws else {}
