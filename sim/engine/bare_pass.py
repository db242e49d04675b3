"""A pass without statistics: the loss, and the gradients of the parameters."""

import numpy as np

from ..network.block import Backward, Progress, unwatched
from ..numerics.arrays import Array
from .build import Network


def bare_pass(network: Network, check: Progress = unwatched, iteration: int = 0) -> float:
    """The loss; the gradients are where the network's parameters are bound to.

    `check` is called now and then and may raise Cancelled.
    """
    entry, exit_ = (None if end is None else end.stack for end in (network.ends.entry, network.ends.exit))
    with np.errstate(all="ignore"):
        hidden = network.input if entry is None else entry.forward(network.input, iteration).output
        for block in network.blocks:
            check()
            hidden = block.forward(hidden, iteration, check).output
            block.drop_saved()
        loss = network.head.forward(hidden if exit_ is None else exit_.forward(hidden, iteration).output)
        grad = network.head.backward().grad
        if exit_ is not None:
            grad = _complete(exit_.backward(grad))
        for block in reversed(network.blocks):
            check()
            grad = _complete(block.backward(grad, check))
            block.free()
        if entry is not None:
            _complete(entry.backward(grad))
    return loss


def _complete(back: Backward) -> Array:
    """What goes on down, once the gradients of the parameters are there."""
    back.complete()
    return back.grad_input
