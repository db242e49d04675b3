"""Did a signal or a gradient become exactly zero because the number format is too narrow, or because nothing passes?"""

import numpy as np
from numpy.typing import NDArray

from ..network.block import Backward
from ..network.layer import Layer
from ..numerics.arrays import Array
from ..numerics.moments import RMS, by_step


def gradient_underflows(layer: Layer) -> bool:
    """True if a layer whose backward pass made exactly 0 of a gradient would make more of it in float64.

    The last step that has a gradient is done again in float64 with it scaled to 1, so that only true zeros stay zero.
    """
    grad = layer.grad_output
    step = int(np.flatnonzero(grad.reshape(len(grad), -1).any(axis=1))[-1])
    if not np.isfinite(grad[step]).all():
        return False
    return bool(_float64_backward(layer, grad, step).grad_input.any())


def gradient_underflows_in_time(layer: Layer, sizes: NDArray[np.float64], cut: int) -> int:
    """The last step (from 1) with a gradient if the one before it has none only for want of digits; else 0.

    `sizes` are the total derivatives' by step. Where truncation cuts, every `cut` steps, the zero is meant. Of a layer
    that reads both ways steps are counted as a direction reads them.
    """
    if layer.directions:
        return max(gradient_underflows_in_time(one, by_step(one.grad_hidden)[:, RMS], cut) for one in layer.directions)
    zeros = np.flatnonzero((sizes[:-1] == 0) & (sizes[1:] > 0))
    if not len(zeros) or (cut and (zeros[-1] + 1) % cut == 0) or not np.isfinite(sizes[zeros[-1] + 1]):
        return 0
    step = int(zeros[-1]) + 1
    return step + 1 if _float64_backward(layer, layer.grad_hidden, step).grad_start.any() else 0


def _float64_backward(layer: Layer, grad: Array, step: int) -> Backward:
    float64_copy, part = layer.float64_copy(step), _part(layer, step)
    float64_copy.forward(layer.inputs[part].astype(np.float64), layer.iteration)
    wide = grad[part].astype(np.float64)
    return float64_copy.backward(wide / np.abs(wide).max())


def _part(layer: Layer, step: int) -> slice:
    """A step, or all of them where they can't be done one by one."""
    return slice(None) if layer.graph.over_steps else slice(step, step + 1)


def weights_vanish(layer: Layer) -> bool:
    """True if the number format makes all 0 of a weight matrix that was not."""
    names = {matrix.parameter for matrix in layer.matrices.values()} & layer.unrounded.keys()
    return any(not layer.parameters[name].any() for name in names)


def signal_underflows(layer: Layer) -> bool:
    """True if a layer whose output is all zeros would have another one in float64."""
    last = len(layer.inputs) - 1
    inputs = layer.inputs[_part(layer, last)].astype(np.float64)
    return bool(inputs.any()) and bool(layer.float64_copy(last).forward(inputs, layer.iteration).output.any())
