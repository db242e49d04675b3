"""Spirals: points on interleaved spiral arms, one class an arm."""

import math

import numpy as np

from ..samples import Samples

ALSO = ("spiral", "two_spirals")
READ = "No straight line tells the arms apart, so a network needs its hidden layers."
SOURCE = "Lang & Witbrock 1988: three turns, the innermost radius 1/13 of the outermost"
PARAMETERS = {"arms": (2, 2, 10), "noise": (0.0, 0.0, 1.0)}
INPUTS = 2
SAMPLES = 1024
CLASSES = "arms"
TARGETS = ("class",)


def load(rng: np.random.Generator, _batch: int, _inputs: int, _target: str, arms: int, noise: float) -> Samples:
    """All points, the arms in turn, standardised: input (1024, 2); noise is a std in outermost radii."""
    index = np.arange(SAMPLES)
    classes = index % arms
    radius = np.linspace(1.0, 1 / 13, SAMPLES)
    angle = 2 * math.pi * (3 * index / (SAMPLES - 1) + classes / arms)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points += noise * rng.standard_normal(points.shape)
    return Samples((points - points.mean(axis=0)) / points.std(axis=0), classes, arms)
