"""The words of verdicts, outlooks, outcomes of training, and the symptoms for which fixes declare themselves."""

from typing import Literal

Kind = Literal["vanishing", "exploding", "nonfinite", "dead", "healthy"]
Outlook = Literal["trains", "doubtful", "sick"]
RunKind = Literal["learning", "stalled", "diverging", "nonfinite", "undecided"]

OTHER_VERDICTS = {
    "nan": "nonfinite",
    "inf": "nonfinite",
    "explode": "exploding",
    "exploded": "exploding",
    "vanish": "vanishing",
    "vanished": "vanishing",
    "ok": "healthy",
    "stall": "stalled",
    "stalling": "stalled",
    "diverge": "diverging",
    "diverged": "diverging",
    "learn": "learning",
    "learned": "learning",
}
"""Other words for verdicts."""

SYMPTOMS = {
    "vanishing": "the gradient of the first layer is too small",
    "exploding": "the gradient of the first layer is too large",
    "dead": "the gradient of the first layer is exactly 0",
    "nonfinite": "the first pass overflows",
    "through_time": "it is the time steps over which the gradient becomes so, not the layers",
    "overflow": "a number is beyond the format, and float32 would hold it",
    "underflow": "a gradient became 0 because it is below the format",
    "loss_scale": "a gradient overflowed that the loss scale had made larger",
    "branches": "the branches beside the skip add up to too much",
    "small_batch": "batch norm compares too few samples",
    "eps": "the optimizer's eps is 0 in the format, and it divided by it",
    "lost_updates": "rounding made nothing of many of the updates",
    "data": "inputs or targets are far from the size that rates and starting weights are made for",
    "flat_rows": "a norm divides rows that have no spread",
    "stalled": "the loss does not fall",
    "diverging": "the loss grew beyond where it began",
    "blowup": "the updates led to inf or NaN",
    "spike": "one batch had a gradient of inf or NaN, after others that were fine",
}
"""Symptoms, of a pass (the first ten) and of a run of training: what fixes say that they are worth a try for."""

CAUSES = ("overflow", "underflow", "loss_scale", "branches", "small_batch", "eps", "lost_updates", "through_time",
          "data", "flat_rows")  # fmt: skip
"""Those symptoms that say why; the others say what is seen."""
