"""Traces made by hand, for tests that need no simulator."""

from collections.abc import Sequence

import numpy as np

from gradsim.sim import registry
from gradsim.sim.data.probe import task_changes
from gradsim.sim.results.factors import LayerInfo
from gradsim.sim.results.trace import Trace, Verdict
from gradsim.sim.scenario.quantities import every_trace
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.scenario.verdict_words import Kind

WEIGHTS = ("weight_norm", "gradient_norm", "gradient_rms", "spectral_norm", "underflow_fraction")
"""What is told of the one weight matrix of a layer of an mlp."""


def made_trace(values: Sequence[float], kind: Kind = "vanishing", steps: int = 1) -> Trace:
    """A trace in which every profile holds the same values by layer, at every step."""
    column = np.repeat(np.asarray(values, dtype=np.float64)[:, None], steps, axis=1)
    weights = dict.fromkeys(WEIGHTS, column[:, 0])
    verdict = Verdict(kind, float(column[0, 0]), 0.5, "made by hand")
    chain = ("slope", "slope_factor"), ("weight", "weight_factor")
    layers = tuple(LayerInfo(n, f"layers.{n}", "mlp", 8, 8, 72, chain) for n in range(1, len(column) + 1))
    profile, axes = dict.fromkeys(every_trace(), column), ("layer", "step") if steps > 1 else ("layer",)
    return Trace(layers, axes, verdict, 1.0, profile, weights, np.ones(steps), Scenario())


def common(menu: str) -> list[str]:
    """The choices of a menu that every kind of layer has a use for."""
    return [name for name in registry.names(menu) if "NEEDS" not in registry.entry(menu, name).metadata]


def with_task(scenario: Scenario) -> Scenario:
    """The same network with something to learn, unchanged if it has that already."""
    return scenario.edit(task_changes(scenario)) if scenario.loss.is_probe else scenario
