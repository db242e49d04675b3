"""The passes: forward through all layers, the loss, and the gradient pulled back through all layers."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import batch_of, load_samples
from .diagnosis import judge
from .format import number_format
from .head import Head
from .kernel import Array, Report, compile_pending
from .layer import Layer, Operation
from .memory import refuse_if_too_large
from .met import drawn_met
from .samples import Samples
from .scenario import Scenario
from .statistics import COLUMNS, MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, moments
from .time_diagnosis import judge_over_time
from .trace import PROFILE, Nonfinite, Trace
from .underflow import fades_by_rounding, fades_in_time, signal_fades_by_rounding

SMALL = 256  # units up to which recurrent weights are always decomposed, since it takes no time
Watch = Callable[[str, int, Layer], None]


class Cancelled(Exception):  # noqa: N818  it is no error
    """Raised by a watcher to stop a pass that is no longer wanted."""


@dataclass
class Network:
    """Layers with their parameters, what follows them, and the batch that goes in."""

    scenario: Scenario
    layers: list[Layer]
    head: Head
    input: Array
    drawn: Array | None = None  # the input as it was before it was rounded, if that was too much for the format

    @property
    def loss_scale(self) -> float:
        """What the loss is multiplied by before the way back; the layers' gradients are scaled by it."""
        return self.head.loss_scale

    @loss_scale.setter
    def loss_scale(self, scale: float) -> None:
        self.head.loss_scale = scale


@dataclass
class Record:
    """What a pass has measured so far."""

    format: str
    loss_scale: float
    profile: dict[str, NDArray[np.float64]]
    weights: dict[str, NDArray[np.float64]]
    first_nonfinite: Nonfinite | None = None
    underflow: int = 0  # the layer (depth + 1: the loss) below which the gradient is 0 only for want of range
    time_underflow: dict[int, int] = field(default_factory=dict)  # by layer the step before which it is
    faded: int = 0  # the layer from which on the activations are, for the same reason
    arriving: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros(1)
    )  # rms dL/dh_out at the last step, by layer
    input_gradient_norm: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))


def build(scenario: Scenario, report: Report | None = None, watch: Watch | None = None) -> Network:
    """The network of a scenario with its initial parameters and first batch; compiles what is not compiled.

    Raises UserError if it does not fit into memory or its data file can't be used.
    """
    refuse_if_too_large(scenario)
    form = number_format(scenario.precision.format)
    if not form.native:
        compile_pending(form.dtype, report)  # initial parameters are rounded too
    kind = importlib.import_module(f"{__package__}.layers.{scenario.network.kind}")
    samples = batch_of(scenario, load_samples(scenario))
    if samples.input.ndim == 3:
        refuse_if_too_large(scenario, samples.input.shape[1])
    with np.errstate(all="ignore"):
        layers: list[Layer] = []
        for layer in kind.stack(scenario, samples.input.shape[-1], form):
            layers.append(layer)
            if watch is not None:
                watch("build", len(layers), layer)
        head, entered = Head(scenario, samples, form), _steps_first(samples.input)
        network = Network(scenario, layers, head, form.keep(entered.astype(form.dtype, order="C")))
        network.drawn = None if np.isfinite(network.input).all() else entered
    compile_pending(form.dtype, report)
    scale = scenario.precision.loss_scale
    first: Any = next(iter(scale.parameters.values()))
    network.loss_scale = float(first)  # the one there is, or the one to start with
    return network


def feed(network: Network, batch: Samples) -> None:
    """Put in another batch."""
    form, entered = network.head.format, _steps_first(batch.input)
    network.input = form.keep(entered.astype(form.dtype, order="C"))
    network.drawn = None if np.isfinite(network.input).all() else entered
    network.head.aim(batch)


def _steps_first(samples: Array) -> Array:
    """Samples (batch, features) or (batch, steps, features) as (steps, batch, features), a view."""
    if samples.ndim == 2:
        return samples[None]
    return samples.transpose(1, 0, 2)


