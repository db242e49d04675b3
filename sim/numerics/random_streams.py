"""Random numbers: a seeded stream for each purpose, so that changing one thing leaves the others as they were."""

import zlib

import numpy as np


def draws(iteration: int, purpose: str) -> str:
    """The purpose of numbers that are drawn anew for each update (from 0)."""
    return f"{purpose} at update {iteration}" if iteration else purpose


def stream(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The generator for one purpose ("weights" of layer 7); same seed and names, same numbers."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), number])
