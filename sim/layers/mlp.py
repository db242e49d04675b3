"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from collections.abc import Iterator

import numpy as np

from ..format import Format
from ..kernel import Array
from ..memory import KEPT_STATES, slab_layers, state_bytes
from ..place import Place
from ..randomness import stream
from ..rows import Shapes
from ..scenario import Scenario
from ..slab import Choices, Slab


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator[Slab]:
    """All layers with their initial parameters from the input upwards, in slabs of equal shapes."""
    choices, network = _choices(scenario, form), scenario.network
    first, fan_in, left = 1, inputs, KEPT_STATES
    while first <= network.depth:
        remaining = network.depth - first + 1
        count = slab_layers(remaining, network.width, scenario.data.batch) if fan_in == network.width else 1
        left -= count * state_bytes(scenario)
        slab = Slab(choices, first, count, _shapes(scenario, choices, fan_in), again=left < 0)
        for index, layer in enumerate(slab.layers):
            stored, layer.drawn = form.parameters(_drawn(scenario, layer.number, slab.shapes))
            for key, value in stored.items():
                slab.parameters[key][index] = value
        yield slab
        first, fan_in = first + count, network.width


def _choices(scenario: Scenario, form: Format) -> Choices:
    network = scenario.network
    activation, norm, skip = (choice.load() for choice in (network.activation, network.norm, network.skip))
    return Choices(
        activation, tuple(network.activation.parameters.values()), norm if norm.ACTIVE else None,
        norm.resolve(network.width, *network.norm.parameters.values()) if norm.ACTIVE else (),
        skip.LEARNABLE, scenario.seed, form,
    )  # fmt: skip


def _shapes(scenario: Scenario, choices: Choices, fan_in: int) -> Shapes:
    """Shapes of a layer's parameters, by name."""
    width, joins = scenario.network.width, scenario.network.skip.load().JOINS and fan_in == scenario.network.width
    norms = {"norm.weight": (width,)} | ({"norm.bias": (width,)} if choices.norm.BIAS else {}) if choices.norm else {}
    return {"weight": (width, fan_in), "bias": (width,)} | norms | ({"scale": (1,)} if joins else {})


def _drawn(scenario: Scenario, number: int, shapes: Shapes) -> dict[str, Array]:
    """Initial parameters of a layer, in float64."""
    network, (width, fan_in) = scenario.network, shapes["weight"]
    init, bias, skip = network.init.load(), network.bias.load(), network.skip
    gain = network.activation.load().gain(*network.activation.parameters.values())
    place = Place(depth=network.depth, residual="scale" in shapes, gain=gain, fan_in=fan_in)
    weights, biases = stream(scenario.seed, "weights", number), stream(scenario.seed, "bias", number)
    drawn = {
        "weight": init.weights(weights, width, fan_in, place, **network.init.parameters),
        "bias": bias.weights(biases, width, 1, place, **network.bias.parameters)[:, 0],
    }
    drawn |= {key: np.ones(width) if key == "norm.weight" else np.zeros(width) for key in shapes if "norm" in key}
    if "scale" in shapes:
        drawn["scale"] = np.array([skip.load().scale(network.depth, *skip.parameters.values())])
    return drawn