def simulate(
    scenario: Scenario, *, watch: Watch | None = None, report: Report | None = None, spectral: bool = False
) -> Trace:
    """One forward and backward pass through a scenario's network.

    `watch(phase, layer, part)` follows each layer, phase build and forward (1 to depth) or backward (depth to
    1), and may raise Cancelled. `spectral` adds the weights' largest singular values. Raises UserError.
    """
    from .scaling import settled

    return settled(build(scenario, report, watch), watch, spectral)


def trace(network: Network, watch: Watch | None = None, spectral: bool = False) -> Trace:
    """One pass through a network that is already built."""
    depth, steps = len(network.layers), len(network.input)
    profile = {name: np.full((depth, steps), np.nan) for name in PROFILE}
    record = Record(network.scenario.precision.format, network.loss_scale, profile, {})
    with np.errstate(all="ignore"):
        loss = forward(network, record, watch)
        backward(network, record, watch, spectral)
    verdict = (judge_over_time if network.scenario.recurrent else judge)(network.scenario, record)
    return Trace(network.scenario, verdict, loss, record.profile, record.weights, record.input_gradient_norm)


def forward(network: Network, record: Record, watch: Watch | None = None) -> float:
    """The loss; writes the activations' statistics into the record."""
    hidden, profile = network.input, record.profile
    if not np.isfinite(hidden).all():
        met = drawn_met(network.drawn) if network.drawn is not None else None
        _find(record, "forward", 1, [Operation("input", "input", hidden, 0, met)])
    for index, layer in enumerate(network.layers):
        _listen(layer, watch, "forward", index + 1)
        hidden = layer.forward(hidden)
        found = by_step(hidden)
        if not (record.faded or found[:, RMS].any()) and signal_fades_by_rounding(layer):
            record.faded = index + 1
        profile["activation_mean"][index] = found[:, MEAN]
        profile["activation_std"][index] = found[:, STD]
        profile["activation_rms"][index] = found[:, RMS]
        profile["zero_fraction"][index] = found[:, ZEROS] / (hidden[0].size)
        profile["nonfinite_count"][index] = found[:, NONFINITE]
        _collect(record, layer, index, "forward", bool(found[:, NONFINITE].any()))
        if watch is not None:
            watch("forward", index + 1, layer)
    loss = network.head.forward(hidden)
    if not np.isfinite(loss):
        _find(record, "forward", len(network.layers), network.head.operations("forward"))
    return loss


def backward(network: Network, record: Record, watch: Watch | None = None, spectral: bool = False) -> None:
    """Pull the loss's gradient back to the input; writes the gradients' statistics, and frees the states."""
    grad, profile = network.head.pull(), record.profile
    found = by_step(grad)
    if network.head.lost and not found[:, RMS].any():
        record.underflow = len(network.layers) + 1
    if found[:, NONFINITE].any() or network.head.overflowed:
        _find(record, "backward", len(network.layers), network.head.operations("backward"))
    record.arriving = np.zeros(len(network.layers))
    for index in reversed(range(len(network.layers))):
        layer = network.layers[index]
        record.arriving[index] = found[-1, RMS]
        _listen(layer, watch, "backward", index + 1)
        below = layer.pull(grad)
        alone = layer.grad_hidden is grad and len(grad) == 1
        total = found if alone else by_step(layer.grad_hidden)
        size = np.sqrt(grad[0].size)
        profile["gradient_rms"][index] = total[:, RMS]
        profile["gradient_norm"][index] = total[:, RMS] * size
        profile["gradient_max"][index] = total[:, MAX]
        profile["nonfinite_count"][index] += total[:, NONFINITE]
        found = by_step(below)
        fine = _measure_parameters(record, layer, index, len(network.layers), spectral)
        _collect(record, layer, index, "backward", not fine or bool(found[:, NONFINITE].any()))
        if index and not found[-1, RMS] and total[-1, RMS] and fades_by_rounding(layer, grad):
            record.underflow = index + 1
        if step := fades_in_time(layer, total[:, RMS], network.scenario.time.truncate):
            record.time_underflow[index + 1] = step
        if watch is not None:
            watch("backward", index + 1, layer)
        layer.release()
        grad = below
    record.input_gradient_norm = found[:, RMS] * np.sqrt(grad[0].size)
    _unscale(record, network.loss_scale)


