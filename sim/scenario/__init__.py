"""What to simulate: schema, rules, fixes and presets. No numba."""
