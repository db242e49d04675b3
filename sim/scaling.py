"""A single pass under dynamic loss scaling: with the scale at which a run makes its first update."""

from .network import Network, Watch
from .passes import trace
from .trace import Trace

LOWEST = 2.0**-24  # a gradient that overflows below this scale does not overflow because of it


def settled(network: Network, watch: Watch | None = None, spectral: bool | None = False) -> Trace:
    """The first pass whose gradient is finite: a scale that is dynamic backs off as often as training skips updates."""
    choice = network.scenario.precision.loss_scale
    found = trace(network, watch, spectral)
    while choice.name == "dynamic" and network.loss_scale > LOWEST and _overflowed(found):
        network.loss_scale, _, _ = choice.load().adjust(network.loss_scale, 0, True, **choice.parameters)
        found = trace(network, watch, spectral)
    return found


def _overflowed(found: Trace) -> bool:
    first = found.verdict.first_nonfinite
    return first is not None and first.phase == "backward"
