"""Chain-rule factors: the multiples of the gradient's norm by layer or time step, and their product."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from ..numerics.arrays import Floats
from ..scenario.quantities import of_memory, quantities
from ..text import format_number
from .readings import is_bidirectional

ChainAxis = Literal["layers", "time"]


@dataclass(frozen=True)
class LayerInfo:
    """Metadata of a layer: number (from 1), name in dumps, kind, features in and out, parameter count, chain factors.

    `factors` are the chain-rule factors from its output to its input in the order of the backward pass, each a word and
    a quantity; `time_factors` those from the state of one step to that of the step before. `largest_slope` is the
    activation's if it and one matrix are all that acts between these states, else None. `label` is the layer's name in
    a chain of different layers, `shape` its output's without the batch.
    """

    number: int
    name: str
    kind: str
    fan_in: int
    width: int
    parameters: int
    factors: tuple[tuple[str, str], ...]
    time_factors: tuple[tuple[str, str], ...] = ()
    skip: bool = False
    largest_slope: float | None = None
    label: str = ""
    shape: tuple[int, ...] = ()

    def factor_of(self, part: str) -> str | None:
        """The quantity of its chains whose declared `factor_of` is this part, as "activation"; None without one."""
        known = (quantities().get(quantity) for _, quantity in (*self.factors, *self.time_factors))
        return next((one.name for one in known if one is not None and one.factor_of == part), None)


class Measured(Protocol):
    """The fields of a trace that factors are computed from."""

    @property
    def layers(self) -> Sequence[LayerInfo]:
        """Layers in the order of the forward pass."""

    @property
    def steps(self) -> int:
        """The number of time steps."""

    @property
    def profile(self) -> Mapping[str, Floats]:
        """Quantities (layers, steps) by name."""

    @property
    def input_gradient_norm(self) -> Floats:
        """||dL/dh_0|| (steps,)."""


@dataclass(frozen=True)
class Chain:
    """Chain-rule factors of one layer, their product ||dL/dh_(l-1)|| / ||dL/dh_l||, and shares of the gradient.

    `gradient_in` is the share of the last layer's gradient at its output, ||dL/dh_l|| / ||dL/dh_L||, and
    `gradient_out` at its input, ||dL/dh_(l-1)|| / ||dL/dh_L||; h is the output, also of a recurrent layer. In a chain
    over time, steps take the place of layers; `gradient_out` of step 1 (the initial state's) is nan.
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
        layer_factor = format_number(self.layer_factor, 3)
        return f"{f'{product} = ' if product else ''}{layer_factor}, passes on {format_number(self.gradient_out)}"


def through_time(trace: Measured) -> bool:
    """Whether some layer has a state over several steps, so that the gradient flows through time."""
    return trace.steps > 1 and any(layer.time_factors for layer in trace.layers)


def chain_factors(trace: Measured, layer: int, step: int | None = None, axis: ChainAxis | None = None) -> Chain:
    """The chain-rule factors of a layer (from 1); with a skip the last factor is the skip's contribution.

    `step` is an index of the profile. A layer with a state has its chain over time unless `axis` is "layers". None is
    the last step for such a layer and in a chain of different layers, else norms over all steps.
    """
    states = bool(trace.layers[layer - 1].time_factors)
    if (axis or ("time" if trace.steps > 1 and states else "layers")) == "time":
        return _through_time(trace, layer, (-1 if step is None else step) % trace.steps)
    index = layer - 1
    if step is None and not (states or trace.layers[index].label):
        return _of_all_steps(trace, index)
    step = -1 if step is None else step
    factors = _values(trace, trace.layers[index].factors, index, step)
    return _across(
        trace, index, factors, output_gradient_norms(trace.profile)[:, step], float(trace.input_gradient_norm[step])
    )


def _of_all_steps(trace: Measured, index: int) -> Chain:
    chain = trace.layers[index].factors
    values = factors_together(trace.profile, trace.input_gradient_norm, [quantity for _, quantity in chain])
    factors = [(word, float(values[quantity][index])) for word, quantity in chain]
    norms, root = together(trace.profile["gradient_norm"]), math.sqrt(trace.steps)
    entering = float(together(trace.input_gradient_norm[None])[0])
    return _across(trace, index, factors, norms * root if root > 1 else norms, entering * root)


def _across(trace: Measured, index: int, factors: list[tuple[str, float]], norms: Floats, entering: float) -> Chain:
    """The chain of a layer (index from 0) from ||dL/dh|| at all outputs (layers,) and at the network's input."""
    below = float(norms[index - 1]) if index else entering
    layer_factor = _divide(below, float(norms[index]))
    product = math.prod(value for _, value in factors)
    info = trace.layers[index]
    if info.skip if info.label else any(one.skip for one in trace.layers):
        factors.append(("skip", _divide(layer_factor, product)))
    elif (factors or not info.label) and _has_more(layer_factor, product):
        factors.append(("other paths", _divide(layer_factor, product)))
    gradient_out, gradient_in = (_divide(norm, float(norms[-1])) for norm in (below, float(norms[index])))
    return Chain(index + 1, tuple(factors), layer_factor, gradient_out, gradient_in)


def _values(trace: Measured, factors: Sequence[tuple[str, str]], index: int, step: int) -> list[tuple[str, float]]:
    return [(word, float(trace.profile[quantity][index, step])) for word, quantity in factors]


def output_gradient_norms(profile: Mapping[str, Floats]) -> Floats:
    """||dL/dh_out|| (layers, steps): a recurrent layer with a skip or norm on its output has another for its state."""
    of_states, of_outputs = profile["gradient_norm"], profile.get("output_gradient_norm")
    return of_states if of_outputs is None else np.where(np.isnan(of_outputs), of_states, of_outputs)


def _through_time(trace: Measured, layer: int, step: int) -> Chain:
    """The chain from h_t to h_(t-1); "other paths" are those past W_hh: the layer above, the loss, a gate.

    Of a bidirectional layer the factors are over both directions, from step t to t - 1 and to t + 1.
    """
    factors = _values(trace, trace.layers[layer - 1].time_factors, layer - 1, step)
    norms = trace.profile["gradient_norm"][layer - 1]
    product = math.prod(value for _, value in factors)
    gradient_in = _divide(float(norms[step]), float(norms[-1]))
    if is_bidirectional(trace.profile, layer - 1):
        return Chain(layer, tuple(factors), product, product * gradient_in, gradient_in)
    if not step:
        return Chain(layer, tuple(factors), math.nan, math.nan, gradient_in)
    factor = _divide(float(norms[step - 1]), float(norms[step]))
    if _has_more(factor, product):
        factors.append(("other paths", _divide(factor, product)))
    return Chain(layer, tuple(factors), factor, _divide(float(norms[step - 1]), float(norms[-1])), gradient_in)


def _has_more(factor: float, product: float) -> bool:
    """Whether the layer's factor differs from the product, by gradient of another path or a gate on one path only."""
    if math.isnan(product):  # a factor is 0/0: no gradient on this path, so any came by another
        return factor > 0
    return not math.isclose(factor, product, rel_tol=1e-3)


def cell_path(trace: Measured, layer: int, step: int) -> float:
    """The cell path's factor ||dL/dc_(t-1)|| / ||dL/dc_t|| at step t (from 1); nan without a cell state, at step 1."""
    cell = of_memory(trace.profile)
    if cell is None or step == 1 or is_bidirectional(trace.profile, layer - 1):
        return math.nan
    sizes = trace.profile[cell]
    return _divide(float(sizes[layer - 1, step - 2]), float(sizes[layer - 1, step - 1]))


def _divide(above: float, below: float) -> float:
    return above / below if below else math.nan


def together(sizes: Floats) -> Floats:
    """Root mean square over the steps of sizes (layers, steps)."""
    sizes_together: Floats = sizes[:, 0] if sizes.shape[1] == 1 else np.sqrt(np.square(sizes).mean(axis=1))
    return sizes_together


def factors_together(profile: Mapping[str, Floats], entering: Floats, quantities: Sequence[str]) -> dict[str, Floats]:
    """Chain-rule factors (layers,) over all steps by quantity, given in the order of the backward pass.

    Each is a quotient of gradient norms over all steps, so that steps with a large gradient weigh more; the last one's
    numerator is the gradient at the output of the layer below, for the first layer `entering` (steps,).
    """
    if profile["gradient_norm"].shape[1] == 1:
        return {quantity: profile[quantity][:, 0] for quantity in quantities}
    factors: dict[str, Floats] = {}
    sizes = profile["gradient_norm"]
    below = np.concatenate([entering[None], sizes[:-1]])
    for number, quantity in enumerate(quantities, 1):
        numerator = np.multiply(sizes, profile[quantity], out=np.zeros_like(sizes), where=sizes != 0)
        numerator = below if number == len(quantities) else numerator
        factors[quantity], sizes = divided(together(numerator), together(sizes)), numerator
    return factors


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient of two arrays (layers,), nan where the denominator is 0."""
    quotient: Floats = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
    return quotient
