"""What theory says of convolutions at the start, against passes; tolerances are those of the width."""

import math
from typing import Any

import numpy as np
import pytest

from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate


def passed(seed: int = 0, image: int = 8, batch: int = 4, **network: Any) -> Trace:
    return simulate(parse_scenario({
        "seed": seed, "network": {"kind": "conv", **network}, "data": {"batch": batch, "image": [image, image]},
        "precision": {"format": "float64"},
    }))  # fmt: skip


def per_layer(trace: Trace) -> float:
    """The factor of the gradient's norm, in the geometric mean over the layers."""
    norms = trace.profile["gradient_norm"][:, 0]
    return float((norms[0] / norms[-1]) ** (1 / (trace.depth - 1)))


@pytest.mark.parametrize("padding", ["circular", "zeros"])
def test_delta_orthogonal_keeps_every_gradient(padding: str) -> None:
    """Xiao et al. 2018: of linear layers each keeps the norm, and so do 200; only a kernel's centre is not 0."""
    norms = passed(depth=200, width=8, batch=2, activation="linear", init="delta_orthogonal", padding=padding)
    sizes = norms.profile["gradient_norm"][:, 0]
    np.testing.assert_allclose(sizes, sizes[0], rtol=1e-13)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_delta_orthogonal_tanh_loses_what_its_slopes_do(seed: int) -> None:
    """Gain^2 1.1, 30 layers: the slopes' mean field gives a ratio of rms of 0.405."""
    init = {"name": "delta_orthogonal", "gain": math.sqrt(1.1)}
    ratio = passed(seed, depth=30, width=24, activation="tanh", init=init).verdict.ratio
    assert ratio == pytest.approx(0.405, rel=0.1)


@pytest.mark.parametrize("image", [4, 8])
def test_zero_padding_loses_what_looks_over_the_edge(image: int) -> None:
    """Of n x n images the factor tends to (1 + 2 cos(pi / (n + 1))) / 3, beside the same net that wraps around.

    Both share their weights, whose scatter is that of the width.
    """
    ratios = []
    for seed in range(2):
        zeros, wraps = (
            passed(seed, image, 2, depth=40, width=24, activation="relu", padding=padding)
            for padding in ("zeros", "circular")
        )
        ratios.append(per_layer(zeros) / per_layer(wraps))
    assert np.mean(ratios) == pytest.approx((1 + 2 * math.cos(math.pi / (image + 1))) / 3, abs=0.015)


BLOCKS = {
    "preactivation with batch norm": ({"order": "preactivation", "norm": "batch", "skip": "identity"}, 4.6, 0.2),
    "resnet with batch norm": ({"order": "resnet", "norm": "batch", "skip": "identity"}, 6.7, 0.2),
    "batch norm without a skip": ({"order": "resnet", "norm": "batch"}, 29, 0.3),
    "a skip without a norm": ({"order": "resnet", "skip": "identity"}, 25, 0.6),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_ten_residual_blocks(name: str) -> None:
    """R of 10 blocks; a skip without a norm doubles the second moment each block, and scatters."""
    network, expected, tolerance = BLOCKS[name]
    ratios = [passed(seed, batch=8, depth=10, width=16, activation="relu", **network).verdict.ratio for seed in (0, 1)]
    assert math.exp(np.mean(np.log(ratios))) == pytest.approx(expected, rel=tolerance)


DEEPER = {  # R of 30 blocks of 24 channels, and the factor within which seeds are
    "preactivation with batch norm": (13.6, 1.3), "resnet with batch norm": (26.6, 1.3),
    "batch norm without a skip": (6e4, 1.7), "a skip without a norm": (1.3e4, 3.5),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", DEEPER)
def test_thirty_residual_blocks(name: str, seed: int) -> None:
    """With a norm in each branch R grows about as their number; without the skip or the norm as a power."""
    expected, factor = DEEPER[name]
    ratio = passed(seed, batch=8, depth=30, width=24, activation="relu", **BLOCKS[name][0]).verdict.ratio
    assert expected / factor < ratio < expected * factor


@pytest.mark.slow
def test_a_hundred_layers_keep_a_sixtieth_of_what_the_edge_does_not_get() -> None:
    """The factor of 8 x 8 images, 0.9598, to the power of 99, beside the same nets that wrap around; a median."""
    quotients = []
    for seed in range(3):
        zeros, wraps = (passed(seed, 8, 2, depth=100, width=24, activation="relu", padding=padding).verdict.ratio
                        for padding in ("zeros", "circular"))  # fmt: skip
        quotients.append(zeros / wraps)
    assert 0.017 / 3 < np.median(quotients) < 0.017 * 3


def test_each_preactivation_block_adds_one() -> None:
    """Its branch ends in he-normal weights over a normalised relu, of second moment 1: S grows by 1 a block."""
    result = passed(
        batch=8, depth=10, width=16, activation="relu", order="preactivation", norm="batch", skip="identity"
    )
    square = result.profile["activation_rms"][:, 0] ** 2
    assert (square[-1] - square[0]) / 9 == pytest.approx(1, rel=0.25)


WHY = [
    ({"depth": 200, "activation": "linear", "init": "lecun_normal", "padding": "zeros"}, 8, "zeros beyond the edge"),
    ({"depth": 7, "activation": "linear", "init": {"name": "delta_orthogonal", "gain": 0.9},
      "pool": {"name": "average", "every": 1}}, 128, "each pool multiplies it by 0.50"),
    ({"depth": 24, "order": "resnet", "norm": "batch", "activation": "relu"}, 4, "block with its norm multiplies it"),
    ({"depth": 14, "order": "resnet", "activation": "sigmoid"}, 4, "each block multiplies it by"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "image", "told"), WHY)
def test_the_verdict_blames_what_is_there(network: dict[str, Any], image: int, told: str) -> None:
    assert told in passed(image=image, batch=2, width=8, **network).verdict.why
