"""Rules about sequences: kinds that read them, their length, and keys about steps."""

from collections.abc import Iterator

from ..errors import Problem
from .chain_entry import label
from .kind_keys import a_kind, either, kinds_stating
from .schema import ScenarioFields


def _steps(scenario: ScenarioFields) -> Iterator[Problem]:
    """A sequence needs a kind that reads one, and the length that the data have or can have."""
    steps, task, has = scenario.time.steps, scenario.task.name, scenario.task.entry.metadata.get("STEPS", 1)
    kind = scenario.network.word
    if scenario.data.file is not None:
        if not scenario.reads_sequence and steps not in (None, 1):
            yield Problem("time.steps", _one_step(kind, steps), keys=("time.steps", scenario.network.where))
        return
    if isinstance(has, int) and steps not in (None, has):
        message = f"{steps} is not what the data have: {task} has {has} step{'s' * (has > 1)}; remove the key"
        yield Problem("time.steps", message, keys=("time.steps", "data.task"))
    elif isinstance(has, tuple) and steps is not None and not has[1] <= steps <= has[2]:
        message = f"{steps} is not a length of {task}; give a whole number from {has[1]} to {has[2]}"
        yield Problem("time.steps", message, keys=("time.steps", "data.task"))
    elif not scenario.reads_sequence and scenario.steps > 1:
        if steps is None:
            other = either(kinds_stating("SEQUENCE"))
            message = (f"{task} is a sequence of {scenario.steps} steps, and {a_kind(kind)} reads none; "
                       f"give kind {other}")  # fmt: skip
            yield Problem("data.task", message, keys=("data.task", scenario.network.where))
        else:
            yield Problem("time.steps", _one_step(kind, steps), keys=("time.steps", scenario.network.where))


def _one_step(kind: str, steps: int | None) -> str:
    other = either(kinds_stating("SEQUENCE"))
    lacks = f"{steps} steps need a recurrent network, and {a_kind(kind)} has one step"
    return f"{lacks}; remove the key or give kind {other}"


def _keys(scenario: ScenarioFields) -> Iterator[Problem]:
    """Keys of other tables that only some kinds understand."""
    for key, value, fact in (("time.truncate", scenario.time.truncate, "STATE"),
                             ("loss.at", not scenario.loss.at_last_step, "SEQUENCE")):  # fmt: skip
        has = scenario.has_state if fact == "STATE" else scenario.reads_sequence
        if value and not has:
            lacks = "no state that goes from step to step" if scenario.reads_sequence else "one step only"
            advice = f"remove the key or give kind {either(kinds_stating(fact))}"
            message = f"{a_kind(scenario.network.word)} has {lacks}; {advice}"
            yield Problem(key, message, keys=(key, scenario.network.where))


def _directions(scenario: ScenarioFields) -> Iterator[Problem]:
    """What reads a sequence from its end needs all of it, and has its last state at the first step."""
    ways, truncate = [table.directions for table in scenario.tables], scenario.time.truncate
    way = "network.direction" if scenario.network.by_key else scenario.network.where
    if truncate and max(ways) > 1:
        message = (f"{truncate} cuts a sequence into windows, and what reads it both ways needs all of it; "
                   'remove the key or give direction = "forward"')  # fmt: skip
        yield Problem("time.truncate", message, keys=("time.truncate", way))
    if scenario.loss.at_ends and scenario.reads_sequence and ways[-1] == 1:
        message = ('"ends" are the last states of a layer that reads both ways, and the last layer does not; '
                   'give last or every, or direction = "both"')  # fmt: skip
        yield Problem("loss.at", message, keys=("loss.at", way))
    listed = scenario.network.entries
    for number, (before, entry) in enumerate(zip((None, *listed), listed, strict=False), 1):
        if entry.has("OF_BOTH") and (before is None or before.table.directions == 1):
            message = (
                f'{entry.word} reads the last state of each direction; give direction = "both" to the entry before it'
            )
            yield Problem(label(number, entry.written), message, keys=("network.layers",))


OF_STEPS = (_steps, _keys, _directions)
