"""Copy memory: repeat the ten symbols of the beginning at the end, after a long blank."""

import numpy as np

from ..samples import Samples

ALSO = ("copy", "memory", "copying")
READ = "Without memory the best is blanks and then a guess, at a loss of 10 ln 8 / steps."
SOURCE = (
    "Arjovsky, Shah & Bengio 2016, Unitary evolution recurrent neural networks; after Hochreiter & Schmidhuber 1997"
)
INPUTS = 10  # eight symbols, the blank and the signal to repeat
STEPS = (120, 21, 1000000)
SAMPLES = None
FRESH = True  # new samples for every update
CLASSES = 9
TARGETS = ("class",)

_SYMBOLS, _LENGTH = 8, 10
_BLANK, _SIGNAL = 8, 9


def load(rng: np.random.Generator, batch: int, _inputs: int, _target: str, steps: int) -> Samples:
    """One-hot input (batch, steps, 10) and a class a step (batch, steps): blank, but for the last ten the symbols."""
    symbols = rng.integers(_SYMBOLS, size=(batch, _LENGTH))
    read, target = np.full((batch, steps), _BLANK), np.full((batch, steps), _BLANK)
    read[:, :_LENGTH], target[:, -_LENGTH:] = symbols, symbols
    read[:, -_LENGTH - 1] = _SIGNAL
    return Samples(np.eye(INPUTS)[read], target, CLASSES)
