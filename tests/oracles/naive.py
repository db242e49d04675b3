"""A slow and obvious MLP in plain NumPy, with every statistic written out: what the fast passes must equal."""

import numpy as np


def statistics(arrays: dict, depth: int) -> dict[str, np.ndarray]:
    """The profile of DESIGN's names by layer, from the arrays of a dump."""
    rows = [_layer(arrays, f"layers.{n}.") for n in range(1, depth + 1)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _layer(arrays: dict, prefix: str) -> dict[str, float]:
    h = arrays[prefix + "activation"].astype(np.float64)
    z = arrays[prefix + "preactivation"].astype(np.float64)
    g = arrays[prefix + "grad_activation"].astype(np.float64)
    return {
        "activation_mean": h.mean(),
        "activation_std": h.std(),
        "activation_rms": np.sqrt((h**2).mean()),
        "preactivation_std": z.std(),
        "gradient_rms": np.sqrt((g**2).mean()),
        "gradient_norm": np.sqrt((g**2).sum()),
        "gradient_max": np.abs(g).max(),
        "zero_fraction": (h == 0).mean(),
        "nonfinite_count": (~np.isfinite(h)).sum() + (~np.isfinite(g)).sum(),
    }


def moments(row: np.ndarray) -> list[float]:
    """Mean, std, rms, max |x|, zeros, non-finite count of one row, in exact enough arithmetic."""
    wide = row.astype(np.longdouble)
    return [wide.mean(), wide.std(), np.sqrt((wide**2).mean()), np.abs(wide).max(), (row == 0).sum(),
            (~np.isfinite(row)).sum()]  # fmt: skip
