"""Whether a noisy series falls, and how fast: Mann-Kendall and Theil-Sen, on medians of blocks, nearly independent."""

import numpy as np

from .arrays import Floats

BLOCKS = 20  # of a long series; the normal approximation needs 10 (Kendall 1975, Rank correlation methods)


def block_medians(values: Floats, blocks: int = BLOCKS) -> Floats:
    """Medians of that many blocks of equal size, the newest values in the last; of a short series the values."""
    size = max(len(values) // blocks, 1)
    count = len(values) // size
    return np.asarray(np.median(values[len(values) - count * size :].reshape(count, size), axis=1))


def mann_kendall(values: Floats) -> float:
    """The standard normal score of a monotone trend, below 0 where it falls; with ties and continuity correction.

    Mann 1945, Nonparametric tests against trend; infinities count as the largest. 0 if all values are equal.
    """
    size = len(values)
    later, earlier = values[None, :], values[:, None]
    signs = np.triu((later > earlier).astype(np.int64) - (later < earlier), 1)
    ties = np.unique(values, return_counts=True)[1]
    variance = (size * (size - 1) * (2 * size + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    total = int(signs.sum())
    return float((total - np.sign(total)) / np.sqrt(variance)) if variance > 0 else 0.0


def theil_sen(values: Floats) -> float:
    """The median slope of all pairs of values, from each to the next; nan of infinities that meet.

    Sen 1968, Estimates of the regression coefficient based on Kendall's tau.
    """
    first, second = np.triu_indices(len(values), 1)
    return float(np.median((values[second] - values[first]) / (second - first)))


def median_error(values: Floats) -> float:
    """The standard error of a median, from the median deviation, so that a spike does not count (normal values)."""
    return float(1.4826 * 1.2533 * np.median(np.abs(values - np.median(values))) / np.sqrt(len(values)))
