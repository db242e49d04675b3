"""What a pass will need, against what there is."""

import psutil

from .problems import Problem, ScenarioError
from .scenario import Scenario

HEADROOM = 0.9  # of the memory that is available now


def estimate(scenario: Scenario) -> int:
    """Bytes that a pass holds at its peak: parameters and the states that the way back needs."""
    network = scenario.network
    size: int = 8 if scenario.precision.format == "float64" else 4
    inputs = scenario.inputs or network.width
    parameters = network.width * (inputs + network.width * (network.depth - 1))
    states = network.depth * network.width * scenario.data.batch
    kept = 2 + 2 * (network.norm.name != "none") + (network.skip.name != "none") + (network.activation.name == "rrelu")
    workspace = 8 * network.width * (scenario.data.batch + max(network.width, inputs))
    return size * (parameters + kept * states) + 8 * workspace


def refuse_if_too_large(scenario: Scenario) -> None:
    """Raise ScenarioError with the estimate if a pass would need more memory than there is."""
    need, there = estimate(scenario), int(psutil.virtual_memory().available * HEADROOM)
    if need > there:
        message = (
            f"a pass through {scenario.network.depth} x {scenario.network.width} at batch {scenario.data.batch} "
            f"needs about {gib(need)} of memory, and {gib(there)} are free; make depth, width or batch smaller"
        )
        raise ScenarioError([Problem("network", message)])


def gib(size: int) -> str:
    """Bytes in words."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
