"""What all steps of a layer come to together, where no state goes from one to the next."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..numerics.arrays import Floats


def together(sizes: Floats) -> Floats:
    """The root mean square of sizes (layers, steps) over the steps."""
    return sizes[:, 0] if sizes.shape[1] == 1 else np.sqrt(np.square(sizes).mean(axis=1))


def factors_together(profile: Mapping[str, Floats], quantities: Sequence[str]) -> dict[str, Floats]:
    """Chain-rule factors (layers,) of all steps together, in the order of the backward pass.

    Each is of the gradient that those before it leave: a step weighs as much as the gradient that it has.
    """
    found: dict[str, Floats] = {}
    sizes = profile["gradient_norm"]
    for quantity in quantities:
        factor = profile[quantity]
        if factor.shape[1] == 1:
            found[quantity] = factor[:, 0]
            continue
        made = np.where(sizes == 0, 0.0, sizes * factor)
        found[quantity], sizes = together(made) / together(sizes), made
    return found
