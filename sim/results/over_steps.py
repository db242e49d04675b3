"""What all steps of a layer come to together, where no state goes from one to the next."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..numerics.arrays import Floats


def together(sizes: Floats) -> Floats:
    """The root mean square of sizes (layers, steps) over the steps."""
    sizes_together: Floats = sizes[:, 0] if sizes.shape[1] == 1 else np.sqrt(np.square(sizes).mean(axis=1))
    return sizes_together


def factors_together(profile: Mapping[str, Floats], entering: Floats, quantities: Sequence[str]) -> dict[str, Floats]:
    """Chain-rule factors (layers,) of all steps together, in the order of the backward pass.

    Each is of the gradient that those before it leave, where a step weighs as much as the gradient that it has; what
    the last one leaves is the gradient of the layer below, of the first layer the one `entering` it (steps,).
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
    """Their quotient, nan where it has no denominator."""
    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return quotient
