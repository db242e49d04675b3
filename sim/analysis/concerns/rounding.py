"""Steps of an adaptive optimizer are below half the spacing of the number format, which rounds them to 0."""

import numpy as np

from ...registry import entry
from ...text import format_number
from ..outlook import PassFacts

ORDER = 47
COUNTED = False
SYMPTOM = "lost_updates"
NEEDS = ("adapts_in_format",)
READ = "An adaptive step is about as large as the learning rate, whatever the gradient; float32 master weights keep it."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.1; Kalamkar et al. 2019, bfloat16"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The learning rate over half the spacing of the format's numbers at 1, if below 1."""
    scenario, optimizer = facts.scenario, facts.scenario.training.optimizer
    digits, full = (int(entry("formats", name).metadata["SIGNIFICAND"])
                    for name in (scenario.precision.format, "float32"))  # fmt: skip
    if digits >= full:
        return None
    rate, half = float(optimizer.parameters["learning_rate"]), 2.0**-digits  # type: ignore[arg-type]
    if not 0 < rate < half:
        return None
    stays = 2.0 ** int(np.ceil(np.log2(rate / half)))
    return rate / half, (f"steps of about {rate:g} round to nothing in {scenario.precision.format} where a parameter "
                         f"is {format_number(stays)} or more, as those of a norm are")  # fmt: skip
