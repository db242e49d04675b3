"""What to simulate: tables and their keys, rules of what goes together, fixes, presets. No numba."""
