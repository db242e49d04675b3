"""How fast gradsim is, beside others and against its own promises: `python -m benchmarks` from the repository."""
