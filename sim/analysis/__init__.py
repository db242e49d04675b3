"""Verdicts and factors: words about results. No numba."""
