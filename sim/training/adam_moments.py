"""The step of Adam and AdamW: running moments of the gradient, with bias correction."""

import math

import numpy as np

from ..numerics.arrays import Array, Vector
from ..numerics.kernel import exact_kernel
from ..numerics.number_format import Round, unrounded
from .slots import Slots

MOMENTS = ("mean", "square")


def step_by_moments(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, learning_rate: float,
                    betas: tuple[float, float], eps: float) -> None:  # fmt: skip
    """One update of a parameter and its moments in place, all (n,); `count` is the number of this update, from 1.

    Kingma & Ba 2015, algorithm 1, in PyTorch's order of operations; each stored result is rounded.
    """
    mean, square = memory["mean"], memory["square"]
    root, rate = math.sqrt(1 - betas[1] ** count), learning_rate / (1 - betas[0] ** count)
    if round_ is unrounded:
        _step(parameter, grad, mean, square, *betas, root, eps, rate)
        return
    mean += (1 - betas[0]) * (grad - mean)
    round_(mean)
    square *= betas[1]
    round_(square)
    square += (1 - betas[1]) * grad * grad
    round_(square)
    size = round_(np.sqrt(square))
    size /= root
    round_(size)
    size += eps
    round_(size)
    parameter -= rate * (mean / size)
    round_(parameter)


@exact_kernel
def _step(parameter: Vector, grad: Vector, mean: Vector, square: Vector, beta: float, decay: float, root: float,
          eps: float, rate: float) -> None:  # fmt: skip
    """The same where nothing is rounded, with NumPy's bits, reading all numbers once."""
    real = parameter.dtype.type
    keep, new, new_square = real(decay), real(1 - beta), real(1 - decay)
    divisor, least, scale = real(root), real(eps), real(rate)
    for i in range(parameter.size):
        mean[i] += new * (grad[i] - mean[i])
        square[i] = square[i] * keep + new_square * grad[i] * grad[i]
        parameter[i] -= scale * (mean[i] / (np.sqrt(square[i]) / divisor + least))
