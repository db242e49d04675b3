"""Identity: gain on the diagonal, 0 elsewhere."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("eye", "irnn")
READ = "As recurrent weights it passes the state on unchanged at first, and so its gradient."
SOURCE = "Le, Jaitly & Hinton 2015, A simple way to initialize recurrent networks; of kernels torch.nn.init.dirac_"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
CENTRE = True
DRAWN = False


def weights(_rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) with gain on the diagonal, cut or filled with zeros if it is not square."""
    return (1.0 if gain is None else gain) * np.eye(fan_out, fan_in)
