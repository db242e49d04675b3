"""Adam: momentum, divided by the running root mean square of the gradients."""

from ...numerics.arrays import Array
from ...numerics.number_format import Round
from ..adam_moments import MOMENTS, step_by_moments
from ..slots import Slots

READ = (
    "The size of a step does not depend on the size of the gradient, so vanished gradients still move the weights, "
    "if not always in a good direction."
)
SOURCE = "Kingma & Ba 2015, algorithm 1; torch.optim.Adam"
LABEL = "Adam"
PARAMETERS = {"learning_rate": (0.001, 0.0, 1e30), "betas": ((0.9, 0.999), 0.0, 0.999999999), "eps": (1e-08, 0.0, 1.0)}


def slots(learning_rate: float, betas: tuple[float, float], eps: float) -> tuple[str, ...]:
    """The names of what it remembers of each parameter."""
    return MOMENTS


def update(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, weight_decay: float,
           learning_rate: float, betas: tuple[float, float], eps: float) -> None:  # fmt: skip
    """Change parameters (n,) in place by their gradients (n,) at update `count`, from 1; decay joins the gradient."""
    if weight_decay:
        grad = round_(grad + weight_decay * parameter)
    step_by_moments(parameter, grad, memory, count, round_, learning_rate, betas, eps)
