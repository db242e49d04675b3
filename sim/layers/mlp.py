"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..format import Format, number_format
from ..kernel import Array
from ..layer import Operation, Statistics, grad_name
from ..mlp_operations import backward, forward
from ..place import Place
from ..products import product
from ..randomness import draws, stream
from ..scenario import Scenario
from ..statistics import MAX, NONFINITE, RMS, STD, by_step, multiply_slope
from ..tally import Tally, keep_gradient, vanished

SATURATED = 0.05  # a slope below this share of the largest slope counts as saturated


@dataclass(frozen=True)
class Parts:
    """The choices that all layers of a network share, loaded once."""

    activation: Any
    activation_parameters: tuple[Any, ...]
    norm: Any
    norm_parameters: tuple[Any, ...]
    learnable_scale: bool
    seed: int
    format: Format


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator["Mlp"]:
    """The layers of a network with their initial parameters, from the input upwards."""
    network = scenario.network
    activation, norm, skip, init, bias = (
        choice.load() for choice in (network.activation, network.norm, network.skip, network.init, network.bias)
    )
    activation_parameters = tuple(network.activation.parameters.values())
    active = norm.ACTIVE
    parts = Parts(
        activation, activation_parameters, norm if active else None,
        norm.resolve(network.width, *network.norm.parameters.values()) if active else (),
        skip.LEARNABLE, scenario.seed, form,
    )  # fmt: skip
    gain = activation.gain(*activation_parameters)
    fan_in = inputs
    for number in range(1, network.depth + 1):
        joins = skip.JOINS and fan_in == network.width
        place = Place(depth=network.depth, residual=joins, gain=gain, fan_in=fan_in)
        weights, biases = stream(scenario.seed, "weights", number), stream(scenario.seed, "bias", number)
        drawn = {
            "weight": init.weights(weights, network.width, fan_in, place, **network.init.parameters),
            "bias": bias.weights(biases, network.width, 1, place, **network.bias.parameters)[:, 0],
        }
        if active:
            drawn["norm.weight"] = np.ones(network.width)
            drawn |= {"norm.bias": np.zeros(network.width)} if norm.BIAS else {}
        if joins:
            drawn["scale"] = np.array([skip.scale(network.depth, *network.skip.parameters.values())])
        yield Mlp(parts, number, *form.parameters(drawn))
        fan_in = network.width


