"""PyTorch as one measures with it: hooks take the statistics of each layer as it goes by; read once at the end."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.peers.torch_modules import entering, entropy, linears, loss, recurrent, stack, statistics, tensor
from gradsim.sim.engine.build import Network

LABEL = "PyTorch with hooks"


def prepare(network: Network) -> Callable[[], object]:
    """Forward and backward with statistics of activations, gradients and weight gradients."""
    return _cells(network) if network.scenario.has_state else _layers(network)


def _layers(network: Network) -> Callable[[], object]:
    model, given, head = stack(network), entering(network), loss(network)
    found: list[Tensor] = []

    def take(x: Tensor) -> None:
        found.append(statistics(x.detach().reshape(1, -1)))

    def hook(_module: nn.Module, _inputs: object, out: Tensor) -> None:
        take(out)
        out.register_hook(take)

    for block in model:
        block.register_forward_hook(hook)
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            module.register_forward_hook(lambda _module, _inputs, out: found.append(entropy(out[1].detach())))

    def run() -> object:
        found.clear()
        model.zero_grad()
        head(model(given)).backward()
        for linear in linears(model):
            take(linear.weight.grad)
        return torch.cat(found).numpy()

    return run


def _cells(network: Network) -> Callable[[], object]:
    """A loop over a cell, so that each step's gradient can be had."""
    module, given, head = recurrent(network), tensor(network.input), loss(network)
    kind, (w_ih, w_hh, b_ih, b_hh) = network.scenario.network.kind, module.all_weights[0]
    step = {"rnn": torch.rnn_tanh_cell, "lstm": torch.lstm_cell, "gru": torch.gru_cell}[kind]

    def run() -> object:
        module.zero_grad()
        zero = given.new_zeros(given.shape[1], w_hh.shape[1])
        state, hidden = (zero, zero) if kind == "lstm" else zero, []
        for x in given:
            state = step(x, state, w_ih, w_hh, b_ih, b_hh)
            hidden.append(state[0] if kind == "lstm" else state)
            hidden[-1].retain_grad()
        head(hidden[-1]).backward()
        grads = torch.stack([h.grad for h in hidden]).flatten(1)
        found = [statistics(torch.stack(hidden).detach().flatten(1)), statistics(grads)]
        found += [statistics(weight.grad.reshape(1, -1)) for weight in (w_ih, w_hh)]
        return torch.cat(found).numpy()

    return run
