"""What a pass will need, against what there is."""

import psutil

from .columns import BY_LAYER, NUMBERS
from .menu import entry
from .problems import Problem, ScenarioError
from .scenario import Scenario

HEADROOM = 0.9  # of the memory that is available now
KEPT_CHUNKS = 2**28  # bytes that a recurrent network keeps at most besides its hidden states
KEPT_STATES = 2**28  # bytes of states that an mlp keeps at most for the way back; the rest is made again
CHECKPOINTS = 2**27  # bytes of states that a training run keeps at most
CHUNK = 2**19  # numbers in one product of a chunk of steps: more leave the cache before they are read again


def estimate(scenario: Scenario, steps: int | None = None) -> int:
    """Bytes that a pass holds at its peak: parameters and the states that the way back needs.

    `steps` is the length of a file's sequences, once it is known.
    """
    steps = steps or scenario.steps
    if scenario.recurrent:
        return _recurrent(scenario, steps)
    network = scenario.network
    size = carrier_bytes(scenario)
    inputs = scenario.inputs or network.width
    parameters = network.width * (inputs + network.width * (network.depth - 1))
    states = network.depth * state_bytes(scenario)
    if states > KEPT_STATES:  # of the rest only what enters each slab is kept, at worst each layer
        states = KEPT_STATES + (states - KEPT_STATES) // 2
    workspace = 8 * network.width * (scenario.data.batch + max(network.width, inputs))
    return size * parameters + states + 8 * workspace


def state_bytes(scenario: Scenario) -> int:
    """Bytes that a layer of an mlp keeps of its way forward."""
    network = scenario.network
    arrays = (
        2 + 2 * (network.norm.name != "none") + (network.skip.name != "none") + (network.activation.name == "rrelu")
    )
    return carrier_bytes(scenario) * arrays * network.width * scenario.data.batch


def carrier_bytes(scenario: Scenario) -> int:
    """Bytes of one number of a pass as it is held, which for narrow formats is float32."""
    return {"float32": 4, "float64": 8}[entry("formats", scenario.precision.format).facts["CARRIER"]]


def _recurrent(scenario: Scenario, steps: int) -> int:
    """The data in float64 while they are made, or the states and two gradients, whichever is more."""
    network, batch = scenario.network, scenario.data.batch
    size = carrier_bytes(scenario)
    blocks: int = entry("layers", network.kind).facts["BLOCKS"]
    inputs = scenario.inputs or network.width
    a_step, widest = batch * network.width, batch * max(network.width, inputs)
    data, joins = batch * inputs * steps, network.skip.name != "none" or scenario.output_norm
    weights = blocks * network.width * (inputs + network.width + 2 * network.width * (network.depth - 1))
    inside = size * 7 * blocks * a_step * steps * network.depth
    chunk = 15 * size * max(CHUNK, blocks * a_step)
    states = size * steps * ((1 + joins) * network.depth * a_step + 2 * widest + joins * a_step)
    walk = size * data + states + 2 * size * weights + min(inside, KEPT_CHUNKS) + chunk
    return max(8 * data + size * data, walk)


def training_estimate(scenario: Scenario, updates: int = 0) -> int:
    """Bytes that a training run holds besides its pass: vectors of parameters, checkpoints and the history.

    `updates` is how many there are to be, if more than the scenario's.
    """
    network, training = scenario.network, scenario.training
    blocks: int = entry("layers", network.kind).facts.get("BLOCKS", 1)
    inputs = scenario.inputs or network.width
    columns = inputs + network.width * (network.depth - 1) + scenario.recurrent * network.width * network.depth
    remembered = len(training.optimizer.load().slots(**training.optimizer.parameters))
    vectors = 5 + 2 * remembered  # gradients twice, the change, and the state it starts from
    history = 8 * max(training.iterations, updates) * (len(NUMBERS) + len(BY_LAYER) * network.depth)
    return vectors * carrier_bytes(scenario) * blocks * network.width * columns + CHECKPOINTS + history


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
        over, smaller = (f" over {steps} steps", ", steps") if scenario.recurrent else ("", "")
        message = (
            f"a pass through {network.depth} x {network.width} at batch {scenario.data.batch}{over} "
            f"needs about {gib(need)} of memory, and {gib(there)} are free; make depth, width{smaller} or batch smaller"
        )
        raise ScenarioError([Problem("network", message)])


def gib(size: int) -> str:
    """Bytes in words."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
