"""A norm on a recurrent layer's output, before the next layer or the readout: h_out = norm(h_t).

Each step by itself, as torch.nn.LayerNorm after torch.nn.LSTM does: layer, rms and group norm over the features of
each sample, batch norm over the batch of that step (Cooijmans et al. 2017, section 3). The state that goes on to the
next step is h_t, not normalised.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .statistics import RMS, by_step


@dataclass(frozen=True)
class OutputNorm:
    """Parameters `norm.weight` and `norm.bias` of a layer; keeps nothing, the way back normalises again."""

    module: Any
    given: tuple[Any, ...]  # what its kernels take besides arrays

    def parameters(self, width: int) -> dict[str, Array]:
        """Initial parameters."""
        return {"norm.weight": np.ones(width)} | ({"norm.bias": np.zeros(width)} if self.module.BIAS else {})

    def forward(self, hidden: Array, own: dict[str, Array]) -> Array:
        """norm(h) of h, both (steps, batch, width)."""
        out = np.empty_like(hidden)
        for t, (normalised, _) in enumerate(self._steps(hidden)):
            np.multiply(normalised, own["norm.weight"], out=out[t])
            if "norm.bias" in own:
                out[t] += own["norm.bias"]
        return out

    def pull(self, hidden: Array, grad: Array, own: dict[str, Array],
             found: dict[str, Array] | None = None) -> Array:  # fmt: skip
        """dL/dh of dL/dnorm(h), both (steps, batch, width); adds to the parameters' gradients found so far."""
        out = np.empty_like(hidden)
        for t, (normalised, inverse) in enumerate(self._steps(hidden)):
            self.module.pull(normalised, inverse, grad[t] * own["norm.weight"], out[t], *self.given)
            if found is not None:
                found["norm.weight"] += (grad[t] * normalised).sum(axis=0)
                if "norm.bias" in found:
                    found["norm.bias"] += grad[t].sum(axis=0)
        return out

    def _steps(self, hidden: Array) -> Iterator[tuple[Array, Array]]:
        """Normalised states and inverse standard deviations, step by step in the same two arrays."""
        normalised = np.empty_like(hidden[0])
        inverse = np.empty(self.module.inverse_shape(*normalised.shape, *self.given), hidden.dtype)
        for state in hidden:
            self.module.forward(state, normalised, inverse, *self.given)
            yield normalised, inverse


def norm_factor(grad: Array, into: Array) -> NDArray[np.float64]:
    """What the norm multiplies the gradient by, by step: ||dL/dh through the norm|| / ||dL/dnorm(h)||."""
    return by_step(into)[:, RMS] / by_step(grad)[:, RMS]
