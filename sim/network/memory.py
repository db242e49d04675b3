"""What a pass will need, against what there is."""

from typing import Any

import psutil

from ..errors import Problem, ScenarioError
from ..registry import entry
from ..scenario.columns import BY_LAYER, NUMBERS
from ..scenario.scenario import Scenario

HEADROOM = 0.9  # of the memory that is available now
KEPT_CHUNKS = 2**28  # bytes that a recurrent network keeps at most besides its hidden states
KEPT_STATES = 2**28  # bytes of states that an mlp keeps at most for the way back; the rest is made again
CHECKPOINTS = 2**27  # bytes of states that a training run keeps at most
CHUNK = 2**19  # numbers in one product of a chunk of steps: more leave the cache before they are read again
LAYERS = 64  # of a stack at most
STATES = 2**18  # numbers in one of its arrays at most, where it has more than one layer
WEIGHTS = 2**21  # and in its weights

FLOOR = 3 * 2**23  # bytes of what does not grow with a scenario, and of what is freed and not given back
MATRICES = 2  # of a layer's size that an init has in float64 at once, unless its file says more
LAYER, RECURRENT_LAYER, PARAMETER = 640, 2**14, 640  # bytes of Python's objects for a layer, and for a learned array
MEASURED = 400  # bytes of statistics of a recurrent layer and step


def estimate(scenario: Scenario, steps: int | None = None) -> int:
    """Bytes that a pass holds at its peak: parameters and the states that the way back needs.

    `steps` is the length of a file's sequences, once it is known.
    """
    steps = steps or scenario.steps
    parameters = carrier_bytes(scenario) * _learned(scenario)
    drawn = 8 * _drawn(scenario)
    passes = _unrolled(scenario, steps) if scenario.has_state else _stacked(scenario)
    return FLOOR + parameters + max(drawn, passes)


