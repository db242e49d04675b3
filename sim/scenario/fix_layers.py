"""The layers that a fix changes in a chain, and the reasons why not the others. Imports no numba."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import registry
from ..errors import ScenarioError, quoted
from .chain_positions import NETWORK, ChainPosition, positions, with_changes
from .choice import parse
from .kind_keys import a_kind, either, facts, kinds_stating
from .scenario import Scenario, get

LACKS = {
    "SEQUENCE": "no steps",
    "STATE": "no recurrent weights",
    "SUBLAYERS": "no attention",
    "IMAGE": "no convolution",
}
"""What a fix may need of a kind of layer, as the kind's file states it, and what is said where it is missing."""
ALREADY = "already so in this scenario"
KEEP_PARAMETERS = {"network.activation", "network.norm.eps"}  # keys with which a network has the same parameters
DRAWN = {"network.init", "network.recurrent_init", "network.bias", "network.forget_bias", "network.activation"}


def differences(name: str, scenario: Scenario, inside: bool = True) -> dict[str, Any]:
    """The changes of a fix that differ from a scenario; without keys of its network if not `inside`."""
    wanted = {key: value for key, value in wanted_keys(name, scenario).items() if inside or not key.startswith(NETWORK)}
    return {key: value for key, value in wanted.items() if not same_value(get(scenario, key), value)}


def wanted_keys(name: str, scenario: Scenario) -> Mapping[str, Any]:
    """All keys that a fix sets, also where the scenario has the value already."""
    wanted: Mapping[str, Any] = registry.load("fixes", name).changes(scenario)
    return wanted


def changed_positions(name: str, scenario: Scenario) -> Iterator[tuple[ChainPosition, dict[str, Any]]]:
    """The layers of a chain that a fix changes, each with its changes."""
    changed = [
        (position, differences(name, position.alone)) for position, why in fix_positions(name, scenario) if not why
    ]
    if len(changed) > 1 and not _fits(scenario, changed):
        changed = [one for one in changed if _fits(scenario, [one])]
    yield from changed


def _fits(scenario: Scenario, changed: Iterable[tuple[ChainPosition, dict[str, Any]]]) -> bool:
    """Whether layers of a chain can change so."""
    try:
        scenario.edit(with_changes(scenario, {position.path: wanted for position, wanted in changed}))
    except ScenarioError:
        return False
    return True


def fix_positions(name: str, scenario: Scenario) -> Iterator[tuple[ChainPosition, str]]:
    """The layers of a chain that have the keys of a fix, each with why it does not apply; a block before its layers."""
    keys = {key.split(".")[1] for key in wanted_keys(name, scenario) if key.startswith(NETWORK)}
    if scenario.network.by_key or not keys:
        return
    needs, taken = registry.entry("fixes", name).metadata.get("NEEDS"), set[int]()
    for position in positions(scenario):
        if position.path[0] in taken or (position.entry.block and not keys <= position.keys):
            continue
        if position.entry.block:
            taken.add(position.path[0])
        elif needs is not None and not position.entry.has(needs):
            continue
        if keys & (position.keys | {"kind"}):
            yield position, obstacle_alone(name, position.alone, scenario.network.weights is not None)


def obstacle_alone(name: str, alone: Scenario, from_file: bool) -> str:
    """Why a fix does not apply to layers of a kind, in a sentence; `from_file` if their parameters come from one."""
    kind, needs = alone.network.kind, registry.entry("fixes", name).metadata.get("NEEDS")
    if lacks := _lacks(kind, needs):
        wanted_kind = "a recurrent kind" if needs == "STATE" else f"kind {either(kinds_stating(str(needs)))}"
        return f"{a_kind(kind)} has {lacks}; it needs {wanted_kind}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(alone) if hasattr(module, "obstacle") else ""
    wanted = differences(name, alone)
    if reason or not wanted:
        return reason or ALREADY
    if from_file and (why := _unfit_for_weights_file(alone, wanted)):
        return why
    if alone.gates and "network.activation" in wanted and "network.kind" not in wanted_keys(name, alone):
        return f"{a_kind(kind)} has {alone.gates}, which pass the gradient on whatever the activation"
    return ""


def _lacks(kind: str, needs: str | None) -> str:
    """What a fix needs and a kind of layer lacks, in words; empty if it has it."""
    metadata = facts(kind)
    if needs is None or metadata.get(needs):
        return ""
    sequences = all(facts(one).get("SEQUENCE") for one in kinds_stating(needs))
    wanted = {needs, "SEQUENCE"} if sequences else {needs}
    return " and ".join(words for fact, words in LACKS.items() if fact in wanted and not metadata.get(fact))


def _unfit_for_weights_file(scenario: Scenario, wanted: Mapping[str, Any]) -> str:
    """Why a change can't help where the parameters come from a file."""
    others = {key for key in wanted if key.startswith("network.")} - KEEP_PARAMETERS
    skip = parse("skips", wanted.get("network.skip", scenario.network.skip))
    if skip.entry.metadata["LEARNABLE"] == scenario.network.skip.entry.metadata["LEARNABLE"]:
        others.discard("network.skip")
    if not others:
        return ""
    return "the weights come from a file, and none are drawn" if others <= DRAWN else "the file's weights would not fit"


def same_value(value: Any, wanted: Any) -> bool:
    """Whether a key has the value that a fix wants, as it is or as it is written."""
    plain = value.plain() if hasattr(value, "plain") else value
    return bool(plain == wanted or quoted(plain) == quoted(wanted))
