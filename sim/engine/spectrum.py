"""Spectral norms of a layer's weight matrices, and spectral radii of recurrent ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..network.layer import Layer
from ..numerics.arrays import Array
from ..numerics.spectral import SMALL, largest_singular_value, measured, spectral_radius


def spectrum(layer: Layer, prefix: str, spectral: bool) -> dict[str, float]:
    """The spectral norm of the weight matrix with a prefix; of a recurrent one the spectral radius too.

    Nothing of a large matrix unless `spectral`.
    """
    weight = _matrix(layer, prefix)
    if not spectral and len(weight) > SMALL:
        return {}
    if prefix not in layer.feedback:
        return {"spectral_norm": largest_singular_value(weight)}
    return {"spectral_norm": measured(largest_singular_value, weight), "spectral_radius": spectral_radius(weight)}


def spectra(layers: Sequence[Layer], spectral: bool | None) -> dict[str, NDArray[np.float64]]:
    """Spectral norms and radii (layers,) by name, of layers of one graph.

    `spectral`: True for all weight matrices, False for the recurrent ones, None for none.
    """
    prefixes = () if spectral is None else layers[0].matrices if spectral else layers[0].feedback
    if not prefixes:
        return {}
    by_layer = [{p + name: value for p in prefixes for name, value in spectrum(layer, p, bool(spectral)).items()}
             for layer in layers]  # fmt: skip
    return {name: np.array([one[name] for one in by_layer]) for name in by_layer[0]}


def feedback_radius(layer: Layer, direction: str = "") -> float:
    """The spectral radius of a layer's recurrent weights; nan if it has none or they are large.

    Of a bidirectional layer that of one `direction`, "forward" or "reverse", or by default the larger of the two.
    """
    which = {"forward": slice(0, 1), "reverse": slice(1, 2)}.get(direction, slice(None))
    weights = (_matrix(layer, prefix) for prefix in layer.feedback[which])
    return max((spectral_radius(weight) for weight in weights if len(weight) <= SMALL), default=np.nan)


def _matrix(layer: Layer, prefix: str) -> Array:
    name, rows, _ = layer.matrices[prefix]
    weight = layer.parameters[name][rows]
    return weight.reshape(len(weight), -1)
