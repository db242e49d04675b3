"""Measurements of layers in one phase, and the record of a pass that collects them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array, Floats
from ..scenario.quantities import every_trace, quantities
from .factors import LayerInfo
from .nonfinite import Nonfinite


@dataclass(frozen=True)
class Evidence:
    """Arrays around an unrolled layer's first inf or NaN, copied since its own are reused step by step.

    `step` (from 0) is the first with one, `grads` the gradients that enter it, by value and path; `unrounded` are
    parameter gradients, by name, before the number format rounded them to inf.
    """

    step: int | None = None
    grads: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    unrounded: Mapping[str, Array] = field(default_factory=dict)
    directions: "tuple[Evidence, ...]" = ()  # of a bidirectional layer, one of each direction


NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Measurements:
    """Statistics of equal layers in one phase (forward or backward): quantities (layers, steps) by name.

    `output` has the moments (layers, steps, columns of moments.py) of h_out in the forward pass, of the total
    derivative dL/dh_out in the backward pass, and `grad_input` those of dL/dh_in; `nonfinite` counts inf and NaN
    (layers,); `weights` are norms (layers,) of weight matrices and their gradients, by name. `factor_tops` are the
    denominators (layers, steps) of chain-rule factors, of a direction whose factors are combined with the other's.
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
    """Statistics of a pass by layer and step, the first inf or NaN, and where numbers underflowed."""

    format: str
    loss_scale: float
    layers: Sequence[LayerInfo]
    steps: int
    matrices: Iterable[str] = ("",)  # prefixes of the statistics of weight matrices
    profile: dict[str, Floats] = field(init=False)
    weights: dict[str, Floats] = field(default_factory=dict)
    first_nonfinite: Nonfinite | None = None
    underflow: int = 0  # the layer (depth + 1: the loss) below which the gradient underflowed to 0
    too_small: str = ""  # clause: what underflowed of the loss or before the last layer
    lost_weights: set[int] = field(default_factory=set)  # layers with a weight matrix that underflowed to all 0
    time_underflow: dict[int, int] = field(default_factory=dict)  # by layer, the step before which it underflowed to 0
    signal_underflow_layer: int = 0  # the first layer whose activations underflowed to 0
    output_gradient_rms: Floats = field(init=False)  # rms dL/dh_out at the last step, by layer
    input_gradient_norm: Floats = field(default_factory=lambda: np.zeros(1))
    sample_gradients: dict[int, Floats] = field(default_factory=dict)  # ||dL_i/dh|| (batch,) by layer

    def __post_init__(self) -> None:
        names = every_trace()
        self.profile = dict(zip(names, np.full((len(names), len(self.layers), self.steps), np.nan), strict=True))
        self.profile["nonfinite_count"] = np.zeros((len(self.layers), self.steps))  # 0 where none is measured
        self.output_gradient_rms = np.zeros(len(self.layers))

    @property
    def skips(self) -> bool:
        """Whether any layer has a skip that passes its input on unchanged."""
        return any(layer.skip for layer in self.layers)

    def write(self, first: int, statistics: Mapping[str, Floats]) -> None:
        """Write statistics (layers, steps) of the layers from index `first` on into the profile.

        Layers after a reduction to one step have only that, which is written as the last.
        """
        for name, values in statistics.items():
            if name not in self.profile:
                self.profile[name] = np.full((len(self.layers), self.steps), np.nan)
            self.profile[name][first : first + len(values), -values.shape[1] :] = values

    def write_weights(self, first: int, statistics: Mapping[str, Floats]) -> None:
        """Write statistics of weights (layers,) of the layers from index `first` on."""
        for name, values in statistics.items():
            if name not in self.weights:
                self.weights[name] = np.full(len(self.layers), np.nan)
            self.weights[name][first : first + len(values)] = values

    def unscale(self) -> None:
        """Divide the gradients' statistics by the loss scale."""
        if self.loss_scale in (0, 1):  # 0: a dynamic scale that halved down to 0, where all gradients are 0 too
            return
        scaled = [name for name, quantity in quantities().items() if quantity.scales_with_loss]
        for name in self.profile.keys() & scaled:
            self.profile[name] /= self.loss_scale
        for name in self.weights.keys() & {matrix + name for matrix in self.matrices for name in scaled}:
            self.weights[name] /= self.loss_scale
        self.output_gradient_rms /= self.loss_scale
        self.input_gradient_norm /= self.loss_scale
