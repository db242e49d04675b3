"""Why a number stopped being finite: what it was made of, and how fast others had grown before."""

import numpy as np
from numpy.typing import NDArray

from ..results.nonfinite import Nonfinite
from ..results.record import Record
from ..text import format_number

GROWN = 1.005  # a mean factor from this on is growth
TIMELESS = ("initialisation", "parameter gradient")  # what they make belongs to no step


def why_nonfinite(record: Record) -> str:
    """The first number that is not finite, and how fast others had grown over the layers."""
    first = record.first_nonfinite
    assert first is not None
    return f"{first.text}{scaled(first, record)}{_growth(first, record)}"


def why_nonfinite_over_time(record: Record) -> str:
    """The first number that is not finite, and how fast others had grown over the steps."""
    first = record.first_nonfinite
    assert first is not None
    sentence = first.text + scaled(first, record)
    if first.operation in TIMELESS:
        return sentence
    sentence = f"at step {first.step} {sentence}" if record.profile["gradient_rms"].shape[1] > 1 else sentence
    name, word = ("activation_rms", "activations") if first.phase == "forward" else ("gradient_rms", "gradients")
    row = record.profile[name][first.layer - 1]
    sizes = row[: first.step - 1] if first.phase == "forward" else row[first.step :][::-1]
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    rate = mean_rate(sizes) if len(sizes) > 1 else 1.0
    if rate < GROWN:
        return sentence
    return f"{sentence}; the {word} had grown {format_number(rate)} times a step, to {format_number(float(sizes[-1]))}"


def scaled(first: Nonfinite, record: Record) -> str:
    """A word on the loss scale where it is part of what overflowed."""
    return (
        f", with the loss times {record.loss_scale:g}" if first.phase == "backward" and record.loss_scale != 1 else ""
    )


def _growth(first: Nonfinite, record: Record) -> str:
    """How fast the numbers had grown on the way to the first non-finite one."""
    if first.phase == "forward":
        sizes, word = record.profile["activation_rms"][: first.layer - 1, first.step - 1], "activations"
    else:
        sizes, word = record.profile["gradient_rms"][first.layer - 1 :, first.step - 1][::-1], "gradients"
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if len(sizes) < 2 or mean_rate(sizes) < GROWN:
        return ""
    return f"; the {word} had grown {format_number(mean_rate(sizes))} times a layer, to {format_number(sizes[-1])}"


def mean_rate(sizes: NDArray[np.float64]) -> float:
    """The mean factor from each size to the next."""
    return float(np.exp((np.log(sizes[-1]) - np.log(sizes[0])) / (len(sizes) - 1)))  # the ratio itself may overflow
