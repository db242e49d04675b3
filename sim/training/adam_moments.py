"""What Adam and AdamW share: running moments of the gradient, corrected for their start at 0."""

import math

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .slots import Slots

MOMENTS = ("mean", "square")


def step_by_moments(parameter: Array, grad: Array, memory: Slots, count: int, keep: Round, learning_rate: float,
                    betas: tuple[float, float], eps: float) -> None:  # fmt: skip
    """Kingma & Ba 2015, algorithm 1, in PyTorch's order of operations: each result that it stores is rounded."""
    mean, square = memory["mean"], memory["square"]
    mean += (1 - betas[0]) * (grad - mean)
    keep(mean)
    square *= betas[1]
    keep(square)
    square += (1 - betas[1]) * grad * grad
    keep(square)
    size = keep(np.sqrt(square))
    size /= math.sqrt(1 - betas[1] ** count)
    keep(size)
    size += eps
    keep(size)
    parameter -= learning_rate / (1 - betas[0] ** count) * (mean / size)
    keep(parameter)
