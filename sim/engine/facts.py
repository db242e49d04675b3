"""Facts of a batch and of a pass, on which the concerns of the pass (sim/analysis) are judged."""

import math

import numpy as np

from ..analysis.outlook import BatchFacts, PassFacts
from ..data.constant_loss import best_constant_loss
from ..numerics.arrays import Array
from ..numerics.moments import COLUMNS, RMS, STD, moments
from ..results.record import Record
from ..results.trace import Verdict
from .build import Network

SAMPLED = 4096  # at most so many samples of a file are measured, which gives their rms to 2%


@np.errstate(all="ignore")
def batch_facts(network: Network) -> BatchFacts:
    """Facts of a network and its batch, the same in each pass: sizes of inputs and targets, the best constant loss."""
    scenario, head = network.scenario, network.head
    inputs, target, samples = network.input, head.target, network.input.shape[1]
    if network.file is not None:
        sampled = slice(None, None, -(-len(network.file.input) // SAMPLED))
        inputs, target = network.file.input[sampled], network.file.target[sampled] if head.parameters else target
        samples = len(inputs)
    squares = _sum_of_squares(inputs)
    regressed = bool(head.parameters) and head.target.dtype.kind == "f"
    every_step = scenario.loss.at_every_step
    constant = best_constant_loss(scenario.loss.name, head.target, every_step) if head.parameters else np.nan
    weighted = [(index, tuple(layer.matrices)) for index, layer in enumerate(network.layers) if layer.matrices]
    targets = target.reshape(-1, target.shape[-1]) if regressed else None
    spread, _ = _between_samples(network.input[-1])
    return BatchFacts(scenario, constant, float(np.sqrt(squares / inputs.size)), squares / samples, targets, spread,
                      network.matrices, (*weighted[:1], *weighted[-1:]))  # fmt: skip


def pass_facts(network: Network, record: Record, verdict: Verdict, loss: float, batch: BatchFacts) -> PassFacts:
    """Facts of a pass; must be called before the next one."""
    head, none, norms = network.head, np.empty(0), record.sample_gradients
    output = None if batch.target is None else head.output.reshape(-1, head.output.shape[-1])
    first_and_last = norms.get(1, none), norms.get(len(network.layers), none)
    spread_and_size = _between_samples(head.loss_states[-1])
    return PassFacts(verdict, record.profile, record.weights, loss, batch, *spread_and_size, output, *first_and_last)


def _between_samples(values: Array) -> tuple[float, float]:
    """The rms of values (batch, features) after subtracting their mean over the batch, and before."""
    by_feature = np.empty((values.shape[1], COLUMNS))
    moments(np.ascontiguousarray(values.T), by_feature)
    spread, sizes = by_feature[:, STD], by_feature[:, RMS]
    return math.sqrt(np.dot(spread, spread) / len(by_feature)), math.sqrt(np.dot(sizes, sizes) / len(by_feature))


def _sum_of_squares(array: Array) -> float:
    """The sum of squares in float64, without a copy, as a long sequence is large."""
    flat = array.reshape(-1)
    return float(np.einsum("i,i", flat, flat, dtype=np.float64))
