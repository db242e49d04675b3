"""AdamW: Adam with weight decay of the parameters themselves, not of the gradient."""

from ...numerics.arrays import Array
from ...numerics.number_format import Round
from ..adam_moments import MOMENTS, step_by_moments
from ..slots import Slots

ALSO = ("adam_decoupled",)
READ = "The decay then does not depend on the gradient's size, as it does in Adam with an L2 penalty."
SOURCE = "Loshchilov & Hutter 2019, Decoupled weight decay regularization, algorithm 2; torch.optim.AdamW"
LABEL = "AdamW"
PARAMETERS = {"learning_rate": (0.001, 0.0, 1e30), "betas": ((0.9, 0.999), 0.0, 0.999999999), "eps": (1e-08, 0.0, 1.0)}


def slots(learning_rate: float, betas: tuple[float, float], eps: float) -> tuple[str, ...]:
    """The names of what it remembers of each parameter."""
    return MOMENTS


def update(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, weight_decay: float,
           learning_rate: float, betas: tuple[float, float], eps: float) -> None:  # fmt: skip
    """Change parameters (n,) in place by their gradients (n,) at update `count`, from 1; they decay first."""
    if weight_decay:
        parameter *= 1 - learning_rate * weight_decay
        round_(parameter)
    step_by_moments(parameter, grad, memory, count, round_, learning_rate, betas, eps)
