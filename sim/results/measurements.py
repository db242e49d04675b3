"""Measurements of layers in one phase (forward or backward) of a pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array, Floats


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
