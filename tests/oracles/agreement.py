"""How near results must be: arrays to another's, gradients to central differences of the loss."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gradsim.sim.engine.build import Network, build
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.simulation import trace

TOLERANCE = 1e-10  # of an array's largest entry


def assert_close(key: str, arrays: Mapping[str, NDArray[np.float64]], theirs: NDArray[np.float64],
                 terms: Sequence[str] = ()) -> None:  # fmt: skip
    """One array of a dump; a sum that is 0 in exact arithmetic is compared with its terms, of these names."""
    made = arrays[key]
    assert made.shape == theirs.shape, key
    largest = max((np.abs(arrays.get(name, 0.0)).max() for name in terms), default=0.0)
    error = np.abs(made - theirs).max() / max(np.abs(theirs).max(), 1e-3 * largest, 1e-200)
    assert error < TOLERANCE, f"{key}: {error:.1e}"


def assert_slope(scenario: Scenario, h: float, tolerance: float) -> None:
    """The gradient along a random direction in the space of all parameters, against differences of the loss."""
    network, gradients = build(scenario), {}
    trace(
        network,
        lambda phase, n, layer: gradients.update({n: dict(layer.gradients)}) if phase == "backward" else None,
    )
    rng = np.random.default_rng(scenario.seed)
    parts = [(layer.parameters[k], g) for n, layer in enumerate(network.layers, 1) for k, g in gradients[n].items()]
    parts += [(network.head.parameters[k], g) for k, g in network.head.gradients.items()]
    directions = [rng.standard_normal(parameter.shape) for parameter, _ in parts]
    slope = sum(float((g * d).sum()) for (_, g), d in zip(parts, directions, strict=True))
    size = sum(float(np.linalg.norm(g) * np.linalg.norm(d)) for (_, g), d in zip(parts, directions, strict=True))

    def loss_at(step: float) -> float:
        for (parameter, _), direction in zip(parts, directions, strict=True):
            parameter += step * direction
        value = _forward_loss(network)
        for (parameter, _), direction in zip(parts, directions, strict=True):
            parameter -= step * direction
        return value

    # Richardson's combination of two central differences: an error of h^4
    once, twice = ((loss_at(k * h) - loss_at(-k * h)) / (2 * k * h) for k in (1, 2))
    assert abs((4 * once - twice) / 3 - slope) < tolerance * max(size, 1e-6)


def _forward_loss(network: Network) -> float:
    hidden = network.input
    for block in network.blocks:
        hidden = block.forward(hidden).output
    return network.head.forward(hidden)
