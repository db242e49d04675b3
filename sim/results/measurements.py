"""What a pass has found out about layers, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array, Floats


@dataclass(frozen=True)
class Evidence:
    """What an unrolled layer needs to find the first inf or NaN of a phase, since its arrays are written over.

    `step` (from 0) is the first that went wrong, `grads` the gradients that enter it then, by value and path;
    `unrounded` are gradients of parameters that were too large for the number format.
    """

    step: int | None = None
    grads: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    unrounded: Mapping[str, Array] = field(default_factory=dict)
    directions: "tuple[Evidence, ...]" = ()  # the same of each, of a layer that reads both ways


NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Measurements:
    """Of one phase: quantities (layers, steps) by profile name, and moments (layers, steps, columns of statistics.py).

    `output` is of h_out in the forward pass, and of the total derivative dL/dh_out in the backward pass; `grad_input`
    of dL/dh_in as each layer hands it down; `nonfinite` counts (layers,) the numbers that were not finite; `weights`
    are norms (layers,) of weight matrices and their gradients, by name; `factor_tops` norms (layers, steps) of the
    gradients that chain-rule factors begin from, where several layers tell one.
    """

    quantities: Mapping[str, Floats]
    output: Floats
    nonfinite: Floats
    grad_input: Floats = field(default_factory=lambda: np.empty(0))
    weights: Mapping[str, Floats] = field(default_factory=dict)
    evidence: Evidence = NO_EVIDENCE
    factor_tops: Mapping[str, Floats] = field(default_factory=dict)
