"""The screen of a training run."""
