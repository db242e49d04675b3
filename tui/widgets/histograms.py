"""Histograms of the cursor's layer: preactivation, activation, slope, gradient."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from ...sim.results.histogram import Inspection
from ...sim.scenario.quantities import quantities
from ..charts.plot.histogram import HistogramPicture
from ..charts.plot.legend import NAMES as RUNS
from .plot import PlotWidget

NAMES = ("preactivation", "activation", "slope", "gradient")


class Histograms(Horizontal):
    """Four small histograms beside each other."""

    help: ClassVar[str] = (
        "How the values of the cursor's layer are spread: what goes into the activation, what comes out, "
        "its slopes (of gated layers: the forget or update gate), and the gradient. "
        "Shown where the terminal is tall enough."
    )

    def compose(self) -> ComposeResult:
        """One plot a histogram."""
        for name in NAMES:
            yield PlotWidget(id=f"histogram-{name}")

    def show(self, baseline: Inspection | None, with_fixes: Inspection | None, moment: str = "",
             called: tuple[str, str] = RUNS[0]) -> None:  # fmt: skip
        """Show what was found in a layer of either run, at a `moment` if there are several."""
        main = baseline or with_fixes
        gates = [quantity.histogram for quantity in quantities().values() if quantity.histogram]
        for place in NAMES:
            plot = self.query_one(f"#histogram-{place}", PlotWidget)
            names = (place, *gates) if place == "slope" else (place,)
            name = next((name for name in names if main and name in main.histograms), None)
            if main is None or name is None:
                plot.show(None)
                continue
            other = with_fixes.histograms.get(name) if baseline and with_fixes else None
            where = moment or f"layer {main.layer}"
            title = f"{name.replace('_', ' ')} at {where}"
            plot.show(HistogramPicture(title, main.histograms[name], other, called))
