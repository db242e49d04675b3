"""Formatting of numbers for people, and means."""

import math

import numpy as np


def format_number(value: float, digits: int = 2) -> str:
    """A number in at most eight characters: "0.21", "1.00", "640", "2.4e-13", "inf", "NaN"."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    size = abs(value)
    if 0.01 <= size < 10_000:
        power = int(f"{size:.{digits - 1}e}".partition("e")[2])  # after rounding: 0.0999 is 0.10
        decimals = 0 if size >= 100 else digits if power >= 0 else digits - 1 - power
        return f"{value:.{decimals}f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent):+03d}"


def percent(fraction: float) -> str:
    """A share from 0 up as a percentage; 0% is none and 100% is all: "0%", "<1%", "12%", ">99%", "100%"."""
    if not math.isfinite(fraction):
        return "NaN"
    if 0 < fraction < 0.01:
        return "<1%"
    if 0.99 < fraction < 1:
        return ">99%"
    if 1 < fraction < 1.01:
        return ">100%"
    return f"{abs(100 * fraction):.0f}%"


def mean(values: "np.typing.NDArray[np.float64]") -> float:
    """The mean of the values that are not nan; nan if there are none."""
    good = values[~np.isnan(values)]
    return float(good.mean()) if good.size else math.nan


def geometric_mean(values: "np.typing.NDArray[np.float64]") -> float:
    """The geometric mean of the finite positive values; nan if there are none."""
    good = values[(values > 0) & (values < math.inf)]
    return float(np.exp(np.add.reduce(np.log(good)) / good.size)) if good.size else math.nan
