"""What a pass returns: traces, histograms, the first non-finite number. No numba."""
