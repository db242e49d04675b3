"""RMSprop: each parameter's step is divided by the running root mean square of its gradients."""

import numpy as np

from ...numerics.arrays import Array
from ...numerics.number_format import Round
from ..slots import Slots

ALSO = ("rms",)
READ = "It makes the steps of small and large gradients alike, as Adam does, but without bias correction."
SOURCE = "torch.optim.RMSprop; Tieleman & Hinton 2012, lecture 6.5"
LABEL = "RMSprop"
PARAMETERS = {
    "learning_rate": (0.01, 0.0, 1e30), "alpha": (0.99, 0.0, 1.0), "eps": (1e-08, 0.0, 1.0),
    "momentum": (0.0, 0.0, 1.0), "centered": False,
}  # fmt: skip


def slots(learning_rate: float, alpha: float, eps: float, momentum: float, centered: bool) -> tuple[str, ...]:
    """The names of what it remembers of each parameter."""
    return ("square", *(("mean",) if centered else ()), *(("momentum",) if momentum else ()))


def update(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, weight_decay: float,
           learning_rate: float, alpha: float, eps: float, momentum: float, centered: bool) -> None:  # fmt: skip
    """Change parameters (n,) in place by their gradients (n,)."""
    if weight_decay:
        grad = round_(grad + weight_decay * parameter)
    square = memory["square"]
    square *= alpha
    round_(square)
    square += (1 - alpha) * grad * grad
    round_(square)
    spread = square
    if centered:
        mean = memory["mean"]
        mean += (1 - alpha) * (grad - mean)
        round_(mean)
        spread = round_(square - mean * mean)
    size = round_(round_(np.sqrt(spread)) + eps)
    if not momentum:
        parameter -= learning_rate * (grad / size)
        round_(parameter)
        return
    velocity = memory["momentum"]
    velocity *= momentum
    round_(velocity)
    velocity += grad / size
    round_(velocity)
    parameter -= learning_rate * velocity
    round_(parameter)
