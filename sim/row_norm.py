"""A norm inside a recurrent layer, over the features of each product by itself (Ba et al. 2016, equations 20 to 25)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .kernel import Array


@dataclass(frozen=True)
class RowNorm:
    """One side's norm, "ih" or "hh": `norm_hh.weight` and `norm_hh.bias` in the layer's parameters."""

    module: Any
    given: tuple[Any, ...]  # what its kernels take besides arrays

    def room(self, z: Array) -> tuple[Array, Array]:
        """Arrays for the normalised z (steps, batch, features) and the inverse standard deviations."""
        steps, batch, features = z.shape
        shape = self.module.inverse_shape(steps * batch, features, *self.given)
        return np.empty_like(z), np.empty((steps, batch, shape[1]), z.dtype)

    def forward(self, z: Array, room: tuple[Array, Array], own: dict[str, Array], side: str, out: Array) -> None:
        """Write norm(z), rows (n, features), into out."""
        normalised, inverse = room
        self.module.forward(z, normalised, inverse, *self.given)
        np.multiply(normalised, own[f"norm_{side}.weight"], out=out)
        if f"norm_{side}.bias" in own:
            out += own[f"norm_{side}.bias"]

    def pull(self, room: tuple[Array, Array], grad: Array, own: dict[str, Array], side: str, out: Array) -> None:
        """Write dL/dz of dL/dnorm(z), rows (n, features), into out."""
        normalised, inverse = room
        self.module.pull(normalised, inverse, grad * own[f"norm_{side}.weight"], out, *self.given)

    def gradients(self, normalised: Array, grad: Array, side: str, found: dict[str, Array]) -> None:
        """Add what rows (n, features) give to the gradients of the norm's parameters."""
        found[f"norm_{side}.weight"] += (grad * normalised).sum(axis=0)
        if f"norm_{side}.bias" in found:
            found[f"norm_{side}.bias"] += grad.sum(axis=0)


def norm_parameters(norm: Any, features: int) -> dict[str, Array]:
    """Initial parameters of both sides' norms."""
    if not norm.ACTIVE:
        return {}
    found = {f"norm_{side}.weight": np.ones(features) for side in ("ih", "hh")}
    return found | ({f"norm_{side}.bias": np.zeros(features) for side in ("ih", "hh")} if norm.BIAS else {})
