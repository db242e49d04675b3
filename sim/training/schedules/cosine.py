"""The learning rate falls along half a cosine wave to eta_min at the last update."""

import math

ALSO = ("cos", "annealing", "cosine_annealing", "cosine_decay", "cosine_annealing_lr")
READ = "The steps are long at first, and short at the end to settle."
SOURCE = "Loshchilov & Hutter 2017, SGDR, without restarts; torch.optim.lr_scheduler.CosineAnnealingLR"
PARAMETERS = {"eta_min": (0.0, 0.0, 1e30)}
ACTIVE = True


def rate(learning_rate: float, update: int, updates: int, eta_min: float) -> float:
    """The learning rate of `update` (from 0), of `updates` after the warm-up."""
    return eta_min + (learning_rate - eta_min) * (1 + math.cos(math.pi * min(update, updates) / updates)) / 2
