"""Words about results: verdicts, what is to blame, concerns, the outlook. No numba."""
