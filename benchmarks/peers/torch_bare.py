"""PyTorch without a single statistic; recurrent layers in its fused modules, without gradients by step."""

from collections.abc import Callable

from benchmarks.peers.torch_modules import entering, loss, recurrent, stack, tensor
from gradsim.sim.engine.build import Network

LABEL = "PyTorch bare"


def prepare(network: Network) -> Callable[[], object]:
    """Forward and backward."""
    head = loss(network)
    if network.scenario.has_state:
        module, sequence = recurrent(network), tensor(network.input)

        def unroll() -> None:
            module.zero_grad()
            head(module(sequence)[0][-1]).backward()

        return unroll
    model, inputs = stack(network), entering(network)

    def run() -> None:
        model.zero_grad()
        head(model(inputs)).backward()

    return run
