"""Watchers of a pass that look closely at one layer, while its arrays are there."""

import numpy as np

from ..network.layer import Layer
from ..results.histogram import Histogram, histogram
from ..results.inside import Inside
from .build import Network, PassObserver
from .inside import inside


def histogram_watcher(
    network: Network, histograms: dict[str, Histogram], layer: int, step: int, watch: PassObserver | None
) -> PassObserver:
    """A watcher that puts the histograms of a layer into `histograms` once its backward pass is done."""

    def look(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if phase == "backward" and number == layer:
            steps = len(part.grad_hidden)
            index = min(step, steps) - 1 if step > 0 else steps - 1
            arrays = {name: array.astype(np.float64) for name, array in part.histogram_arrays(index).items()}
            arrays["gradient"] /= network.loss_scale
            histograms.update({name: histogram(array) for name, array in arrays.items()})

    return look


def inside_watcher(
    network: Network, insides: list[Inside], layer: int, step: int, watch: PassObserver | None, iteration: int = 0
) -> PassObserver:
    """A watcher that adds what is inside a layer to `insides`, once its backward pass of an iteration is done."""

    def look(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if number == layer and part.iteration == iteration and phase in ("forward", "backward"):
            steps = len(part.output)
            index = min(step, steps) - 1 if step > 0 else steps - 1
            if phase == "forward":
                part.save_step_gradients(index)
            else:
                insides.append(inside(part, index, network.loss_scale))

    return look