class Mlp:
    """One fully connected layer and the arrays of its last pass, as matrices of (steps x batch, features)."""

    matrices = {"": "weight"}  # noqa: RUF012
    feedback = ()
    iteration = 0
    recording = False
    grad_start = np.zeros(1)  # there is no state

    def __init__(
        self, parts: Parts, number: int, parameters: dict[str, Array], drawn: Mapping[str, Array] | None = None
    ):
        self.parts, self.number, self.parameters = parts, number, parameters
        self.drawn: Mapping[str, Array] = drawn or {}  # parameters that were too large, as they were drawn
        self.joins = "scale" in parameters
        self.tick: Callable[[], None] = lambda: None
        self.release()

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(key for key in self.parameters if key != "scale" or self.parts.learnable_scale)

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.gradients: dict[str, Array] = {}
        self.lost: dict[str, float] = {}
        self.statistics: Statistics = {}
        self.nonfinite = 0
        self._kept: dict[str, Array] = {}

    def twin(self, _step: int) -> "Mlp":
        """The same layer with its parameters in float64."""
        parts = replace(self.parts, format=number_format("float64"))
        twin = Mlp(parts, self.number, {k: v.astype(np.float64) for k, v in self.parameters.items()})
        twin.iteration = self.iteration
        return twin

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in (steps, batch, fan-in)."""
        self.entered, self._shape, keep = hidden, hidden.shape[:2], self.parts.format.keep
        rows = hidden.reshape(-1, hidden.shape[2])
        preactivation = product(rows, self.parameters["weight"].T)
        preactivation += self.parameters["bias"]
        keep(preactivation)
        self._kept = {"input": rows, "preactivation": preactivation}
        branch = self._activate(self._normalise(preactivation))
        moments = by_step(self.unrolled(preactivation))
        self.statistics["preactivation_std"] = moments[:, STD]
        self.nonfinite = int(moments[:, NONFINITE].sum())
        if self.parts.norm is not None:  # an activation may make inf finite again
            self.nonfinite += int(np.count_nonzero(~np.isfinite(self._kept["argument"])))
        self.hidden = self.unrolled(keep(rows + keep(self.parameters["scale"] * branch)) if self.joins else branch)
        return self.hidden

    def _normalise(self, preactivation: Array) -> Array:
        norm = self.parts.norm
        if norm is None:
            return preactivation
        normalised = np.empty_like(preactivation)
        inverse = np.empty(norm.inverse_shape(*preactivation.shape, *self.parts.norm_parameters), preactivation.dtype)
        norm.forward(preactivation, normalised, inverse, *self.parts.norm_parameters)
        self._kept |= {"normalised": normalised, "inverse": inverse}
        shifted = normalised * self.parameters["norm.weight"]
        if "norm.bias" in self.parameters:
            shifted = shifted + self.parameters["norm.bias"]
        return self.parts.format.keep(shifted)

    def _activate(self, argument: Array) -> Array:
        branch = np.empty_like(argument)
        self.draws: tuple[Any, ...] = self.parts.activation_parameters
        if hasattr(self.parts.activation, "draw"):
            random = stream(self.parts.seed, draws(self.iteration, "activation"), self.number)
            drawn = self.parts.activation.draw(random, argument.size, argument.dtype, *self.draws)
            self.draws = tuple(self.parts.format.keep(draw) for draw in drawn)
        self.parts.activation.value(argument.reshape(-1), branch.reshape(-1), *self.draws)
        self._kept |= {"argument": argument, "branch": self.parts.format.keep(branch)}
        return branch

    def pull(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out (steps, batch, width); fills gradients and the chain-rule factors."""
        self.grad_hidden, self._tally = grad, Tally(self.parts.format, len(grad))
        outer = grad.reshape(self._kept["branch"].shape)
        grad_branch = self._stored(outer * self.parameters["scale"]) if self.joins else outer
        self._kept["grad_branch"] = grad_branch
        grad_argument = self._pull_activation(grad_branch)
        grad_preactivation = self._pull_norm(grad_argument)
        self.gradients["weight"] = product(grad_preactivation.T, self._kept["input"])
        self.gradients["bias"] = grad_preactivation.sum(axis=0)
        through = self._stored(product(grad_preactivation, self.parameters["weight"]))
        if self.joins and self.parts.learnable_scale:
            self.gradients["scale"] = np.array([np.vdot(outer, self._kept["branch"])])
        self._kept |= {"grad_argument": grad_argument, "grad_preactivation": grad_preactivation}
        self._measure(grad_branch, grad_argument, grad_preactivation, through)
        self._keep_gradients(grad_preactivation)
        grad_in = self._stored(through + outer) if self.joins else through
        self.statistics["underflow_fraction"] = self._tally.fraction
        self._kept |= {"through": through, "grad_input": grad_in}
        return self.unrolled(grad_in)

    def _stored(self, rows: Array) -> Array:
        self._tally.keep(self.unrolled(rows))
        return rows

    def _keep_gradients(self, grad_preactivation: Array) -> None:
        """Round the parameters' gradients as they are stored."""
        form, weight = self.parts.format, self.gradients["weight"]
        if form.native:
            lost = vanished(form, grad_preactivation.T, self._kept["input"], weight, self._top)
            self.lost["weight"] = lost / weight.size
            return
        for key, value in self.gradients.items():
            self.lost[key] = keep_gradient(form, value)

    def _pull_activation(self, grad_branch: Array) -> Array:
        argument, activation = self._kept["argument"], self.parts.activation
        slope, out, small = np.empty_like(argument), np.empty_like(argument), np.empty((self._shape[0], 2))
        activation.slope(argument.reshape(-1), self._kept["branch"].reshape(-1), slope.reshape(-1), *self.draws)
        least = SATURATED * activation.largest_slope(*self.parts.activation_parameters)
        by_rows = (len(small), -1)
        multiply_slope(slope.reshape(by_rows), grad_branch.reshape(by_rows), least, out.reshape(by_rows), small)
        self.statistics["saturated_fraction"] = small[:, 0] / (slope.size / len(small))
        self._tally.lost += small[:, 1]
        self._kept["slope"] = slope
        return self._stored(out)

    def _pull_norm(self, grad_argument: Array) -> Array:
        norm = self.parts.norm
        if norm is None:
            return grad_argument
        normalised, out = self._kept["normalised"], np.empty_like(grad_argument)
        self.gradients["norm.weight"] = (grad_argument * normalised).sum(axis=0)
        if "norm.bias" in self.parameters:
            self.gradients["norm.bias"] = grad_argument.sum(axis=0)
        grad_normalised = grad_argument * self.parameters["norm.weight"]
        norm.pull(normalised, self._kept["inverse"], grad_normalised, out, *self.parts.norm_parameters)
        return self._stored(out)

    def _measure(self, grad_branch: Array, grad_argument: Array, grad_preactivation: Array, through: Array) -> None:
        moments = [by_step(self.unrolled(x)) for x in (grad_branch, grad_argument, grad_preactivation, through)]
        branch, argument, preactivation, below = (m[:, RMS] for m in moments)
        self._top = float(moments[2][:, MAX].max())
        if self.parts.format.native:
            self._tally.product(grad_preactivation, self.parameters["weight"], through, top=self._top)
        self.statistics |= {  # what is pulled back of 0 is 0, so that a factor of 0 is 0/0, nan
            "slope_factor": argument / branch,
            "norm_factor": preactivation / argument,
            "weight_factor": below / preactivation * np.sqrt(through.shape[1] / grad_preactivation.shape[1]),
        }
        self.nonfinite = int(sum(m[:, NONFINITE].sum() for m in moments[1:]))

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the last pass in the order in which they were made."""
        yield from (forward if phase == "forward" else backward)(self, self._kept)

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        hidden, grad_hidden = (x.reshape(-1, x.shape[2]) for x in (self.hidden, self.grad_hidden))
        named = dict(self.parameters) | {
            "preactivation": self._kept["preactivation"], "activation": hidden,
            "grad_activation": grad_hidden, "grad_preactivation": self._kept["grad_preactivation"],
        }  # fmt: skip
        if hasattr(self.parts.activation, "draw"):
            named["activation_slopes"] = self.draws[0].reshape(hidden.shape)
        return named | {grad_name(key): value for key, value in self.gradients.items()}

    def closely(self, _step: int) -> Mapping[str, Array]:
        """The arrays worth a histogram."""
        return {
            "preactivation": self._kept["preactivation"], "activation": self.hidden,
            "slope": self._kept["slope"], "gradient": self.grad_hidden,
        }  # fmt: skip

    def unrolled(self, rows: Array) -> Array:
        """Rows (steps x batch, features) as (steps, batch, features)."""
        return rows.reshape(*self._shape, -1)
