"""Takes from a network, its batch and a pass what the concerns of the pass look at."""

import math

import numpy as np

from ..analysis.outlook import BatchFacts, PassFacts
from ..data.constant_loss import best_constant_loss
from ..numerics.arrays import Array
from ..numerics.moments import COLUMNS, RMS, STD, moments
from ..results.record import Record
from ..results.trace import Verdict
from .build import Network

SEEN = 4096  # samples of a file of which the size is measured, to 2%


@np.errstate(all="ignore")
def batch_facts(network: Network) -> BatchFacts:
    """What they look at of a network and its batch, the same in each pass."""
    scenario, head = network.scenario, network.head
    seen, target, samples = network.input, head.target, network.input.shape[1]
    if network.file is not None:
        every = slice(None, None, -(-len(network.file.input) // SEEN))
        seen, target = network.file.input[every], network.file.target[every] if head.parameters else target
        samples = len(seen)
    square = _square(seen)
    regressed = bool(head.parameters) and head.target.dtype.kind == "f"
    every_step = scenario.loss.at_every_step
    constant = best_constant_loss(scenario.loss.name, head.target, every_step) if head.parameters else np.nan
    having = [(index, tuple(layer.matrices)) for index, layer in enumerate(network.layers) if layer.matrices]
    targets = target.reshape(-1, target.shape[-1]) if regressed else None
    varying, _ = _between_samples(network.input[-1])
    return BatchFacts(scenario, constant, float(np.sqrt(square / seen.size)), square / samples, targets, varying,
                      network.matrices, (*having[:1], *having[-1:]))  # fmt: skip


def pass_facts(network: Network, record: Record, verdict: Verdict, loss: float, batch: BatchFacts) -> PassFacts:
    """What the concerns of a pass look at, right after it."""
    head, none, sizes = network.head, np.empty(0), record.sample_gradients
    output = None if batch.target is None else head.output.reshape(-1, head.output.shape[-1])
    ends = sizes.get(1, none), sizes.get(len(network.layers), none)
    left = _between_samples(head.loss_states[-1])
    return PassFacts(verdict, record.profile, record.weights, loss, batch, *left, output, *ends)


def _between_samples(values: Array) -> tuple[float, float]:
    """The rms of what differs between samples (batch, features), and of all."""
    by_feature = np.empty((values.shape[1], COLUMNS))
    moments(np.ascontiguousarray(values.T), by_feature)
    spread, sizes = by_feature[:, STD], by_feature[:, RMS]
    return math.sqrt(np.dot(spread, spread) / len(by_feature)), math.sqrt(np.dot(sizes, sizes) / len(by_feature))


def _square(array: Array) -> float:
    """The sum of squares in float64, without a copy: a long sequence is large."""
    flat = array.reshape(-1)
    return float(np.einsum("i,i", flat, flat, dtype=np.float64))
