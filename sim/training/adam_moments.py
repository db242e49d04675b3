"""What Adam and AdamW share: running moments of the gradient, corrected for their start at 0."""

import math

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .slots import Slots

MOMENTS = ("mean", "square")


def step_by_moments(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, learning_rate: float,
                    betas: tuple[float, float], eps: float) -> None:  # fmt: skip
    """Kingma & Ba 2015, algorithm 1, in PyTorch's order of operations: each result that it stores is rounded."""
    mean, square = memory["mean"], memory["square"]
    mean += (1 - betas[0]) * (grad - mean)
    round_(mean)
    square *= betas[1]
    round_(square)
    square += (1 - betas[1]) * grad * grad
    round_(square)
    size = round_(np.sqrt(square))
    size /= math.sqrt(1 - betas[1] ** count)
    round_(size)
    size += eps
    round_(size)
    parameter -= learning_rate / (1 - betas[0] ** count) * (mean / size)
    round_(parameter)
