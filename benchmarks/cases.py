"""The networks that are timed, and how fast gradsim promises to be on each beside a peer."""

from dataclasses import dataclass, field

from gradsim.sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Case:
    """A network in float32 and its targets: by peer how many times its time we may take at most, here as speed-ups.

    The floor's target is the other way round, ours / floor, as nothing is faster than the floor.
    """

    label: str
    changes: dict[str, object]
    targets: dict[str, float] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        """The scenario that builds it."""
        return Scenario().edit({"precision.format": "float32", **self.changes})


GAINS = {"relu": "he_normal", "tanh": "xavier_normal", "gelu": "he_normal"}
SMALL = {"torch_hooks": 8.0, "jax_scan": 1.8, "numpy_products": 1.6, "torch_bare": 1.3}
MIDDLE = {"torch_hooks": 2.0, "jax_scan": 1.8, "numpy_products": 1.3, "torch_bare": 1.0}
LARGE = {"torch_hooks": 1.15, "jax_scan": 1.15, "numpy_products": 1.15, "torch_bare": 0.9}
NORMED = {"torch_hooks": 2.5, "jax_scan": 1.5, "numpy_products": 1.6, "torch_bare": 1.2}
HEALTHY: dict[str, dict[str, object]] = {
    "rnn": {"network.activation": "tanh", "network.recurrent_init": "orthogonal", "network.init": "gpt2"},
    "lstm": {"network.forget_bias": 4.0},
    "gru": {"network.bias": 1.0},
}
IMAGES = {"torch_hooks": 0.83}
TOKENS = {"torch_hooks": 1.0}
TIME = {"torch_hooks": 2.5, "torch_bare": 1.0, "numpy_products": 1.5}


def mlp(depth: int, width: int, batch: int, activation: str, targets: dict[str, float], **more: object) -> Case:
    """A fully connected case; `more` are keys of the network."""
    words = [f"{depth} x {width} x {batch}", activation, *(f"{value} {key}" for key, value in more.items())]
    changes = {"network.depth": depth, "network.width": width, "data.batch": batch, "network.activation": activation}
    changes |= {"network.init": GAINS[activation], **{f"network.{key}": value for key, value in more.items()}}
    return Case(", ".join(words), changes, targets)


def recurrent(kind: str, steps: int, width: int, batch: int) -> Case:
    """A recurrent case of one layer, in which no number becomes subnormal: those are slow in any program."""
    changes = {"network.kind": kind, "network.depth": 1, "network.width": width, "data.batch": batch,
               "data.inputs": width, "time.steps": steps}  # fmt: skip
    changes |= HEALTHY[kind]
    return Case(f"{kind}, {steps} steps x {width} x {batch}", changes, TIME)


def images(depth: int, width: int, side: int, batch: int, padding: str) -> Case:
    """Residual blocks of two convolutions with batch norm."""
    changes: dict[str, object] = {
        "network.kind": "conv", "network.order": "resnet", "network.norm": "batch", "network.skip": "identity",
        "network.activation": "relu", "network.depth": depth, "network.width": width, "data.image": [side, side],
        "data.batch": batch, "network.padding": padding,
    }  # fmt: skip
    label = f"resnet, {depth} blocks x {width} channels on {side} x {side} x {batch}, {padding}"
    return Case(label, changes, IMAGES)


def tokens(depth: int, width: int, steps: int, batch: int) -> Case:
    """Transformer blocks, the norm first."""
    changes: dict[str, object] = {
        "network.kind": "transformer", "network.depth": depth, "network.width": width, "time.steps": steps,
        "data.batch": batch,
    }  # fmt: skip
    return Case(f"transformer, {depth} blocks x {width} x {steps} tokens x {batch}", changes, TOKENS)


CASES = {
    "small": [mlp(depth, 64, 32, name, SMALL) for depth in (100, 1000) for name in ("relu", "tanh")],
    "middle": [mlp(50, 256, 128, name, MIDDLE) for name in ("relu", "tanh", "gelu")],
    "large": [mlp(20, 1024, 256, "relu", LARGE)],
    "norms": [mlp(50, 256, 128, "relu", NORMED, norm="layer", skip="identity"),
              mlp(50, 256, 128, "relu", NORMED, norm="batch")],
    "images": [images(20, 32, 16, 32, padding) for padding in ("circular", "zeros")],
    "tokens": [tokens(12, 256, 128, 4)],
    "time": [recurrent(kind, 200, 128, 32) for kind in ("rnn", "lstm", "gru")],
}  # fmt: skip
