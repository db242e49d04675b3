"""The charts of a pass, made of the facts of quantities: a file of the menu `quantities` with an ORDER is a chart."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...sim import registry
from ...sim.errors import choose
from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Trace
from ...sim.scenario.quantities import Quantity, charted, quantities

DEFAULT = "gradient_rms"


@dataclass(frozen=True)
class Chart:
    """A quantity that can be drawn: its words, its axis and the way from a trace to (depth, steps) values."""

    name: str
    title: str
    unit: str
    log: bool
    full: tuple[float, float] | None
    about: str
    times: float = 1
    always: bool = True
    relative: bool = False
    by_layer: bool = False  # of weights, which are the same at all steps

    def of(self, *traces: Trace | None) -> bool:
        """Whether any of the traces has this quantity; one of all traces may have no place in a kind of layer."""
        known = [trace for trace in traces if trace is not None]
        return any(self._measured(trace) for trace in known) if known else self.always

    def _measured(self, trace: Trace) -> bool:
        if self.by_layer or self.name not in trace.profile:
            return self.has(trace)
        unknown, nothing = (np.isnan(trace.profile[name]).all() for name in (self.name, DEFAULT))
        return bool(not unknown or nothing or not any(layer.factors for layer in trace.layers))

    def has(self, trace: Trace) -> bool:
        """Whether a trace has such a table."""
        return self.name in (trace.weights if self.by_layer else trace.profile)

    def values(self, trace: Trace) -> Floats:
        """The values by (layer, step), those of weights at one; NaN if the trace has none."""
        if not self.has(trace):
            return np.full((trace.depth, 1 if self.by_layer else trace.steps), np.nan)
        return self.scaled(trace.weights[self.name][:, None] if self.by_layer else trace.profile[self.name])

    def scaled(self, values: Floats) -> Floats:
        """Measured values in the unit of the chart."""
        with np.errstate(over="ignore"):
            return values if self.times == 1 else values * self.times


def charts() -> tuple[Chart, ...]:
    """All charts in the order of their ORDER, then by name."""
    return _charts(registry.folders("quantities"))


def chart(name: str) -> Chart:
    """One chart by its name; raises UserError with the nearest spelling."""
    return choose("chart", name, {chart.name: chart for chart in charts()})


@cache
def _charts(_folders: tuple[str, ...]) -> tuple[Chart, ...]:
    ordered = sorted((quantities()[name] for name in charted()), key=lambda it: (it.order, it.name))
    return tuple(map(_chart, ordered))


def _chart(it: Quantity) -> Chart:
    return Chart(it.name, it.title, it.unit, it.log, it.range, it.about, it.times, it.column is not None,
                 it.relative, it.tables == ("weights",))  # fmt: skip
