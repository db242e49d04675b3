"""gradsim's networks as PyTorch modules with the same parameters; no peer itself."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gradsim.sim.engine.build import Network
from gradsim.sim.numerics.image import shaped
from gradsim.sim.numerics.threads import threads

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Residual(nn.Module):
    """h + branch(h)."""

    def __init__(self, branch: nn.Module):
        super().__init__()
        self.branch = branch

    def forward(self, hidden: Tensor) -> Tensor:
        """The sum of both ways."""
        return hidden + self.branch(hidden)


def tensor(array: object) -> Tensor:
    """A tensor of its own memory."""
    return torch.from_numpy(array.copy())  # type: ignore[attr-defined]


class ResidualBlock(nn.Module):
    """Two convolutions with batch norm, the sum before the last activation."""

    def __init__(self, own: Mapping[str, object], padding: str):
        super().__init__()
        self.branch = nn.Sequential(conv(own, "conv1", padding), nn.ReLU(), conv(own, "conv2", padding))

    def forward(self, hidden: Tensor) -> Tensor:
        """The sum of both ways, activated."""
        return torch.relu(hidden + self.branch(hidden))


class EncoderBlock(nn.Module):
    """Attention, then an MLP, each with the norm before it and a skip round both."""

    def __init__(self, own: Mapping[str, object], heads: int):
        super().__init__()
        weights = {key: tensor(value) for key, value in own.items()}
        width, hidden = weights["linear2.weight"].shape
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attn, self.gelu = nn.MultiheadAttention(width, heads), nn.GELU()
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.load_state_dict(weights)

    def forward(self, hidden: Tensor) -> Tensor:
        """(steps, batch, width); the weights of attention are made, as their entropy is asked for."""
        y = self.norm1(hidden)
        hidden = hidden + self.self_attn(y, y, y, need_weights=True, average_attn_weights=False)[0]
        made: Tensor = hidden + self.linear2(self.gelu(self.linear1(self.norm2(hidden))))
        return made


class LastToken(nn.Module):
    """The last step of a sequence."""

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, width) of (steps, batch, width)."""
        return hidden[-1]


def recorded(model: nn.Sequential) -> tuple[list[Tensor], list[Tensor]]:
    """The outputs of a stack's layers and their gradients, which each pass adds, the gradients from the last on."""
    hidden: list[Tensor] = []
    grads: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: object, out: Tensor) -> None:
        hidden.append(out.detach())
        out.register_hook(grads.append)

    for block in model:
        block.register_forward_hook(hook)
    return hidden, grads


def entropy(weights: Tensor) -> Tensor:
    """Of weights (batch, heads, steps, steps) in nats, and their largest, as a row of statistics."""
    mean = -(weights * weights.clamp_min(1e-30).log()).sum(-1).mean()
    return torch.stack([mean, weights.max(), *[mean.new_zeros(())] * 4])[None]


def conv(own: Mapping[str, object], name: str, padding: str) -> nn.Sequential:
    """A convolution and its norm."""
    weight, bias = tensor(own[f"{name}.weight"]), tensor(own[f"{name}.bias"])
    out, channels, size, _ = weight.shape
    module = nn.Conv2d(channels, out, size, padding=size // 2, padding_mode=padding)
    module.weight.data, module.bias.data = weight, bias
    return nn.Sequential(module, nn.BatchNorm2d(out))


def entering(network: Network) -> Tensor:
    """What goes in, an image in its shape, a sequence with its steps first."""
    if network.scenario.reads_sequence:
        return tensor(network.input)
    return tensor(shaped(network.input[0], network.layers[0].graph.fan_in))


def stack(network: Network) -> nn.Sequential:
    """An mlp or a residual net, one module a layer."""
    torch.set_num_threads(threads())
    own, blocks = network.scenario.network, []
    if network.scenario.mixes_steps:
        layers = [EncoderBlock(layer.parameters, own.own("heads")) for layer in network.layers]
        norm = nn.LayerNorm(own.width)
        norm.load_state_dict(
            {key.removeprefix("norm."): tensor(value) for key, value in network.ends.parameters.items()}
        )
        return nn.Sequential(*layers, norm, LastToken())
    if network.scenario.reads_image:
        return nn.Sequential(*(ResidualBlock(layer.parameters, own.own("padding")) for layer in network.layers))
    for layer in network.layers:
        weight = layer.parameters["weight"]
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data, linear.bias.data = tensor(weight), tensor(layer.parameters["bias"])
        norms = {"none": [], "layer": [nn.LayerNorm(len(weight))], "batch": [nn.BatchNorm1d(len(weight))]}
        block = nn.Sequential(linear, *norms[own.norm.name], ACTIVATIONS[own.activation.name]())
        blocks.append(Residual(block) if own.skip.name == "identity" else block)
    return nn.Sequential(*blocks)


def linears(model: nn.Module) -> list[nn.Linear | nn.Conv2d]:
    """The modules with weight matrices from the input upwards."""
    return [module for module in model.modules() if isinstance(module, nn.Linear | nn.Conv2d)]


def recurrent(network: Network) -> nn.RNNBase:
    """A recurrent layer of PyTorch's own."""
    torch.set_num_threads(threads())
    own = network.layers[0].parameters
    module = CELLS[network.scenario.network.kind](own["weight_ih"].shape[1], own["weight_hh"].shape[1])
    for name, value in own.items():
        getattr(module, f"{name}_l0").data = tensor(value)
    return module


def loss(network: Network) -> "Loss":
    """The probe's loss on the last hidden state."""
    return Loss(tensor(shaped(network.head.target, network.layers[-1].graph.width)))


class Loss:
    """sum(G h) / batch."""

    def __init__(self, probe: Tensor):
        self.probe = probe

    def __call__(self, hidden: Tensor) -> Tensor:
        """The loss of the last hidden states (batch, width)."""
        return (self.probe * hidden).sum() / len(hidden)


def statistics(x: Tensor) -> Tensor:
    """Of each row of x (rows, n): mean, std, rms, max |x|, zeros, non-finite count; (rows, 6)."""
    n = x.shape[1]
    variance, mean = torch.var_mean(x, dim=1, correction=0)
    rms = torch.linalg.vector_norm(x, dim=1) / math.sqrt(n)
    top = torch.linalg.vector_norm(x, ord=math.inf, dim=1)
    zeros, bad = n - torch.count_nonzero(x, dim=1), n - x.isfinite().sum(dim=1)
    return torch.stack([mean, variance.sqrt(), rms, top, zeros, bad], dim=1)
