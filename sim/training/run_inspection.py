"""A look into a layer in the pass of a recorded update of a training run, which is recomputed for it."""

from ..engine.build import PassObserver
from ..engine.watchers import histogram_watcher, inside_watcher
from ..results.histogram import Histogram, Inspection
from ..results.inside import Inside
from .run import Run


def inspect_update(
    run: Run, iteration: int, layer: int, *, step: int = -1, watch: PassObserver | None = None
) -> Inspection:
    """Histograms of a layer (from 1) at a step, -1 for the last, in the pass of a recorded update (from 0).

    `watch` may raise Cancelled; raises IndexError if the update is not recorded.
    """
    histograms: dict[str, Histogram] = {}  # passes that lead there are overwritten
    run.visit(iteration, histogram_watcher(run.trainer.network, histograms, layer, step, watch))
    return Inspection(layer, histograms)


def look_inside_update(
    run: Run, iteration: int, layer: int, *, step: int = -1, watch: PassObserver | None = None
) -> Inside:
    """The operations inside a layer (from 1) at a step, in the same pass; raises as `inspect_update` does."""
    insides: list[Inside] = []
    run.visit(iteration, inside_watcher(run.trainer.network, insides, layer, step, watch, iteration))
    return insides[-1]
