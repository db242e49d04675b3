"""Results of a pass: traces, chain-rule factors, histograms, the first inf or NaN. Imports no numba."""
