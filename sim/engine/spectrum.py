"""Spectral norm and radius of a layer's weight matrices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..network.layer import Layer
from ..numerics.arrays import Array
from ..numerics.spectral import SMALL, largest_singular_value, measured, spectral_radius


def spectrum(layer: Layer, prefix: str, spectral: bool) -> dict[str, float]:
    """Of one of a layer's weight matrices: spectral norm, and spectral radius if a step hands to the next through it.

    Of a large one only where `spectral` asks for it.
    """
    weight = _matrix(layer, prefix)
    if not spectral and len(weight) > SMALL:
        return {}
    if prefix not in layer.feedback:
        return {"spectral_norm": largest_singular_value(weight)}
    return {"spectral_norm": measured(largest_singular_value, weight), "spectral_radius": spectral_radius(weight)}


def spectra(layers: Sequence[Layer], spectral: bool | None) -> dict[str, NDArray[np.float64]]:
    """The same of weight matrices of layers of one graph, (layers,) by name.

    True asks for all matrices, False for those that a step hands to the next through, None for nothing.
    """
    asked = () if spectral is None else layers[0].matrices if spectral else layers[0].feedback
    if not asked:
        return {}
    by_layer = [{p + name: value for p in asked for name, value in spectrum(layer, p, bool(spectral)).items()}
             for layer in layers]  # fmt: skip
    return {name: np.array([one[name] for one in by_layer]) for name in by_layer[0]}


def feedback_radius(layer: Layer, direction: str = "") -> float:
    """The spectral radius of what one step hands to the next through, nan if there is none or it takes long.

    Of a layer that reads both ways that of one direction, "forward" or "reverse", or the larger of the two.
    """
    which = {"forward": slice(0, 1), "reverse": slice(1, 2)}.get(direction, slice(None))
    weights = (_matrix(layer, prefix) for prefix in layer.feedback[which])
    return max((spectral_radius(weight) for weight in weights if len(weight) <= SMALL), default=np.nan)


def _matrix(layer: Layer, prefix: str) -> Array:
    name, rows, _ = layer.matrices[prefix]
    weight = layer.parameters[name][rows]
    return weight.reshape(len(weight), -1)
