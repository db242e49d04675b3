"""Inputs or targets are far from the size that initialisations and learning rates assume."""

import numpy as np

from ...text import format_number
from ..outlook import PassFacts

ORDER = 40
COUNTED = True
SYMPTOM = "data"
FAR = 10.0  # times; the curvature goes with the square of the inputs, so 10 of them is 100 of it
READ = "Standardised data, with mean 0 and standard deviation 1, have the right size."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.3"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The inputs' rms, or the targets' mean or spread over the rms output (1 at least), where one is beyond FAR."""
    size = facts.batch.input_rms
    reasons = []
    if size > 0 and not 1 / FAR <= size <= FAR:
        reasons.append(f"the inputs' rms is {format_number(size)}{_rate(facts)}")
    far = _targets(facts)
    if far > FAR:
        reasons.append(f"the targets are {format_number(far)} times as large as the outputs of the readout, or as 1")
    if not reasons:
        return None
    return (far if far > FAR else size), f"{'; '.join(reasons)}; standardize the data"


def _targets(facts: PassFacts) -> float:
    """The largest mean or spread of a regression's targets over the rms output, 1 at least; 0 without targets."""
    if facts.batch.target is None or facts.output is None:
        return 0.0
    target = facts.batch.target.astype(np.float64)
    output = max(1.0, float(np.sqrt(np.square(facts.output, dtype=np.float64).mean())))
    mean, spread = target.mean(axis=0), target.std(axis=0)
    return float(np.maximum(np.abs(mean), spread).max() / output)


def _rate(facts: PassFacts) -> str:
    """A clause on the largest stable learning rate of a linear layer, 2 / (2 mean ||x||^2); empty if not bounded so."""
    optimizer = facts.scenario.training.optimizer
    metadata = optimizer.entry.metadata
    if not metadata.get("CURVATURE_BOUNDS_RATE") or not facts.batch.input_square > 1:
        return ""
    rate, most = optimizer.parameters["learning_rate"], 1 / facts.batch.input_square
    name = metadata.get("LABEL", optimizer.name)
    return f", for which {name} is stable up to a learning rate of about {format_number(most)}, and it is {rate:g}"
