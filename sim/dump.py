"""Every array of one pass, by the names that a PyTorch user expects."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .layer import Layer
from .passes import build, trace
from .scenario import Scenario
from .trace import Trace
from .whole import write_whole


def dump(scenario: Scenario, *, spectral: bool = False) -> tuple[Trace, dict[str, Any]]:
    """The trace of a pass and copies of all its arrays: input, loss, layers.1.weight, layers.1.grad_weight, ..."""
    network = build(scenario)
    first = network.input.transpose(1, 0, 2) if scenario.recurrent else network.input[0]
    arrays: dict[str, Any] = {"input": first}
    for layer in network.layers:
        layer.recording = True

    def keep(phase: str, number: int, layer: Layer) -> None:
        if phase == "backward":
            arrays.update({f"layers.{number}.{key}": value.copy() for key, value in layer.arrays().items()})

    result = trace(network, keep, spectral)
    return result, arrays | dict(network.head.arrays())


def save_dump(arrays: Mapping[str, Any], path: Path) -> None:
    """Write arrays as an .npz file, whole or not at all; raises UserError if it can't be written."""
    write_whole(path, lambda file: np.savez(file, **arrays))
