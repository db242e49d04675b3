"""What is wrong with a training run, in the words of the fixes that are worth a try (`fixing.KINDS`)."""

import numpy as np

from .conflicts import narrow
from .history import History
from .run_verdict import DIVERGED, RunVerdict
from .scenario import Scenario


def troubles(scenario: Scenario, history: History, verdict: RunVerdict, guess: float) -> tuple[str, ...]:
    """The verdict, and what the run went through on the way to it; () if it learns."""
    if verdict.kind == "learning":
        return ()
    numbers, found = history.numbers, [verdict.kind]
    if (numbers["loss"] / DIVERGED > np.fmax(verdict.first_loss, guess)).any():
        found.append("diverging")  # also of what stalled after steps that overshot
    kinds: list[str] = list(dict.fromkeys(found))
    if narrow(scenario.precision.format):
        kinds += ["overflow"] if ((numbers["bad_activations"] > 0) | (numbers["bad_gradients"] > 0)).any() else []
        kinds += ["underflow"] if (history.layers["gradient_rms"] == 0).any() else []
    return tuple(kinds)
