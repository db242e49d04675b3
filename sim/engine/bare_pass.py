"""A pass without statistics: the loss, and the gradients of the parameters."""

from collections.abc import Callable

import numpy as np

from ..network.block import Progress, unwatched
from ..network.layer import Layer
from .build import Network


def bare_pass(
    network: Network, on_gradients: Callable[[Layer], None], check: Progress = unwatched, iteration: int = 0
) -> float:
    """The loss; `on_gradients` sees each layer, from the last down, while it has its gradients.

    `check` is called now and then and may raise Cancelled. The readout keeps its gradients.
    """
    hidden = network.input
    with np.errstate(all="ignore"):
        for block in network.blocks:
            check()
            hidden = block.forward(hidden, iteration, check).output
            block.drop_saved()
        loss = network.head.forward(hidden)
        grad, last = network.head.backward().grad, len(network.layers)
        for block in reversed(network.blocks):
            check()
            back = block.backward(grad, check)
            back.complete()
            grad = back.grad_input
            for layer in reversed(network.layers[last - block.count : last]):
                on_gradients(layer)
            last -= block.count
            block.free()
    return loss
