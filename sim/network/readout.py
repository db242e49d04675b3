"""The head of a network: a linear readout, if the loss needs one, and the loss."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..data.samples import Samples
from ..numerics.arrays import Array
from ..numerics.blas import product
from ..numerics.buffers import bind
from ..numerics.image import shaped
from ..numerics.number_format import Format
from ..numerics.random_streams import stream
from ..ops.operands import Index, Operands, operands_of_product, operands_of_rounding, operands_of_sum
from ..scenario.scenario import Scenario
from .init_context import InitContext
from .layer import NamedArrays, Operation, grad_name


class HeadGradient(NamedTuple):
    """What a head's backward pass returns."""

    grad: Array  # loss scale x dL/dh_L, (steps, batch, width)
    underflowed: str  # what underflowed, in words; "" if nothing did
    overflowed: bool  # whether a gradient of the readout's parameters is not finite


class Head:
    """Readout y = h_L R^T + c and loss, of h_L (steps, batch, `features`), the last layer's output.

    The loss is of the last step, of all steps, or of the last state of each direction. The probe has no readout:
    L = sum(G h_L) / batch, with a random matrix G.
    """

    def __init__(self, scenario: Scenario, samples: Samples, form: Format, features: int):
        self.format, self.depth, self.features = form, scenario.depth, features
        self.loss_scale = 1.0  # factor of all gradients
        self.loss_item, self.loss_arguments = scenario.loss.name.load(), tuple(scenario.loss.name.parameters.values())
        self.parameters: dict[str, Array] = {}
        self.unrounded: dict[str, Array] = {}  # parameters that the number format cannot hold, before rounding
        self.gradients: dict[str, Array] = {}
        self.bound_gradients: dict[str, Array] = {}  # views of a vector into which gradients are copied, see `bind`
        seed = scenario.seed
        self.sequence, self.every = scenario.reads_sequence, scenario.loss.at_every_step
        self.ends = scenario.loss.at_ends  # one step: the last state of each direction, concatenated
        # then a dump has h_L, which a final norm may have changed since the last layer
        self.tokens = scenario.reads_sequence and not scenario.has_state
        self.summed = scenario.loss.name.entry.metadata.get("OVER_STEPS") == "sum"
        if self.loss_item.READOUT:
            init, bias = scenario.readout_init, scenario.readout_bias
            context = InitContext(scenario.depth, False, 1.0, features, scenario.last_activation)
            shape = (samples.outputs, features)
            weight = init.load().weights(stream(seed, "readout weight"), *shape, context, **init.parameters)
            column = bias.load().weights(stream(seed, "readout bias"), samples.outputs, 1, context, **bias.parameters)
            self.parameters, self.unrounded = form.parameters({"weight": weight, "bias": column[:, 0]})
            self.set_targets(samples)
        else:
            shape = (len(samples.input), features)
            self.target: Array = self._rounded(stream(seed, "probe").standard_normal(shape))

    def _rounded(self, values: Array) -> Array:
        return self.format.round_(values.astype(self.format.dtype))

    def set_targets(self, samples: Samples) -> None:
        """Set the targets of a batch; the probe has none but its random matrix."""
        if self.parameters:
            target = samples.target
            self.target = self._rounded(target) if target.dtype.kind == "f" else target

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(self.parameters)

    @property
    def size(self) -> int:
        """How many numbers the readout's parameters have."""
        return sum(value.size for value in self.parameters.values())

    def bind(self, vector: Array, gradients: Array) -> None:
        """Make the parameters views of a vector (size,); backward passes copy their gradients into the other one."""
        bind(self.parameters, self.learned, vector)
        self.bound_gradients = {key: np.zeros_like(value) for key, value in self.parameters.items()}
        bind(self.bound_gradients, self.learned, gradients)

    def accuracy(self) -> float:
        """Share of correct outputs of the last pass; nan if one is not finite, or if the loss has no accuracy."""
        of_step, steps = getattr(self.loss_item, "accuracy", None), len(self.output)
        if of_step is None or not np.isfinite(self.output).all():
            return float("nan")
        return float(np.mean([of_step(self.output[t], self.target_at(t - steps)) for t in range(steps)]))

    def forward(self, inputs: Array) -> float:
        """The loss of h_L (steps, batch, width): the mean over the steps that it reads, or their sum."""
        self.inputs = inputs
        self.loss_states = states = self._states_of_loss(inputs)
        self.output = states
        if self.parameters:
            self.output = self._product(states, self.parameters["weight"].T)
            self.output += self.parameters["bias"]
            self.format.round_(self.output)
        losses, self.grad_output = 0.0, np.empty_like(self.output)
        steps = 1 if self.summed else len(states)
        for t in range(len(states)):
            target = self.target_at(t - len(states))
            loss, grad = self.loss_item.value_and_gradient(self.output[t], target, *self.loss_arguments)
            losses += loss
            self.grad_output[t] = grad / steps if steps > 1 else grad
        self.loss = self._rounded(np.array(losses / steps))[()]  # a framework stores it in the pass's format
        return float(self.loss)

    def _states_of_loss(self, inputs: Array) -> Array:
        """The states that readout and loss read, (steps or 1, batch, width)."""
        if not self.ends:
            return inputs if self.every else inputs[-1:]
        half = inputs.shape[2] // 2
        return np.concatenate([inputs[-1:, :, :half], inputs[:1, :, half:]], axis=2)

    def _at_all_steps(self, grad: Array) -> Array:
        """The gradient of h_L from that of `_states_of_loss`: 0 at steps that the loss does not read."""
        if len(self.inputs) == 1 and not self.ends:
            return grad.copy()
        out, half = np.zeros_like(self.inputs), grad.shape[2] // 2
        if self.ends:
            out[-1:, :, :half], out[:1, :, half:] = grad[..., :half], grad[..., half:]
        else:
            out[-len(grad) :] = grad
        return out

    def target_at(self, step: int) -> Array:
        """The target of a step; the only one, if the data have not one for each step."""
        by_step = self.target.ndim == (3 if self.target.dtype.kind == "f" else 2)
        return self.target[:, step] if by_step else self.target

    def _product(self, left: Array, right: Array) -> Array:
        """The matrix product of (steps, batch, m) and (m, n), its factors rounded if the format asks for it."""
        factor = self.format.factor
        return product(factor(left.reshape(-1, left.shape[2])), factor(right)).reshape(*left.shape[:2], -1)

    def backward(self) -> HeadGradient:
        """The backward pass of loss and readout; fills `gradients`."""
        grad, round_, counts = self.grad_output, self.format.round_, np.zeros(len(self.grad_output))
        grad = round_(grad * self.format.dtype.type(self.loss_scale) if self.loss_scale != 1 else grad.copy(), counts)
        self.scaled_grad = grad
        scaled_away = int(np.sum((grad == 0) & (self.grad_output != 0))) if self.loss_scale < 1 else 0
        if self.parameters:
            rows, factor = grad.reshape(-1, grad.shape[2]), self.format.factor
            states = self.loss_states.reshape(len(rows), -1)
            of_weight = round_(product(factor(rows).T, factor(states)))
            self.gradients = {"weight": of_weight, "bias": round_(rows.sum(axis=0))}
            for key, view in self.bound_gradients.items():
                view[...] = self.gradients[key]
            grad = round_(self._product(grad, self.parameters["weight"]), counts)
        self.grad_input = grad
        out = grad if self.every and self.parameters else self._at_all_steps(grad)
        overflowed = not all(np.isfinite(value).all() for value in self.gradients.values())
        of_weights = "the readout's weights are" if self._weights_vanished and self.scaled_grad.any() else ""
        of_loss = "the loss's own is" if counts.any() or scaled_away else ""
        return HeadGradient(out, of_weights or of_loss, overflowed)

    @property
    def _weights_vanished(self) -> bool:
        """Whether rounding made all weights of the readout 0."""
        return "weight" in self.unrounded and not self.parameters["weight"].any()

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the last pass, forward or backward, in the order in which they were written."""
        yield from (forward_operations if phase == "forward" else backward_operations)(self)

    def arrays(self) -> NamedArrays:
        """Every array of the last pass by its name in a dump."""
        named: dict[str, Any] = {"loss": np.asarray(self.loss)}
        if not self.parameters:
            of_tokens = {"output": self.inputs.swapaxes(0, 1)} if self.tokens else {}
            return NamedArrays(named | {"probe": shaped(self.target, self.features)} | of_tokens, {})
        output = self.output.transpose(1, 0, 2) if self.every and self.sequence else self.output[-1]
        named |= {"target": self.target, "output": output}
        named |= {f"readout.{key}": value for key, value in self.parameters.items()}
        return NamedArrays(named, {f"readout.{grad_name(key)}": value for key, value in self.gradients.items()})


def forward_operations(head: "Head") -> Iterator[Operation]:
    """The forward pass: parameters, target, readout and loss."""
    first = len(head.inputs) - len(head.output)
    for key, value in head.parameters.items():
        operands = operands_of_rounding(head.unrounded[key][None]) if key in head.unrounded else None
        yield Operation("initialisation", f"readout.{key}", value[None], 0, operands)
    if head.target.dtype.kind == "f":
        yield Operation("target", "target" if head.parameters else "probe", head.target[None])
    if head.parameters:
        params = head.parameters
        operands = operands_of_product(head.loss_states, params["weight"].T, params["bias"])
        yield Operation("readout", "output", head.output, first, operands)
    yield Operation("loss", "loss", np.array([head.loss]), len(head.inputs) - 1, lambda _: _operands_of_loss(head))


def backward_operations(head: "Head") -> Iterator[Operation]:
    """The backward pass: the gradients of the output, of the readout's parameters, and of h_L."""
    first, grad = len(head.inputs) - len(head.output), head.grad_output
    yield Operation("loss", "output.grad", head.scaled_grad, first, lambda index: _operands_of_gradient(head, index))
    if not head.parameters:
        return
    rows = head.scaled_grad.reshape(-1, grad.shape[2])
    states = head.loss_states.reshape(-1, head.inputs.shape[2])
    products = {
        "weight": operands_of_product(rows.T[None], states, names=("gradient", "input")),
        "bias": operands_of_sum(rows),
    }
    for key, value in head.gradients.items():
        yield Operation("readout", f"readout.grad_{key}", value[None], 0, products[key])
    operands = operands_of_product(head.scaled_grad, head.parameters["weight"], names=("gradient", "weight"))
    yield Operation("readout", f"layers.{head.depth}.grad_activation", head.grad_input, first, operands)


def _in_float64(head: "Head", t: int) -> tuple[float, Array]:
    """Loss and gradient in float64 of step t (from 0) of those that the loss reads."""
    target = head.target_at(t - len(head.output))
    target = target.astype(np.float64) if target.dtype.kind == "f" else target
    output = head.output[t].astype(np.float64)
    loss_and_gradient: tuple[float, Array] = head.loss_item.value_and_gradient(output, target, *head.loss_arguments)
    return loss_and_gradient


def _operands_of_loss(head: "Head") -> Operands:
    """The largest output, and the exact loss."""
    losses = [_in_float64(head, t)[0] for t in range(len(head.output))]
    largest = float(head.output.flat[np.argmax(np.abs(head.output))])
    return Operands((("output", largest),), sum(losses) / (1 if head.summed else len(losses)))


def _operands_of_gradient(head: "Head", index: Index) -> Operands:
    """The loss's gradient before scaling, the scale, and their exact product."""
    share = 1 if head.summed else len(head.output)
    exact = float(_in_float64(head, index[0])[1][index[1:]]) / share * head.loss_scale
    return Operands((("gradient", float(head.grad_output[index])), ("loss scale", head.loss_scale)), exact)
