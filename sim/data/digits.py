"""The digits of UCI that come with gradsim: 1797 pictures of 8 x 8 pixels."""

from functools import cache
from importlib.resources import files

import numpy as np

from .samples import Samples

CLASSES = 10


@cache
def digits() -> Samples:
    """Pixels (1797, 64), standardised by the mean and std of all together; read once, and not to be written to."""
    with (files(__package__) / "tasks" / "digits.npz").open("rb") as file, np.load(file) as stored:
        pixels, classes = stored["input"].astype(np.float64), stored["target"].astype(np.int64)
    samples = Samples((pixels - pixels.mean()) / pixels.std(), classes, CLASSES)
    samples.input.flags.writeable = samples.target.flags.writeable = False
    return samples


def in_sequence(steps: int) -> Samples:
    """The same pixels in so many steps: input (1797, steps, 64 / steps)."""
    samples = digits()
    return Samples(samples.input.reshape(len(samples.input), steps, -1), samples.target, CLASSES)
