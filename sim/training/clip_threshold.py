"""A threshold for clipping by norm, from the gradient norms of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..registry import entry
from ..scenario.scenario import Scenario
from ..text import format_number
from .history import History

SEEN = (50, 90, 99)  # percentiles


@dataclass(frozen=True)
class Suggestion:
    """Percentiles of the finite gradient norms, the threshold that follows from them and one sentence; nan if none."""

    percentiles: Mapping[int, float]
    threshold: float
    text: str


def suggested_threshold(scenario: Scenario, history: History) -> Suggestion:
    """The 90th percentile of a run's gradient norms, which clips one update in ten; nan where no threshold helps.

    Pascanu, Mikolov & Bengio 2013, section 3.2, look at the average norm over many updates; values from half to ten
    times that worked for them.
    """
    norms = history.numbers["gradient_norm"]
    finite = norms[np.isfinite(norms)]
    if not finite.size:
        return Suggestion(dict.fromkeys(SEEN, float("nan")), float("nan"), "no gradient norm was finite")
    percentiles = {p: float(np.percentile(finite, p)) for p in SEEN}
    if percentiles[90] == 0:
        return Suggestion(percentiles, float("nan"), "90% of the norms or more were 0: there is nothing to clip")
    seen = (
        f"half of the norms were below {format_number(percentiles[50])}, 90% below {format_number(percentiles[90])}, "
        f"99% below {format_number(percentiles[99])}"
    )
    largest = largest_norm(scenario)
    if percentiles[90] > largest:
        over = (
            f"norms above {format_number(largest)} overflow while clipping works them out, "
            "and it makes such a gradient 0"
        )
        return Suggestion(percentiles, float("nan"), f"{seen}: {over}; smaller weights help, no threshold does")
    threshold = float(f"{percentiles[90]:.1e}")
    return Suggestion(
        percentiles, threshold, f"{seen}: a threshold of {format_number(threshold)} would clip one update in ten"
    )


def largest_norm(scenario: Scenario) -> float:
    """The gradient norm above which clipping by norm computes inf: its squares are summed in the format's carrier."""
    form = "float32" if scenario.precision.master_weights else scenario.precision.format
    metadata = entry("formats", form).metadata
    summed = float(np.sqrt(np.finfo(metadata["CARRIER"]).max))
    return min(summed, metadata["LARGEST"]) if metadata["OVERFLOW"] == "inf" else summed
