"""Simulates one pass (scenario in, trace out), or looks into one layer of it: histograms, operation by operation."""

import importlib

import numpy as np

from .analysis.blame_over_time import Radius
from .analysis.outlook import BatchFacts, with_outlook
from .analysis.verdict import judge
from .analysis.verdict_chain import judge_chain, layer_factors
from .analysis.verdict_time import judge_over_time
from .engine.build import Network, PassObserver, build, chosen_modules, compile_kernels
from .engine.facts import batch_facts, pass_facts
from .engine.passes import backward, forward
from .engine.spectrum import feedback_radius
from .engine.watchers import histogram_watcher, inside_watcher
from .numerics.blas import one_blas_thread
from .numerics.kernel import Report
from .results.histogram import Histogram, Inspection
from .results.inside import Inside
from .results.record import Record
from .results.trace import Trace, Verdict
from .scenario.scenario import Scenario


@one_blas_thread()  # around building and pass, which so share their threads
def simulate(
    scenario: Scenario, *, watch: PassObserver | None = None, report: Report | None = None, spectral: bool = False
) -> Trace:
    """One forward and backward pass through a scenario's network.

    `watch(phase, number, layer)` is called for each layer in phase "build" and "forward" (1 to depth) and "backward"
    (depth to 1), and may raise Cancelled. `spectral` adds the weights' largest singular values. Raises UserError.
    """
    return with_stable_loss_scale(build(scenario, report, watch), watch, spectral)


@one_blas_thread()
def trace(network: Network, watch: PassObserver | None = None, spectral: bool | None = False, *,
          iteration: int = 0, keep_arrays: bool = False, facts: BatchFacts | None = None) -> Trace:  # fmt: skip
    """One pass through a network that is already built; `spectral` is that of `spectra` in sim/engine/spectrum.py.

    `iteration` is that of training. With `keep_arrays` a watcher may ask each layer for its `arrays`. With the `facts`
    of the batch the verdict gets concerns and an outlook, too.
    """
    scenario, layers = network.scenario, network.layers
    record = Record(
        scenario.precision.format, network.loss_scale, network.described, len(network.input), network.matrices
    )
    with np.errstate(all="ignore"):
        loss = forward(network, record, watch, iteration)
        by_sample = facts is not None and not network.reads_sequence
        backward(network, record, watch, spectral, keep_arrays, by_sample)
        verdict = _judge(network, record, lambda reading: feedback_radius(layers[reading.row], reading.direction))
        if facts is not None:
            verdict = with_outlook(pass_facts(network, record, verdict, loss, facts))
    axes = ("layer", "step") if network.reads_sequence else ("layer",)
    return Trace(
        network.described, axes, verdict, loss, record.profile, record.weights, record.input_gradient_norm, scenario
    )


def _judge(network: Network, record: Record, radius: Radius) -> Verdict:
    """The verdict: of a chain of different layers by layer, of equal recurrent ones over time, else over layers."""
    if network.scenario.network.named:
        record.write(0, {"layer_factor": layer_factors(record)})
    alike = network.alike
    if alike is None:
        return judge_chain(network.scenario, record, radius)
    return judge_over_time(alike, record, radius) if network.has_state else judge(alike, record)


LOWEST = 2.0**-24  # a gradient that still overflows at this loss scale does not overflow because of the scale


def with_stable_loss_scale(network: Network, watch: PassObserver | None = None, spectral: bool | None = False) -> Trace:
    """A pass with a finite gradient: a dynamic loss scale is lowered until there is one, as skipped updates do."""
    choice, facts = network.scenario.precision.loss_scale, batch_facts(network)
    result = trace(network, watch, spectral, facts=facts)
    while network.scenario.adjusts_loss_scale and network.loss_scale > LOWEST and _overflowed(result):
        network.loss_scale, _, _ = choice.load().adjust(network.loss_scale, 0, True, **choice.parameters)
        result = trace(network, watch, spectral, facts=facts)
    return result


def _overflowed(result: Trace) -> bool:
    first = result.verdict.first_nonfinite
    return first is not None and first.phase == "backward"


def inspect_layer(scenario: Scenario, layer: int, *, step: int = -1, watch: PassObserver | None = None) -> Inspection:
    """Histograms of a layer's preactivations, activations, slopes and gradients, from one pass.

    `step` is a time step from 1, or -1 for the last. Gated kinds have gates instead of slopes.
    """
    histograms: dict[str, Histogram] = {}
    network = build(scenario, watch=watch)
    trace(network, histogram_watcher(network, histograms, layer, step, watch))
    return Inspection(layer, histograms)


def look_inside(scenario: Scenario, layer: int, *, step: int = -1, watch: PassObserver | None = None) -> Inside:
    """The operations and parameters of a layer at a step (from 1, or -1 for the last), from one pass.

    Raises UserError.
    """
    network = build(scenario, watch=watch)
    if scenario.adjusts_loss_scale:
        with_stable_loss_scale(network, watch)
    insides: list[Inside] = []
    trace(network, inside_watcher(network, insides, layer, step, watch))
    return insides[-1]


def compile_for(scenario: Scenario) -> None:
    """Import the choices and compile the kernels that a scenario's passes need, without building the network."""
    for name in chosen_modules(scenario):
        importlib.import_module(name)
    compile_kernels(scenario)
