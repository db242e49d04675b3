"""The memory estimate of a training run, and its refusal if it is larger than the free memory."""

import psutil

from ..errors import Problem, ScenarioError
from ..network.memory import HEADROOM, PARAMETER, all_graphs, count_numbers, estimate, gib
from ..numerics.number_format import carrier_bytes
from ..scenario.quantities import BY_LAYER, NUMBERS
from ..scenario.scenario import Scenario

CHECKPOINTS = 2**27  # bytes that the checkpoints of a run may take


def training_estimate(scenario: Scenario, updates: int = 0) -> int:
    """Bytes that a training run needs beyond its pass: parameter vectors, optimizer state, checkpoints and history.

    `updates` is the number of updates, if more than the scenario's.
    """
    training, graphs = scenario.training, all_graphs(scenario)
    updates = max(training.iterations, updates)
    vector = carrier_bytes(scenario.precision.format) * sum(
        count * count_numbers(graph.parameters) for graph, count in graphs
    )
    remembered = len(training.optimizer.load().slots(**training.optimizer.parameters))
    state = (1 + remembered) * vector  # of the start, of a checkpoint, and of one that is being copied
    vectors = 4 * vector + remembered * vector + 2 * state  # gradients twice, the change, and master parameters
    checkpoints = min(updates * state, CHECKPOINTS) if state <= CHECKPOINTS else 0
    rows = max(64, 1 << (updates - 1).bit_length())  # columns double when they are full
    history = 8 * rows * (len(NUMBERS) + (len(BY_LAYER) + 1) * scenario.depth)
    arrays = sum(count * len(graph.parameters) for graph, count in graphs)
    return vectors + checkpoints + history + PARAMETER * arrays


def refuse_training_if_too_large(scenario: Scenario, updates: int = 0) -> None:
    """Raise ScenarioError with the estimate if a training run would need more memory than there is."""
    there = int(psutil.virtual_memory().available * HEADROOM)
    need = estimate(scenario) + training_estimate(scenario, updates)
    if need > there:
        updates = max(scenario.training.iterations, updates)
        message = (
            f"{updates:,} updates of {scenario.size_words} need about {gib(need)} of memory, and "
            f"{gib(there)} are free; make depth, width or iterations smaller"
        )
        raise ScenarioError([Problem("training.iterations", message)])
