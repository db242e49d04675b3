"""PyTorch with hooks that only keep the arrays: statistics of all layers at once, for the memory of all gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.peers import Unfit
from benchmarks.peers.torch_modules import linears, loss, stack, statistics, tensor
from gradsim.sim.engine.build import Network

LABEL = "PyTorch, all kept"


def prepare(network: Network) -> Callable[[], object]:
    """Forward and backward with statistics of activations, gradients and weight gradients."""
    if network.scenario.reads_sequence or network.scenario.reads_image:
        raise Unfit
    model, inputs, head = stack(network), tensor(network.input[0]), loss(network)
    hidden: list[Tensor] = []
    grads: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: object, out: Tensor) -> None:
        hidden.append(out.detach())
        out.register_hook(grads.append)

    for block in model:
        block.register_forward_hook(hook)

    def run() -> object:
        hidden.clear()
        grads.clear()
        model.zero_grad()
        head(model(inputs)).backward()
        weights = [linear.weight.grad for linear in linears(model)]
        return torch.cat([statistics(torch.stack(kept).flatten(1)) for kept in (hidden, grads, weights)]).numpy()

    return run