def _unscale(record: Record, scale: float) -> None:
    """Divide the statistics of gradients by the loss scale, so that they are of the loss itself."""
    if scale == 1:
        return
    for table in (record.profile, record.weights):
        for name, values in table.items():
            if "gradient" in name:
                values /= scale
    record.arriving /= scale
    record.input_gradient_norm /= scale


def _listen(layer: Layer, watch: Watch | None, phase: str, number: int) -> None:
    """Let a watcher follow long passes within a layer too, as phase "within forward" or "within backward"."""
    if watch is not None:
        layer.tick = lambda: watch(f"within {phase}", number, layer)


def _collect(record: Record, layer: Layer, index: int, phase: str, bad: bool) -> None:
    """Take over what only the layer knows, and locate the first number that is not finite."""
    for name, values in layer.statistics.items():
        if name not in record.profile:
            record.profile[name] = np.full_like(record.profile["gradient_rms"], np.nan)
        record.profile[name][index] = values
    if (bad or layer.nonfinite) and record.first_nonfinite is None:
        _find(record, phase, index + 1, layer.operations(phase))


def _find(record: Record, phase: str, layer: int, operations: Iterable[Operation]) -> None:
    """Locate the first number that is not finite, unless one was before."""
    if record.first_nonfinite is not None:
        return
    if (made := next((made for made in operations if not np.isfinite(made.array).all()), None)) is not None:
        record.first_nonfinite = locate(made, phase, layer, record.format)


def locate(operation: Operation, phase: str, layer: int, form: str, iteration: int | None = None) -> Nonfinite:
    """The number of an operation's array that was the first not to be finite: of the last step on the way back."""
    array = operation.array
    broken = np.argwhere(~np.isfinite(array))
    row = broken[:, 0].min() if phase != "backward" else broken[:, 0].max()
    index = tuple(int(i) for i in broken[broken[:, 0] == row][0])
    with np.errstate(all="ignore"):
        terms, exact = operation.met(index) if operation.met is not None else ((), np.nan)
    return Nonfinite(phase, layer, int(row) + operation.first + 1, operation.name, operation.array_name, index[1:],
                     float(array[index]), terms, exact, form, iteration)  # fmt: skip


def _measure_parameters(record: Record, layer: Layer, index: int, depth: int, spectral: bool) -> bool:
    """Norms of a layer's weight matrices and of their gradients; True if every gradient is finite."""
    out: Any = np.empty((2, COLUMNS))
    for prefix, key in layer.matrices.items():
        weight, grad = layer.parameters[key], layer.gradients[key]
        moments(weight.reshape(1, -1), out[:1])
        moments(grad.reshape(1, -1), out[1:])
        size = np.sqrt(weight.size)
        values = {
            "weight_norm": out[0, RMS] * size,
            "gradient_norm": out[1, RMS] * size,
            "gradient_rms": out[1, RMS],
            "underflow_fraction": layer.lost.get(key, 0.0),
        }
        feedback = prefix in layer.feedback
        if spectral or (feedback and len(weight) <= SMALL):
            values["spectral_norm"] = largest_singular_value(weight)
            if feedback:
                values["spectral_radius"] = spectral_radius(weight)
        for name, value in values.items():
            record.weights.setdefault(prefix + name, np.full(depth, np.nan))[index] = value
    return all(np.isfinite(grad).all() for grad in layer.gradients.values())


def spectral_radius(weight: Array) -> float:
    """The largest |eigenvalue| of a square matrix, nan if it holds a non-finite number."""
    if not np.isfinite(weight).all():
        return np.nan
    return float(np.abs(np.linalg.eigvals(weight.astype(np.float64))).max())


def largest_singular_value(weight: Array) -> float:
    """The spectral norm of a matrix, nan if it holds a non-finite number."""
    largest = float(np.abs(weight).max())
    if not 0 < largest < np.inf:
        return 0.0 if largest == 0 else np.nan
    scaled = weight.astype(np.float64) / largest  # so that no square overflows or underflows
    gram = scaled @ scaled.T if len(scaled) < len(scaled.T) else scaled.T @ scaled
    return largest * float(np.sqrt(np.linalg.eigvalsh(gram)[-1]))  # several times as fast as all singular values
