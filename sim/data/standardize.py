"""Standardisation of a file: each feature less its mean, over its spread, as over all samples and steps of the file."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .samples import Samples


def standardized(samples: Samples, which: str) -> Samples:
    """Samples with inputs, targets, both or none standardised; LeCun et al. 1998, Efficient BackProp, section 4.3."""
    changes: dict[str, Any] = {}
    if which in ("inputs", "both"):
        changes["input"] = _columns(samples.input)
    if which in ("targets", "both"):
        changes["target"] = _columns(samples.target)
    return replace(samples, **changes)


def _columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and standard deviation 1 of each last index; one whose numbers are all equal becomes 0."""
    rows = values.reshape(-1, values.shape[-1])
    low, high = rows.min(axis=0), rows.max(axis=0)
    scale = np.where(low < high, high / 2 - low / 2, 1.0)  # halves, so that no difference overflows
    rows = np.where(low < high, rows / scale - (low / 2 + high / 2) / scale, 0.0)
    rows = rows - rows.mean(axis=0)
    spread = rows.std(axis=0)
    columns: NDArray[np.float64] = (rows / np.where(spread > 0, spread, 1.0)).reshape(values.shape)
    return columns
