"""The record that a pass fills: its statistics so far, and the first non-finite number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array, Floats
from ..scenario.quantities import every_trace, quantities
from .factors import LayerInfo
from .nonfinite import Nonfinite


@dataclass(frozen=True)
class Evidence:
    """Where an unrolled layer's first inf or NaN arose, recorded since its arrays are reused.

    `step` (from 0) is the first with one, `grads` the gradients that enter it, by value and path;
    `unrounded` are gradients of parameters that were too large for the number format.
    """

    step: int | None = None
    grads: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    unrounded: Mapping[str, Array] = field(default_factory=dict)
    directions: "tuple[Evidence, ...]" = ()  # the same of each, of a layer that reads both ways


NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Measurements:
    """Measurements of a phase: quantities (layers, steps) by name, moments (layers, steps, columns of moments.py).

    `output` is of h_out in the forward pass, and of the total derivative dL/dh_out in the backward pass; `grad_input`
    of dL/dh_in of each layer; `nonfinite` counts (layers,) the numbers that were not finite; `weights`
    are norms (layers,) of weight matrices and their gradients, by name; `factor_tops` norms (layers, steps) of the
    gradients in the denominators of chain-rule factors, where directions are combined.
    """

    quantities: Mapping[str, Floats]
    output: Floats
    nonfinite: Floats
    grad_input: Floats = field(default_factory=lambda: np.empty(0))
    weights: Mapping[str, Floats] = field(default_factory=dict)
    evidence: Evidence = NO_EVIDENCE
    factor_tops: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Record:
    """Statistics by layer and step, with all that a verdict needs."""

    format: str
    loss_scale: float
    layers: Sequence[LayerInfo]
    steps: int
    matrices: Iterable[str] = ("",)  # what stands before the names of the statistics of weight matrices
    profile: dict[str, Floats] = field(init=False)
    weights: dict[str, Floats] = field(default_factory=dict)
    first_nonfinite: Nonfinite | None = None
    underflow: int = 0  # the layer (depth + 1: the loss) below which the gradient is 0 only for want of range
    too_small: str = ""  # of the loss, or of what comes after the last layer, what has underflowed
    lost_weights: set[int] = field(default_factory=set)  # layers with a weight matrix that the format makes all 0
    time_underflow: dict[int, int] = field(default_factory=dict)  # by layer the step before which it is
    signal_underflow_layer: int = 0  # the layer from which on the activations are, for the same reason
    output_gradient_rms: Floats = field(init=False)  # rms dL/dh_out at the last step, by layer
    input_gradient_norm: Floats = field(default_factory=lambda: np.zeros(1))
    sample_gradients: dict[int, Floats] = field(default_factory=dict)  # norms dL_i/dh (batch,) by layer

    def __post_init__(self) -> None:
        names = every_trace()
        self.profile = dict(zip(names, np.full((len(names), len(self.layers), self.steps), np.nan), strict=True))
        self.profile["nonfinite_count"] = np.zeros((len(self.layers), self.steps))  # also where a layer has no numbers
        self.output_gradient_rms = np.zeros(len(self.layers))

    @property
    def skips(self) -> bool:
        """Whether any layer has a skip that passes its input on unchanged."""
        return any(layer.skip for layer in self.layers)

    def write(self, first: int, statistics: Mapping[str, Floats]) -> None:
        """Write statistics (layers, steps) of the layers from `first` on, from 0, into the profile.

        Layers after a reduction to one state have theirs at the last step.
        """
        for name, values in statistics.items():
            if name not in self.profile:
                self.profile[name] = np.full((len(self.layers), self.steps), np.nan)
            self.profile[name][first : first + len(values), -values.shape[1] :] = values

    def write_weights(self, first: int, statistics: Mapping[str, Floats]) -> None:
        """Write statistics of weights (layers,) of the layers from `first` on."""
        for name, values in statistics.items():
            if name not in self.weights:
                self.weights[name] = np.full(len(self.layers), np.nan)
            self.weights[name][first : first + len(values)] = values

    def unscale(self) -> None:
        """Divide the gradients' statistics by the loss scale."""
        if self.loss_scale in (0, 1):  # a dynamic scale ends at 0, and with it every gradient
            return
        scaled = [name for name, quantity in quantities().items() if quantity.scales_with_loss]
        for name in self.profile.keys() & scaled:
            self.profile[name] /= self.loss_scale
        for name in self.weights.keys() & {matrix + name for matrix in self.matrices for name in scaled}:
            self.weights[name] /= self.loss_scale
        self.output_gradient_rms /= self.loss_scale
        self.input_gradient_norm /= self.loss_scale
