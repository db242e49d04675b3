"""Whether an exact zero in a pass is an underflow of the number format: a layer's pass is rerun in float64 to tell."""

import numpy as np
from numpy.typing import NDArray

from ..network.block import Backward
from ..network.layer import Layer
from ..numerics.arrays import Array
from ..numerics.moments import RMS, by_step


def signal_underflows(layer: Layer) -> bool:
    """True if a layer whose output is all zeros would have a nonzero one in float64."""
    last = len(layer.inputs) - 1
    inputs = layer.inputs[_steps_of(layer, last)].astype(np.float64)
    return bool(inputs.any()) and bool(layer.float64_copy(last).forward(inputs, layer.iteration).output.any())


def weights_underflow(layer: Layer) -> bool:
    """True if a weight matrix is all zeros only since it was rounded to the number format."""
    names = {matrix.parameter for matrix in layer.matrices.values()} & layer.unrounded.keys()
    return any(not layer.parameters[name].any() for name in names)


def gradient_underflows(layer: Layer) -> bool:
    """True if a layer whose dL/dh_in is all zeros would have a nonzero one in float64.

    Reruns the last step that has a gradient, scaled to a maximum of 1, so that only a zero derivative gives zeros.
    """
    grad = layer.grad_output
    step = int(np.flatnonzero(grad.reshape(len(grad), -1).any(axis=1))[-1])
    if not np.isfinite(grad[step]).all():
        return False
    return bool(_float64_backward(layer, grad, step).grad_input.any())


def gradient_underflows_in_time(layer: Layer, sizes: NDArray[np.float64], truncate: int) -> int:
    """The last step (from 1) with a gradient of the state, if the step before has none only by underflow; else 0.

    `sizes` are rms of the total derivatives (steps,). A zero where truncated backpropagation cuts, every `truncate`
    steps, is no underflow. A bidirectional layer's steps are counted as each direction reads them.
    """
    if layer.directions:
        return max(
            gradient_underflows_in_time(one, by_step(one.grad_hidden)[:, RMS], truncate) for one in layer.directions
        )
    zeros = np.flatnonzero((sizes[:-1] == 0) & (sizes[1:] > 0))
    if not len(zeros) or (truncate and (zeros[-1] + 1) % truncate == 0) or not np.isfinite(sizes[zeros[-1] + 1]):
        return 0
    step = int(zeros[-1]) + 1
    return step + 1 if _float64_backward(layer, layer.grad_hidden, step).grad_start.any() else 0


def _float64_backward(layer: Layer, grad: Array, step: int) -> Backward:
    """The backward pass of a step (from 0) in float64, from its gradient scaled to a maximum of 1."""
    float64_copy, steps = layer.float64_copy(step), _steps_of(layer, step)
    float64_copy.forward(layer.inputs[steps].astype(np.float64), layer.iteration)
    wide = grad[steps].astype(np.float64)
    return float64_copy.backward(wide / np.abs(wide).max())


def _steps_of(layer: Layer, step: int) -> slice:
    """The steps to rerun for one: all, if the layer mixes the steps of a sample (attention)."""
    return slice(None) if layer.graph.over_steps else slice(step, step + 1)