def stack_layers(layers: int, width: int, batch: int, most: int = LAYERS) -> int:
    """Layers of the next stack of so many: few enough for the processor's cache, and as many as in those to come."""
    most = max(1, min(most, STATES // (width * batch), WEIGHTS // width**2))
    return -(-layers // -(-layers // most))


def state_bytes(scenario: Scenario) -> int:
    """Bytes that a layer of an mlp keeps of its way forward."""
    network, batch = scenario.network, scenario.data.batch
    normed, rows = scenario.has_norm, network.width * batch
    arrays = 2 + 2 * normed + scenario.has_skip + bool(network.activation.entry.metadata.get("RANDOM"))
    groups: Any = network.norm.parameters.get("groups") or 8  # as many as there are at most unless given
    inverse: int = normed * max(network.width, groups * batch)
    return carrier_bytes(scenario) * (arrays * rows + inverse)


def _stacked(scenario: Scenario) -> int:
    """The states (of stacks that compute them again only what enters them) and what one stack's backward pass needs.

    Of two, since one is measured beside the other.
    """
    network, batch = scenario.network, scenario.data.batch
    size, width, inputs = carrier_bytes(scenario), network.width, scenario.inputs or network.width
    length, state, a_state = stack_layers(network.depth, width, batch), state_bytes(scenario), size * width * batch
    kept = min(network.depth, KEPT_STATES // state)
    entered = -(-(network.depth - kept) // length) * a_state
    back = (3 + 2 * scenario.has_skip + 2 * scenario.has_norm) * a_state
    gradients = size * max(length * width**2, width * inputs)
    beside = min(2, -(-network.depth // length))
    stacks = beside * (length * (back + state * (kept < network.depth)) + gradients)
    ends = 8 * batch * (2 * inputs + 4 * width)
    return kept * state + entered + stacks + ends + LAYER * network.depth


def _learned(scenario: Scenario) -> int:
    """Numbers of all parameters, but for the readout's."""
    network, width = scenario.network, scenario.network.width
    blocks: int = entry("layers", network.kind).metadata.get("BLOCKS", 1)
    inputs = (scenario.inputs or width) + width * (network.depth - 1)
    sides = 1 + scenario.has_state  # products of what comes from below, and from the step before
    vectors = width * network.depth * sides * (1 + 2 * scenario.has_norm)
    return blocks * (width * (inputs + scenario.has_state * width * network.depth) + vectors)


def _drawn(scenario: Scenario) -> int:
    """Numbers in float64 that there are while the initial weights of the widest layer are made."""
    network = scenario.network
    names = (network.init.name, scenario.recurrent_init.name)
    matrices: int = max(entry("inits", name).metadata.get("MATRICES", MATRICES) for name in names)
    blocks: int = entry("layers", network.kind).metadata.get("BLOCKS", 1)
    columns = max(network.width, scenario.inputs or 0) + scenario.has_state * network.width
    return matrices * blocks * network.width * columns


def carrier_bytes(scenario: Scenario) -> int:
    """Bytes of one number of a pass as it is held, which for narrow formats is float32."""
    return {"float32": 4, "float64": 8}[entry("formats", scenario.precision.format).metadata["CARRIER"]]


def _unrolled(scenario: Scenario, steps: int) -> int:
    """The data in float64 while they are made, or the states and two gradients, whichever is more."""
    network, batch = scenario.network, scenario.data.batch
    size, depth = carrier_bytes(scenario), network.depth
    blocks: int = entry("layers", network.kind).metadata["BLOCKS"]
    inputs = scenario.inputs or network.width
    a_step, widest = batch * network.width, batch * max(network.width, inputs)
    data, has_residual = batch * inputs * steps, scenario.has_skip or scenario.output_norm
    normed = scenario.has_norm
    weights = blocks * network.width * (max(network.width, inputs) + network.width)
    inside = size * a_step * steps * depth * int(blocks * (1.5 + 2 * normed))
    chunk = size * min(max(CHUNK, blocks * a_step), steps * blocks * a_step) * (6 + 6 * normed + 6 // blocks)
    states = size * steps * ((1 + has_residual) * depth * a_step + 2 * widest + (1 + has_residual) * a_step)
    objects = depth * (RECURRENT_LAYER + MEASURED * steps)
    walk = size * data + states + 4 * size * weights + min(inside, KEPT_CHUNKS) + chunk + objects
    return max(8 * data + size * data, walk)


def training_estimate(scenario: Scenario, updates: int = 0) -> int:
    """Bytes that a training run holds besides its pass: vectors of parameters, checkpoints and the history.

    `updates` is how many there are to be, if more than the scenario's.
    """
    network, training = scenario.network, scenario.training
    updates = max(training.iterations, updates)
    vector = carrier_bytes(scenario) * _learned(scenario)
    remembered = len(training.optimizer.load().slots(**training.optimizer.parameters))
    state = (1 + remembered) * vector  # as the start's, a checkpoint's, and one that is being made
    vectors = 4 * vector + remembered * vector + 2 * state  # gradients twice, the change, and master parameters
    checkpoints = min(updates * state, CHECKPOINTS) if state <= CHECKPOINTS else 0
    rows = max(64, 1 << (updates - 1).bit_length())  # columns double when they are full
    history = 8 * rows * (len(NUMBERS) + (len(BY_LAYER) + 1) * network.depth)
    arrays = (1 + scenario.has_state) * (2 + 2 * scenario.has_norm) + scenario.has_skip
    return vectors + checkpoints + history + PARAMETER * arrays * network.depth


def refuse_training_if_too_large(scenario: Scenario, updates: int = 0) -> None:
    """Raise ScenarioError with the estimate if a training run would need more memory than there is."""
    there = int(psutil.virtual_memory().available * HEADROOM)
    need = estimate(scenario) + training_estimate(scenario, updates)
    if need > there:
        network, updates = scenario.network, max(scenario.training.iterations, updates)
        message = (
            f"{updates:,} updates of {network.depth} x {network.width} need about {gib(need)} of memory, and "
            f"{gib(there)} are free; make depth, width or iterations smaller"
        )
        raise ScenarioError([Problem("training.iterations", message)])


def refuse_if_too_large(scenario: Scenario, steps: int | None = None) -> None:
    """Raise ScenarioError with the estimate if a pass would need more memory than there is."""
    need, there = estimate(scenario, steps), int(psutil.virtual_memory().available * HEADROOM)
    if need > there:
        network, steps = scenario.network, steps or scenario.steps
        over, smaller = (f" over {steps} steps", ", steps") if scenario.reads_sequence else ("", "")
        message = (
            f"a pass through {network.depth} x {network.width} at batch {scenario.data.batch}{over} "
            f"needs about {gib(need)} of memory, and {gib(there)} are free; make depth, width{smaller} or batch smaller"
        )
        raise ScenarioError([Problem("network", message)])


def gib(size: int) -> str:
    """Bytes in words."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
