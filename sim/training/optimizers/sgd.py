"""Stochastic gradient descent, with momentum where it is given."""

from ...numerics.arrays import Array
from ...numerics.number_format import Round
from ..slots import Slots

ALSO = ("gd", "gradient_descent", "momentum", "nesterov")
READ = "The step is the gradient times the learning rate, so where the gradient has vanished nothing moves."
SOURCE = "torch.optim.SGD; Sutskever, Martens, Dahl & Hinton 2013 (momentum, Nesterov)"
LABEL = "SGD"
CURVATURE_BOUNDS_RATE = True
PARAMETERS = {"learning_rate": (0.001, 0.0, 1e30), "momentum": (0.0, 0.0, 1.0), "nesterov": False}
REQUIRES = {"nesterov": ("momentum", 0.9)}


def slots(learning_rate: float, momentum: float, nesterov: bool) -> tuple[str, ...]:
    """The names of what it remembers of each parameter."""
    return ("momentum",) if momentum else ()


def update(parameter: Array, grad: Array, memory: Slots, count: int, round_: Round, weight_decay: float,
           learning_rate: float, momentum: float, nesterov: bool) -> None:  # fmt: skip
    """Change parameters (n,) in place by their gradients (n,) at update `count`, from 1."""
    if weight_decay:
        grad = round_(grad + weight_decay * parameter)
    if momentum:
        velocity = memory["momentum"]
        if count == 1:
            velocity[:] = grad
        else:
            velocity *= momentum
            round_(velocity)
            velocity += grad
            round_(velocity)
        grad = round_(grad + momentum * velocity) if nesterov else velocity
    parameter -= learning_rate * grad
    round_(parameter)
