"""Histograms of the cursor's layer: preactivation, activation, slope, gradient."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from ...sim.trace import Inspection
from ..charts.histogram import HistogramPicture
from .plot import PlotWidget

NAMES = ("preactivation", "activation", "slope", "gradient")


class Histograms(Horizontal):
    """Four small histograms beside each other."""

    help: ClassVar[str] = (
        "How the values of the cursor's layer are spread: what goes into the activation, what comes out, "
        "its slopes, and the gradient. Shown where the terminal is tall enough."
    )

    def compose(self) -> ComposeResult:
        """One plot a histogram."""
        for name in NAMES:
            yield PlotWidget(id=f"histogram-{name}")

    def show(self, baseline: Inspection | None, fixed: Inspection | None) -> None:
        """Show what was found in a layer of either run."""
        main = baseline or fixed
        for name in NAMES:
            plot = self.query_one(f"#histogram-{name}", PlotWidget)
            if main is None or name not in main.histograms:
                plot.show(None)
                continue
            other = fixed.histograms.get(name) if baseline and fixed else None
            plot.show(HistogramPicture(f"{name} at layer {main.layer}", main.histograms[name], other))
