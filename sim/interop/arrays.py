"""All arrays of one pass, under PyTorch's names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.build import build
from ..engine.facts import batch_facts
from ..engine.plan import DEFAULT, Limits
from ..io.atomic import write_atomically
from ..network.layer import Layer, NamedArrays
from ..numerics.arrays import Array
from ..numerics.blas import one_blas_thread
from ..numerics.image import shaped
from ..numerics.number_format import number_format
from ..results.trace import Trace
from ..scenario.scenario import Scenario
from ..simulation import trace, with_stable_loss_scale


@one_blas_thread()
def dump(scenario: Scenario, *, spectral: bool = False, limits: Limits = DEFAULT) -> tuple[Trace, dict[str, Any]]:
    """The trace of a pass and copies of its arrays by PyTorch's names: input, layers.1.weight, layers.1.grad_weight.

    Gradients are of the loss itself, without the loss scale. Raises UserError if the scenario can't be simulated.
    """
    network = build(scenario, limits=limits)
    if scenario.adjusts_loss_scale:
        with_stable_loss_scale(network)
    stored = number_format(scenario.precision.format).stored

    def shown(named: NamedArrays, prefix: str = "") -> dict[str, Array]:
        scale = network.loss_scale
        values = {prefix + key: narrow(value, stored) for key, value in named.values.items()}
        gradients = {prefix + key: _of_loss(value, stored, scale) for key, value in named.gradients.items()}
        return values | gradients

    inputs = network.input.transpose(1, 0, 2) if scenario.reads_sequence else network.input[0]
    inputs = shaped(inputs, network.layers[0].graph.fan_in)
    arrays = {"input": narrow(inputs, stored)}

    def keep(phase: str, number: int, layer: Layer) -> None:
        if phase == "backward":
            arrays.update(shown(layer.arrays(), f"layers.{number}."))

    result = trace(network, keep, spectral, keep_arrays=True, facts=batch_facts(network))
    for end in network.ends.both:
        arrays |= shown(end.arrays())
    return result, arrays | shown(network.head.arrays())


def _of_loss(value: Array, stored: "np.dtype[Any]", scale: float) -> Array:
    """A copy of a gradient, without the loss scale."""
    return narrow(value, stored) if scale == 1 else _unscaled(value, scale)


def narrow(value: Array, stored: "np.dtype[Any]") -> Array:
    """A copy in the number format's storage dtype, if that holds every number."""
    if value.dtype.kind != "f" or value.dtype == stored:
        return value.copy()
    with np.errstate(over="ignore"):
        narrow = value.astype(stored)
    return narrow if np.array_equal(narrow, value, equal_nan=True) else value.copy()


def _unscaled(value: Array, scale: float) -> Array:
    """A gradient of the loss itself: in float32 if that holds it exactly, else in float64."""
    with np.errstate(all="ignore"):
        wide = value.astype(np.float64) / scale
        narrow = wide.astype(np.float32)
    return narrow if value.dtype == np.float32 and np.array_equal(narrow, wide, equal_nan=True) else wide


def save_dump(arrays: Mapping[str, Any], path: Path) -> None:
    """Write arrays as an .npz file, whole or not at all; raises UserError if it can't be written."""
    write_atomically(path, lambda file: np.savez(file, **arrays))
