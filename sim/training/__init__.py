"""Training: updates, runs with their history and verdict, trials and advice."""
