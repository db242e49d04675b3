"""The sentence of a nonfinite verdict: the first inf or NaN, its operands, and the growth before it."""

import numpy as np
from numpy.typing import NDArray

from ..results.nonfinite import Nonfinite
from ..results.record import Record
from ..text import format_number

GROWN = 1.005  # the least mean factor that counts as growth
TIMELESS = ("initialisation", "parameter gradient")  # operations outside the time steps


def why_nonfinite(record: Record) -> str:
    """The first inf or NaN, and the growth from layer to layer before it."""
    first = record.first_nonfinite
    assert first is not None
    return f"{first.text}{scaled(first, record)}{_growth(first, record)}"


def why_nonfinite_over_time(record: Record) -> str:
    """The first inf or NaN, and the growth from step to step before it."""
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
    """A clause on the loss scale, if it is not 1 and the backward pass overflowed; else empty."""
    return (
        f", with the loss times {record.loss_scale:g}" if first.phase == "backward" and record.loss_scale != 1 else ""
    )


def _growth(first: Nonfinite, record: Record) -> str:
    """A clause on the mean growth per layer of the rms before the first inf or NaN; empty if there is none."""
    if first.phase == "forward":
        sizes, word = record.profile["activation_rms"][: first.layer - 1, first.step - 1], "activations"
    else:
        sizes, word = record.profile["gradient_rms"][first.layer - 1 :, first.step - 1][::-1], "gradients"
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if len(sizes) < 2 or mean_rate(sizes) < GROWN:
        return ""
    return f"; the {word} had grown {format_number(mean_rate(sizes))} times a layer, to {format_number(sizes[-1])}"


def mean_rate(sizes: NDArray[np.float64]) -> float:
    """The geometric mean of the quotients of neighbouring sizes."""
    return float(np.exp((np.log(sizes[-1]) - np.log(sizes[0])) / (len(sizes) - 1)))  # the ratio itself may overflow
