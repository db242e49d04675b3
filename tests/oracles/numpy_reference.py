"""A slow and obvious network in plain NumPy float64, the oracle of every statistic where PyTorch is not installed.

Only the forward pass is written down, as DESIGN's formulas say it. Every gradient is a central difference of the loss:
an array of the pass is moved by a little, entry by entry. So nothing here is derived as the program derives it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
InitContext = tuple[int, int, str]  # layer and step (from 0), and the name of an array
STEP = 1e-5


def sigmoid(u: Array) -> Array:
    return 1 / (1 + np.exp(-u))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda u: np.maximum(u, 0),
    "leaky_relu": lambda u: np.where(u > 0, u, 0.01 * u),
    "silu": lambda u: u * sigmoid(u),
    "linear": lambda u: u,
}


def normalise(name: str, z: Array, groups: int = 1, eps: float = 1e-5) -> Array:
    """The norms of the menu, of (batch, features)."""
    if name == "batch":
        return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + eps)
    if name == "rms":
        return z / np.sqrt((z**2).mean(axis=1, keepdims=True) + eps)
    blocks = z.reshape(len(z), groups, -1)
    blocks = (blocks - blocks.mean(axis=2, keepdims=True)) / np.sqrt(blocks.var(axis=2, keepdims=True) + eps)
    return blocks.reshape(z.shape)


@dataclass
class Reference:
    """A network of a scenario with the parameters of a dump; after `loss` its arrays (batch, features) by place."""

    scenario: Any
    dump: Mapping[str, Any]
    moved: tuple[InitContext, tuple[int, ...], float] | None = None
    arrays: dict[InitContext, Array] = field(default_factory=dict)

    def parameter(self, layer: int, name: str) -> Array:
        """A parameter in float64."""
        return np.asarray(self.dump[f"layers.{layer + 1}.{name}"], np.float64)

    def has(self, layer: int, name: str) -> bool:
        return f"layers.{layer + 1}.{name}" in self.dump

    def see(self, layer: int, step: int, name: str, value: Array) -> Array:
        """Note an array on its way, and move it if it is the one that is to be moved."""
        self.arrays[layer, step, name] = value
        if self.moved is not None and self.moved[0] == (layer, step, name):
            value = value.copy()
            value[self.moved[1]] += self.moved[2]
        return value

    def affine_norm(self, layer: int, prefix: str, z: Array) -> Array:
        """The scenario's norm with its weight and bias, or nothing."""
        if not self.has(layer, f"{prefix}.weight"):
            return z
        norm = self.scenario.network.norm
        groups, eps = norm.parameters.get("groups", 1), norm.parameters["eps"]
        out = normalise(norm.name, z, groups, eps) * self.parameter(layer, f"{prefix}.weight")
        return out + self.parameter(layer, f"{prefix}.bias") if self.has(layer, f"{prefix}.bias") else out

    def join(self, layer: int, entered: Array, branch: Array) -> Array:
        return entered + self.parameter(layer, "scale") * branch if self.has(layer, "scale") else branch

    def loss(self) -> float:
        """Forward through all layers; the probe's loss, of the last step or summed over all."""
        self.arrays = {}
        x = np.asarray(self.dump["input"], np.float64)
        steps = [x] if x.ndim == 2 else list(x.transpose(1, 0, 2))
        layer = self.dense if self.scenario.network.kind == "mlp" else self.recurrent
        for number in range(self.scenario.network.depth):
            steps = list(layer(number, steps))
        probe = np.asarray(self.dump["probe"], np.float64)
        seen = steps if self.scenario.loss.at == "every" else steps[-1:]
        return float(sum((probe * h).sum() for h in seen) / len(probe))

    def dense(self, layer: int, steps: list[Array]) -> Iterator[Array]:
        (h,) = steps
        through = self.see(layer, 0, "through weights", h)
        z = self.see(layer, 0, "z", through @ self.parameter(layer, "weight").T + self.parameter(layer, "bias"))
        u = self.see(layer, 0, "u", self.affine_norm(layer, "norm", z))
        a = self.see(layer, 0, "a", ACTIVATIONS[self.scenario.network.activation.name](u))
        yield self.see(layer, 0, "h_out", self.join(layer, h, a))

    def recurrent(self, layer: int, steps: list[Array]) -> Iterator[Array]:
        kind, width = self.scenario.network.kind, self.scenario.network.width
        h = c = np.zeros((len(steps[0]), width))
        for t, x in enumerate(steps):
            entering = self.see(layer, t, "through input weights", x)
            back = self.see(layer, t, "through weights", h)
            z_ih = self.see(
                layer, t, "z_ih", entering @ self.parameter(layer, "weight_ih").T + self.parameter(layer, "bias_ih")
            )
            z_hh = self.see(
                layer, t, "z", back @ self.parameter(layer, "weight_hh").T + self.parameter(layer, "bias_hh")
            )
            u_ih = self.see(layer, t, "u_ih", self.affine_norm(layer, "norm_ih", z_ih))
            u_hh = self.see(layer, t, "u", self.affine_norm(layer, "norm_hh", z_hh))
            if kind == "rnn":
                self.arrays[layer, t, "argument"] = u_ih + u_hh
                h = ACTIVATIONS[self.scenario.network.activation.name](u_ih + u_hh)
            elif kind == "lstm":
                i, f, g, o = np.split(u_ih + u_hh, 4, axis=1)
                i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
                self.arrays |= {
                    (layer, t, f"gate_{name}"): gate for name, gate in zip("ifgo", (i, f, g, o), strict=True)
                }
                c = self.see(layer, t, "cell", f * c + i * g)
                h = o * np.tanh(c)
            else:
                (r, z, n), (r_hh, z_hh, n_hh) = (np.split(value, 3, axis=1) for value in (u_ih, u_hh))
                r, z = sigmoid(r + r_hh), sigmoid(z + z_hh)
                n = np.tanh(n + r * n_hh)
                self.arrays |= {(layer, t, f"gate_{name}"): gate for name, gate in zip("rzn", (r, z, n), strict=True)}
                h = (1 - z) * n + z * h
            h = self.see(layer, t, "h", h)
            branch = self.see(layer, t, "beside", self.affine_norm(layer, "norm", h))
            yield self.see(layer, t, "h_out", self.join(layer, x, branch))

    def gradient(self, place: InitContext) -> Array:
        """dL/d(array at a place), central differences; the array must have been seen on the way."""
        if place not in self.arrays:
            self.loss()
        out = np.empty(self.arrays[place].shape)
        for index in np.ndindex(out.shape):
            ends = []
            for sign in (1, -1):
                self.moved = (place, index, sign * STEP)
                ends.append(self.loss())
            out[index] = (ends[0] - ends[1]) / (2 * STEP)
        self.moved = None
        self.loss()
        return out
