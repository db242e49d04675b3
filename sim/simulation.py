"""The front door of a pass: scenario in, trace out; and one layer of it as histograms."""

import importlib
import math

import numpy as np

from .analysis.blame_over_time import Radius
from .analysis.outlook import with_outlook
from .analysis.pass_facts import BatchFacts, PassFacts
from .analysis.verdict import judge
from .analysis.verdict_chain import judge_chain, layer_factors
from .analysis.verdict_time import judge_over_time
from .data.constant_loss import best_constant_loss
from .engine.build import Network, PassObserver, build, chosen_modules, compile_kernels
from .engine.inside import inside
from .engine.passes import backward, forward
from .engine.spectrum import feedback_radius
from .network.layer import Layer
from .numerics.arrays import Array
from .numerics.blas import one_blas_thread
from .numerics.kernel import Report
from .numerics.moments import COLUMNS, RMS, STD, moments
from .results.histogram import Histogram, Inspection, histogram
from .results.inside import Inside
from .results.record import Record
from .results.trace import Trace, Verdict
from .scenario.scenario import Scenario


@one_blas_thread()  # of both, so that threads made for the one are there for the other
def simulate(
    scenario: Scenario, *, watch: PassObserver | None = None, report: Report | None = None, spectral: bool = False
) -> Trace:
    """One forward and backward pass through a scenario's network.

    `watch(phase, layer, part)` follows each layer, phase build and forward (1 to depth) or backward (depth to
    1), and may raise Cancelled. `spectral` adds the weights' largest singular values. Raises UserError.
    """
    return with_stable_loss_scale(build(scenario, report, watch), watch, spectral)


@one_blas_thread()
def trace(network: Network, watch: PassObserver | None = None, spectral: bool | None = False, *,
          iteration: int = 0, keep_arrays: bool = False, concerns: bool = True) -> Trace:  # fmt: skip
    """One pass through a network that is already built; for `spectral` see sim/numerics/spectral.py.

    `iteration` is that of training, of which only the first pass is asked for `concerns`; with `keep_arrays` the
    watcher may ask for a layer's `arrays`.
    """
    scenario, layers = network.scenario, network.layers
    record = Record(
        scenario.precision.format, network.loss_scale, network.described, len(network.input), network.matrices
    )
    with np.errstate(all="ignore"):
        loss = forward(network, record, watch, iteration)
        by_sample = concerns and not network.reads_sequence
        backward(network, record, watch, spectral, keep_arrays, by_sample)
        verdict = _judged(network, record, lambda one: feedback_radius(layers[one.row], one.word))
        if concerns:
            verdict = with_outlook(_facts(network, record, verdict, loss))
    axes = ("layer", "step") if network.reads_sequence else ("layer",)
    return Trace(
        network.described, axes, verdict, loss, record.profile, record.weights, record.input_gradient_norm, scenario
    )


def _judged(network: Network, record: Record, radius: Radius) -> Verdict:
    if network.scenario.network.named:
        record.write(0, {"layer_factor": layer_factors(record)})
    alike = network.alike
    if alike is None:
        return judge_chain(network.scenario, record, radius)
    return judge_over_time(alike, record, radius) if network.has_state else judge(alike, record)


SEEN = 4096  # samples of a file of which the size is measured, to 2%


def _facts(network: Network, record: Record, verdict: Verdict, loss: float) -> PassFacts:
    """What the concerns of a pass look at."""
    head, none, sizes = network.head, np.empty(0), record.sample_gradients
    network.batch_facts = batch = network.batch_facts or _batch_facts(network)
    output = None if batch.target is None else head.output.reshape(-1, head.output.shape[-1])
    ends = sizes.get(1, none), sizes.get(len(network.layers), none)
    left = _between_samples(head.seen[-1])
    return PassFacts(verdict, record.profile, record.weights, loss, batch, *left, output, *ends)


