"""One layer seen closely: histograms of what passes through it."""

import numpy as np

from .kernel import Array
from .layer import Layer
from .network import Network, Watch, build
from .passes import trace
from .scenario import Scenario
from .trace import Histogram, Inspection
from .training_run import Run

BINS = 40


def inspect_layer(scenario: Scenario, layer: int, *, step: int = -1, watch: Watch | None = None) -> Inspection:
    """Histograms of a layer's preactivations, activations, slopes and gradients, from a pass of its own.

    `step` is a time step from 1, or -1 for the last. Gated kinds have their gates in place of slopes.
    """
    found: dict[str, Histogram] = {}
    network = build(scenario, watch=watch)
    trace(network, _look(network, found, layer, step, watch))
    return Inspection(layer, found)


def inspect_update(run: Run, iteration: int, layer: int, *, step: int = -1, watch: Watch | None = None) -> Inspection:
    """The same from the pass of a recorded update of a training run."""
    found: dict[str, Histogram] = {}  # passes that lead there are overwritten
    run.visit(iteration, _look(run.trainer.network, found, layer, step, watch))
    return Inspection(layer, found)


def _look(network: Network, found: dict[str, Histogram], layer: int, step: int, watch: Watch | None) -> Watch:
    """A watcher that puts the histograms of a layer into `found` when the gradient has come back to it."""

    def look(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if phase == "backward" and number == layer:
            steps = len(part.grad_hidden)
            index = min(step, steps) - 1 if step > 0 else steps - 1
            arrays = {name: array.astype(np.float64) for name, array in part.closely(index).items()}
            arrays["gradient"] /= network.loss_scale
            found.update({name: histogram(array) for name, array in arrays.items()})

    return look


def histogram(array: Array) -> Histogram:
    """Counts of an array's finite values in BINS equal bins between their smallest and largest.

    Values that are all the same, or too near each other for so many bins, stand in the middle one, between edges
    that are all the smallest value.
    """
    values = array[np.isfinite(array)].astype(np.float64)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    scale = max(-low, high) or 1.0  # in units of the largest, since NumPy's bins need room for their widths
    if (np.diff(np.linspace(low / scale, high / scale, BINS + 1)) <= 0).any():
        counts = np.zeros(BINS, np.int64)
        counts[BINS // 2] = values.size
        return Histogram(counts, np.full(BINS + 1, low))
    counts, edges = np.histogram(values / scale, bins=BINS, range=(low / scale, high / scale))
    return Histogram(counts, edges * scale)
