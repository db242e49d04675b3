"""The largest eigenvalue and the largest singular value of a weight matrix."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .layer import Layer

SMALL = 256  # units up to which recurrent weights are decomposed without being asked, since it takes no time


def spectrum(layer: Layer, prefix: str, spectral: bool | None) -> dict[str, float]:
    """Of one of a layer's weight matrices: spectral norm, and spectral radius if a step hands to the next through it.

    True asks for all matrices, False for those that a step hands to the next through, None for nothing.
    """
    weight, feedback = layer.parameters[layer.matrices[prefix]], prefix in layer.feedback
    if not (spectral or (spectral is False and feedback and len(weight) <= SMALL)):
        return {}
    if not feedback:
        return {"spectral_norm": largest_singular_value(weight)}
    return {"spectral_norm": _measured(largest_singular_value, weight), "spectral_radius": spectral_radius(weight)}


def spectra(layers: Sequence[Layer], spectral: bool | None) -> dict[str, NDArray[np.float64]]:
    """The same of all weight matrices of layers that have equal ones, (layers,) by name."""
    found = [{p + name: value for p in layer.matrices for name, value in spectrum(layer, p, spectral).items()}
             for layer in (layers if spectral is not None else ())]  # fmt: skip
    return {name: np.array([one[name] for one in found]) for name in (found[0] if found else ())}


def feedback_radius(layer: Layer) -> float:
    """The spectral radius of what one step hands to the next through, nan if there is none or it takes long."""
    weights = (layer.parameters[layer.matrices[prefix]] for prefix in layer.feedback)
    return next((spectral_radius(weight) for weight in weights if len(weight) <= SMALL), np.nan)


def spectral_radius(weight: Array) -> float:
    """The largest |eigenvalue| of a square matrix, nan if it holds a non-finite number."""
    if not np.isfinite(weight).all():
        return np.nan
    return _measured(_radius, weight)


def _measured(find: Callable[[Array], float], weight: Array) -> float:
    if len(weight) > SMALL:
        return find(weight)
    return _remembered(find, weight.tobytes(), weight.dtype.str, weight.shape)


@lru_cache(maxsize=32)  # both, of as many recurrent layers as there may be, whose weights are the same in the next pass
def _remembered(find: Callable[[Array], float], numbers: bytes, dtype: str, shape: tuple[int, ...]) -> float:
    return find(np.frombuffer(numbers, dtype).reshape(shape))


def _radius(weight: Array) -> float:
    return float(np.abs(np.linalg.eigvals(weight.astype(np.float64))).max())


def largest_singular_value(weight: Array) -> float:
    """The spectral norm of a matrix, nan if it holds a non-finite number."""
    largest = float(np.abs(weight).max())
    if not 0 < largest < np.inf:
        return 0.0 if largest == 0 else np.nan
    scaled = weight.astype(np.float64) / largest  # so that no square overflows or underflows
    gram = scaled @ scaled.T if len(scaled) < len(scaled.T) else scaled.T @ scaled
    return largest * float(np.sqrt(np.linalg.eigvalsh(gram)[-1]))  # several times as fast as all singular values
