"""Gradient sizes and factors of all steps together, for layers without a recurrent state."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..numerics.arrays import Floats


def together(sizes: Floats) -> Floats:
    """Root mean square over the steps of sizes (layers, steps)."""
    sizes_together: Floats = sizes[:, 0] if sizes.shape[1] == 1 else np.sqrt(np.square(sizes).mean(axis=1))
    return sizes_together


def factors_together(profile: Mapping[str, Floats], entering: Floats, quantities: Sequence[str]) -> dict[str, Floats]:
    """Chain-rule factors (layers,) of all steps together, in the order of the backward pass.

    Each is a quotient of gradient norms over all steps, so that steps with a large gradient weigh more;
    the last one's numerator is the gradient of the layer below, for the first layer `entering` (steps,).
    """
    if profile["gradient_norm"].shape[1] == 1:
        return {quantity: profile[quantity][:, 0] for quantity in quantities}
    factors: dict[str, Floats] = {}
    sizes = profile["gradient_norm"]
    below = np.concatenate([entering[None], sizes[:-1]])
    for number, quantity in enumerate(quantities, 1):
        made = np.multiply(sizes, profile[quantity], out=np.zeros_like(sizes), where=sizes != 0)
        made = below if number == len(quantities) else made
        factors[quantity], sizes = divided(together(made), together(sizes)), made
    return factors


def divided(above: Floats, below: Floats) -> Floats:
    """The quotient of two arrays, nan where the denominator is 0."""
    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return quotient
