"""What comes after the last layer: a readout where the loss needs one, and the loss."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import menu
from .kernel import Array
from .place import Place
from .products import product
from .randomness import stream
from .samples import Samples
from .scenario import Scenario


class Head:
    """Readout y = h_L R^T + c and loss; the probe has no readout: L = sum(G h_L) / batch."""

    def __init__(self, scenario: Scenario, samples: Samples, dtype: Any):
        self.loss_item = menu.load("losses", scenario.loss.name)
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        network, seed = scenario.network, scenario.seed
        if self.loss_item.READOUT:
            init, bias = network.init, network.bias
            place = Place(depth=network.depth, residual=False, gain=1.0, fan_in=network.width)
            shape = (samples.outputs, network.width)
            weight = init.load().weights(stream(seed, "readout weight"), *shape, place, **init.parameters)
            column = bias.load().weights(stream(seed, "readout bias"), samples.outputs, 1, place, **bias.parameters)
            self.parameters = {"weight": weight.astype(dtype), "bias": column[:, 0].astype(dtype)}
            target = samples.target
            self.target: Array = target.astype(dtype) if target.dtype.kind == "f" else target
        else:
            shape = (len(samples.input), network.width)
            self.target = stream(seed, "probe").standard_normal(shape).astype(dtype)

    def forward(self, hidden: Array) -> float:
        """The loss of the last step of the hidden states (steps, batch, width)."""
        self._hidden = hidden
        last = hidden[-1]
        self.output = last
        if self.parameters:
            self.output = product(last, self.parameters["weight"].T) + self.parameters["bias"]
        loss, self.grad_output = self.loss_item.value_and_gradient(self.output, self.target)
        self.loss = hidden.dtype.type(loss)  # a framework keeps it in the pass's format
        return float(self.loss)

    def pull(self) -> Array:
        """dL/dh_L (steps, batch, width), straight from the loss; fills gradients."""
        grad = self.grad_output
        if self.parameters:
            self.gradients = {"weight": product(grad.T, self._hidden[-1]), "bias": grad.sum(axis=0)}
            grad = product(grad, self.parameters["weight"])
        out = np.zeros_like(self._hidden)
        out[-1] = grad
        return out

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by its name in a dump."""
        named: dict[str, Any] = {"loss": np.asarray(self.loss)}
        if not self.parameters:
            return named | {"probe": self.target}
        named |= {"target": self.target, "output": self.output}
        named |= {f"readout.{key}": value for key, value in self.parameters.items()}
        return named | {f"readout.grad_{key}": value for key, value in self.gradients.items()}
