"""What a pass returns: traces, chain-rule factors, histograms, the first non-finite number. No numba."""
