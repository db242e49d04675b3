"""The parameters of a network as a .safetensors or .npz file, for a scenario or another program."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.build import build
from ..errors import refuse
from ..io.atomic import write_atomically
from ..io.safetensors import write_tensors
from ..network.stored_weights import ENDINGS
from ..numerics.number_format import number_format
from ..scenario.scenario import Scenario
from .arrays import narrow


def weights(scenario: Scenario) -> dict[str, Any]:
    """The learned parameters before the first update, by their names in a dump: layers.1.weight, ..., readout.bias."""
    network, stored = build(scenario), number_format(scenario.precision.format).stored
    named = {f"layers.{layer.number}.{key}": layer.parameters[key] for layer in network.layers for key in layer.learned}
    named |= {key: end.parameters[key] for end in network.ends.both for key in end.learned}
    named |= {f"readout.{key}": value for key, value in network.head.parameters.items()}
    return {name: narrow(value, stored) for name, value in named.items()}


def save_weights(arrays: Mapping[str, Any], path: Path) -> None:
    """Write arrays as .safetensors or .npz, whole or not at all; raises UserError if it can't be written."""
    if path.suffix.lower() not in ENDINGS:
        refuse(path, f"give a name that ends in {' or '.join(ENDINGS)}")
    if path.suffix.lower() == ENDINGS[0]:
        write_atomically(path, lambda file: write_tensors(arrays, file))
    else:
        write_atomically(path, lambda file: np.savez(file, **arrays))
