"""The learning rate is multiplied by gamma after every step_size updates."""

import numpy as np

ALSO = ("step_lr", "step_decay", "multi_step")
READ = "After each fall the loss settles lower, which shows as stairs."
SOURCE = "torch.optim.lr_scheduler.StepLR"
PARAMETERS = {"step_size": (50, 1, 1000000), "gamma": (0.1, 0.0, 1e6)}
ACTIVE = True


def rate(learning_rate: float, update: int, updates: int, step_size: int, gamma: float) -> float:
    """The learning rate of `update` (from 0), of `updates` after the warm-up."""
    return learning_rate and float(learning_rate * np.float64(gamma) ** (update // step_size))
