"""The chain rule multiplied out: what one layer does to the gradient, and all layers above it together."""

import math
from dataclasses import dataclass

from .numbers import short
from .trace import Trace


@dataclass(frozen=True)
class Chain:
    """Factors of one layer, its own effect ||dL/dh_(l-1)|| / ||dL/dh_l||, and that of layers L to l together.

    `arrives` is what the layers above leave for this one, ||dL/dh_l|| / ||dL/dh_L||: at layer 1 the verdict's share.
    """

    layer: int
    factors: tuple[tuple[str, float], ...]
    layer_factor: float
    so_far: float
    arrives: float = math.nan

    @property
    def text(self) -> str:
        """ "slope 0.21 x weight 1.01 = 0.212, so far 3.1e-09"."""
        product = " x ".join(f"{name} {short(value)}" for name, value in self.factors)
        return f"{product} = {short(self.layer_factor, 3)}, so far {short(self.so_far)}"


def links(trace: Trace, layer: int, step: int = -1) -> Chain:
    """The chain-rule factors of a layer (from 1); with a skip the last factor is what the skip adds."""
    index = layer - 1
    names = ["slope_factor", "weight_factor"]
    if trace.scenario.network.norm.name != "none":
        names.insert(1, "norm_factor")
    factors = [(name.removesuffix("_factor"), float(trace.profile[name][index, step])) for name in names]
    norms = trace.profile["gradient_norm"][:, step]
    below = float(norms[index - 1] if index else trace.input_gradient_norm[step])
    layer_factor = _divide(below, float(norms[index]))
    product = math.prod(value for _, value in factors)
    if trace.scenario.network.skip.name != "none":
        factors.append(("skip", _divide(layer_factor, product)))
    so_far, arrives = (_divide(norm, float(norms[-1])) for norm in (below, float(norms[index])))
    return Chain(layer, tuple(factors), layer_factor, so_far, arrives)


def _divide(above: float, below: float) -> float:
    return above / below if below else math.nan
