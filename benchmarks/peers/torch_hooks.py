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
    model, inputs, head = stack(network), entering(network), loss(network)
    rows: list[Tensor] = []

    def take(x: Tensor) -> None:
        rows.append(statistics(x.detach().reshape(1, -1)))

    def hook(_module: nn.Module, _inputs: object, out: Tensor) -> None:
        take(out)
        out.register_hook(take)

    for block in model:
        block.register_forward_hook(hook)
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            module.register_forward_hook(lambda _module, _inputs, out: rows.append(entropy(out[1].detach())))

    def run() -> object:
        rows.clear()
        model.zero_grad()
        head(model(inputs)).backward()
        for linear in linears(model):
            take(linear.weight.grad)
        return torch.cat(rows).numpy()

    return run


def _cells(network: Network) -> Callable[[], object]:
    """A loop over a cell, so that each step's gradient can be had."""
    module, inputs, head = recurrent(network), tensor(network.input), loss(network)
    kind, (w_ih, w_hh, b_ih, b_hh) = network.scenario.network.kind, module.all_weights[0]
    step = {"rnn": torch.rnn_tanh_cell, "lstm": torch.lstm_cell, "gru": torch.gru_cell}[kind]

    def run() -> object:
        module.zero_grad()
        zero = inputs.new_zeros(inputs.shape[1], w_hh.shape[1])
        state, hidden = (zero, zero) if kind == "lstm" else zero, []
        for x in inputs:
            state = step(x, state, w_ih, w_hh, b_ih, b_hh)
            hidden.append(state[0] if kind == "lstm" else state)
            hidden[-1].retain_grad()
        head(hidden[-1]).backward()
        grads = torch.stack([h.grad for h in hidden]).flatten(1)
        rows = [statistics(torch.stack(hidden).detach().flatten(1)), statistics(grads)]
        rows += [statistics(weight.grad.reshape(1, -1)) for weight in (w_ih, w_hh)]
        return torch.cat(rows).numpy()

    return run