def _batch_facts(network: Network) -> BatchFacts:
    scenario, head = network.scenario, network.head
    seen, target, samples = network.input, head.target, network.input.shape[1]
    if network.file is not None:
        every = slice(None, None, -(-len(network.file.input) // SEEN))
        seen, target = network.file.input[every], network.file.target[every] if head.parameters else target
        samples = len(seen)
    square = _square(seen)
    regressed = bool(head.parameters) and head.target.dtype.kind == "f"
    every_step = scenario.loss.at == "every"
    constant = best_constant_loss(scenario.loss.name, head.target, every_step) if head.parameters else np.nan
    having = [(index, tuple(layer.matrices)) for index, layer in enumerate(network.layers) if layer.matrices]
    targets = target.reshape(-1, target.shape[-1]) if regressed else None
    varying, _ = _between_samples(network.input[-1])
    return BatchFacts(scenario, constant, float(np.sqrt(square / seen.size)), square / samples, targets, varying,
                      (*having[:1], *having[-1:]))  # fmt: skip


def _between_samples(values: Array) -> tuple[float, float]:
    """The rms of what differs between samples (batch, features), and of all."""
    by_feature = np.empty((values.shape[1], COLUMNS))
    moments(np.ascontiguousarray(values.T), by_feature)  # by feature
    spread, sizes = by_feature[:, STD], by_feature[:, RMS]
    return math.sqrt(np.dot(spread, spread) / len(by_feature)), math.sqrt(np.dot(sizes, sizes) / len(by_feature))


def _square(array: Array) -> float:
    """The sum of squares in float64, without a copy: a long sequence is large."""
    flat = array.reshape(-1)
    return float(np.einsum("i,i", flat, flat, dtype=np.float64))


LOWEST = 2.0**-24  # a gradient that overflows below this scale does not overflow because of it


def with_stable_loss_scale(network: Network, watch: PassObserver | None = None, spectral: bool | None = False) -> Trace:
    """The first pass whose gradient is finite: a scale that is dynamic backs off as often as training skips updates."""
    choice = network.scenario.precision.loss_scale
    result = trace(network, watch, spectral)
    while network.scenario.adjusts_loss_scale and network.loss_scale > LOWEST and _overflowed(result):
        network.loss_scale, _, _ = choice.load().adjust(network.loss_scale, 0, True, **choice.parameters)
        result = trace(network, watch, spectral)
    return result


def _overflowed(result: Trace) -> bool:
    first = result.verdict.first_nonfinite
    return first is not None and first.phase == "backward"


def inspect_layer(scenario: Scenario, layer: int, *, step: int = -1, watch: PassObserver | None = None) -> Inspection:
    """Histograms of a layer's preactivations, activations, slopes and gradients, from a pass of its own.

    `step` is a time step from 1, or -1 for the last. Gated kinds have their gates in place of slopes.
    """
    histograms: dict[str, Histogram] = {}
    network = build(scenario, watch=watch)
    trace(network, histogram_watcher(network, histograms, layer, step, watch))
    return Inspection(layer, histograms)


def histogram_watcher(
    network: Network, histograms: dict[str, Histogram], layer: int, step: int, watch: PassObserver | None
) -> PassObserver:
    """A watcher that puts the histograms of a layer into `histograms` once its backward pass is done."""

    def look(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if phase == "backward" and number == layer:
            steps = len(part.grad_hidden)
            index = min(step, steps) - 1 if step > 0 else steps - 1
            arrays = {name: array.astype(np.float64) for name, array in part.histogram_arrays(index).items()}
            arrays["gradient"] /= network.loss_scale
            histograms.update({name: histogram(array) for name, array in arrays.items()})

    return look


def look_inside(scenario: Scenario, layer: int, *, step: int = -1, watch: PassObserver | None = None) -> Inside:
    """What is inside a layer at a step (from 1, -1 for the last): operations and parameters, in a pass of its own.

    Raises UserError.
    """
    network = build(scenario, watch=watch)
    if scenario.adjusts_loss_scale:
        with_stable_loss_scale(network, watch)
    insides: list[Inside] = []
    trace(network, inside_watcher(network, insides, layer, step, watch))
    return insides[-1]


def inside_watcher(
    network: Network, insides: list[Inside], layer: int, step: int, watch: PassObserver | None, iteration: int = 0
) -> PassObserver:
    """A watcher that adds what is inside a layer to `insides`, once its backward pass of an iteration is done."""

    def look(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if number == layer and part.iteration == iteration and phase in ("forward", "backward"):
            steps = len(part.output)
            index = min(step, steps) - 1 if step > 0 else steps - 1
            if phase == "forward":
                part.look_at(index)
            else:
                insides.append(inside(part, index, network.loss_scale))

    return look


def load(scenario: Scenario) -> None:
    """Import all that takes part in a scenario's passes, and compile what is not compiled, without making anything."""
    for name in chosen_modules(scenario):
        importlib.import_module(name)
    compile_kernels(scenario)
