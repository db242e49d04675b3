"""The chain rule multiplied out: what one layer, or one step, does to the gradient, and all on its way together."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..results.trace import Axis, Trace
from ..scenario.quantities import quantities
from ..text import format_number


@dataclass(frozen=True)
class Chain:
    """Factors of one layer, its own effect ||dL/dh_(l-1)|| / ||dL/dh_l||, and what it gets and leaves.

    `gradient_in` is what the layers above leave for this one, ||dL/dh_l|| / ||dL/dh_L||: at layer 1 the verdict's
    share;
    it `gradient_out` ||dL/dh_(l-1)|| / ||dL/dh_L||. Of a recurrent layer h is its output. Through time the same of a
    step in place of a layer; what passes step 1 goes to the initial state, and is nan.
    """

    layer: int
    factors: tuple[tuple[str, float], ...]
    layer_factor: float
    gradient_out: float
    gradient_in: float = math.nan

    @property
    def text(self) -> str:
        """ "slope 0.21 x weight 1.01 = 0.212, passes on 3.1e-09"."""
        product = " x ".join(f"{name} {format_number(value)}" for name, value in self.factors)
        return f"{product} = {format_number(self.layer_factor, 3)}, passes on {format_number(self.gradient_out)}"


def chain_factors(trace: Trace, layer: int, step: int = -1, axis: Axis | None = None) -> Chain:
    """The chain-rule factors of a layer (from 1); with a skip the last factor is what the skip adds.

    `step` is an index of the profile. Of a sequence the chain goes through time unless an axis is given.
    """
    if (axis or ("time" if trace.steps > 1 else "layers")) == "time":
        return _through_time(trace, layer, step % trace.steps)
    index, scenario = layer - 1, trace.scenario
    names = ["slope_factor", "input_weight_factor" if scenario.recurrent else "weight_factor"]
    if scenario.inner_norm and not scenario.recurrent:  # a recurrent layer's is part of its input weights' factor
        names.insert(1, "norm_factor")
    if scenario.output_norm:
        names.insert(0, "output_norm_factor")
    factors = _named(trace, names, index, step)
    norms = _at_outputs(trace, step)
    below = float(norms[index - 1] if index else trace.input_gradient_norm[step])
    layer_factor = _divide(below, float(norms[index]))
    product = math.prod(value for _, value in factors)
    if trace.scenario.network.skip.name != "none":
        factors.append(("skip", _divide(layer_factor, product)))
    gradient_out, gradient_in = (_divide(norm, float(norms[-1])) for norm in (below, float(norms[index])))
    return Chain(layer, tuple(factors), layer_factor, gradient_out, gradient_in)


def _named(trace: Trace, names: list[str], index: int, step: int) -> list[tuple[str, float]]:
    """Factors with their names in words. What a gated layer makes of dL/dh is no slope: it goes through all gates."""
    menu = quantities()
    gated = any(name in trace.profile for name, quantity in menu.items() if quantity.gate)
    words = [menu[name].factor for name in names]
    words = ["gates" if gated and word == "slope" else word for word in words]
    return [(word, float(trace.profile[name][index, step])) for word, name in zip(words, names, strict=True)]


def _at_outputs(trace: Trace, step: int) -> NDArray[np.float64]:
    """||dL/dh_out|| by layer: a recurrent layer with a skip or a norm there has another output than its state."""
    norms = trace.profile["gradient_norm"][:, step]
    apart = trace.profile.get("output_gradient_norm")
    return norms if apart is None else np.where(np.isnan(apart[:, step]), norms, apart[:, step])


def _through_time(trace: Trace, layer: int, step: int) -> Chain:
    """What reaches h_(t-1) of the gradient of h_t; other paths are those past W_hh: a layer above, the loss, a gate."""
    names = ["slope_factor", "weight_factor"]
    if trace.scenario.inner_norm:
        names.insert(1, "norm_factor")
    factors = _named(trace, names, layer - 1, step)
    norms = trace.profile["gradient_norm"][layer - 1]
    product = math.prod(value for _, value in factors)
    gradient_in = _divide(float(norms[step]), float(norms[-1]))
    if not step:
        return Chain(layer, tuple(factors), math.nan, math.nan, gradient_in)
    factor = _divide(float(norms[step - 1]), float(norms[step]))
    if not math.isclose(factor, product, rel_tol=1e-3):
        factors.append(("other paths", _divide(factor, product)))
    return Chain(layer, tuple(factors), factor, _divide(float(norms[step - 1]), float(norms[-1])), gradient_in)


def cell_path(trace: Trace, layer: int, step: int) -> float:
    """||dL/dc_(t-1)|| / ||dL/dc_t|| of an LSTM at step t (from 1): what its cell hands on; nan of others."""
    sizes = trace.profile.get("cell_gradient_rms")
    if sizes is None or step == 1:
        return math.nan
    return _divide(float(sizes[layer - 1, step - 2]), float(sizes[layer - 1, step - 1]))


def _divide(above: float, below: float) -> float:
    return above / below if below else math.nan
