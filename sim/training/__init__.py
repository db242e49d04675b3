"""Training: updates, runs, their history and verdict."""
