"""Adding problem: the sum of the two marked numbers of a sequence, one in each half."""

import numpy as np

from ..samples import Samples

ALSO = ("adding_problem", "add", "sum")
READ = "The first number can be hundreds of steps away from the answer, so it tells whether the gradient reaches back."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory, experiment 4; in the form of Le, Jaitly & Hinton 2015"
INPUTS = 2
STEPS = (100, 2, 1000000)
SAMPLES = None
FRESH = True  # new samples for every update
TARGETS = ("value",)
USUAL = True  # what a probe of sequences is offered to learn


def load(rng: np.random.Generator, batch: int, _inputs: int, _target: str, steps: int) -> Samples:
    """Input (batch, steps, 2): U(0, 1) and the mark, 1 at two steps; target (batch, 1), the sum of the marked."""
    half = steps // 2
    marked = np.stack([rng.integers(half, size=batch), rng.integers(half, steps, size=batch)], axis=1)
    numbers, marks, rows = rng.uniform(size=(batch, steps)), np.zeros((batch, steps)), np.arange(batch)[:, None]
    marks[rows, marked] = 1.0
    return Samples(np.stack([numbers, marks], axis=2), numbers[rows, marked].sum(axis=1, keepdims=True), 1)
