"""Which keys say something of a kind of layer, and what goes and comes when the kind changes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...sim import registry
from ...sim.numerics.number_format import narrow
from ...sim.scenario.choice import Choice
from ...sim.scenario.kind_keys import declared_keys, misfit
from ...sim.scenario.network_table import network_table
from ...sim.scenario.scenario import Scenario, get

NETWORK = "network"

NEEDS = {"time.steps": "SEQUENCE", "time.truncate": "STATE", "loss.at": "SEQUENCE"}
"""The fact that a kind's file states if a key of another table says something of it."""
STEPS = 50  # of a network that comes to read sequences and has none yet


def applies(key: str, scenario: Scenario, kind: str) -> bool:
    """Whether a key says something of networks of a kind."""
    table, _, name = key.rpartition(".")
    if key == "data.image":
        own = registry.entry("layers", kind).metadata.get("IMAGE") if scenario.network.by_key else scenario.reads_image
        return bool(own) and "IMAGE" not in scenario.task.entry.metadata
    if not scenario.network.by_key and (table == NETWORK or key in NEEDS):
        facts = {"STATE": scenario.has_state, "SEQUENCE": scenario.reads_sequence}
        return table != NETWORK and facts[NEEDS[key]] and (key != "time.steps" or _free_length(scenario))
    metadata = registry.entry("layers", kind).metadata
    if table == NETWORK and name not in network_table(kind).model_fields:
        return False
    if key in NEEDS and not metadata.get(NEEDS[key]):
        return False
    if key == "precision.master_weights":
        return narrow(scenario.precision.format)
    if key == "network.norm_at":
        return bool(scenario.network.norm.entry.metadata["ACTIVE"])
    if key == "time.steps":
        return _free_length(scenario)
    return not (key == "network.activation" and "FIXED" in metadata)


def _free_length(scenario: Scenario) -> bool:
    """Whether the length of the sequence is the user's to choose."""
    return scenario.data.file is not None or isinstance(scenario.task.entry.metadata.get("STEPS"), tuple)


def of_kind(scenario: Scenario, kind: str, listed: Sequence[str], dropped: Mapping[str, Any]) -> dict[str, Any]:
    """What another kind of layer takes with it: keys that it does not know go, and a sequence comes.

    `dropped` are values of keys that went with an earlier change of kind, and come back.
    """
    given = scenario.plain()
    gated = "GATES" in registry.entry("layers", kind).metadata  # its activation is another thing than that of others
    lost = {"network.activation"} if gated and not scenario.gates else set[str]()
    gone = [
        key for key in listed if key in lost or not applies(key, scenario, kind) or _means_another(key, scenario, kind)
    ]
    found: dict[str, Any] = {
        key: None for key in gone if key.rpartition(".")[2] in given.get(key.rpartition(".")[0], {})
    }
    found |= {key: value for key, value in dropped.items() if key in listed and key not in gone}
    if "time.steps" not in gone and "time.steps" not in found and scenario.steps == 1:
        found["time.steps"] = STEPS
    return found


def _means_another(key: str, scenario: Scenario, kind: str) -> bool:
    """Whether a key of both kinds allows other values in the new one, or has a choice that makes no sense there."""
    table, _, name = key.rpartition(".")
    if table != NETWORK:
        return False
    before, after = (declared_keys(one).get(name) for one in (scenario.network.kind, kind))
    value = get(scenario, key)
    return before != after or (isinstance(value, Choice) and misfit(value, kind, name) != "")


def drop(scenario: Scenario, changes: Mapping[str, Any], dropped: Mapping[str, Any]) -> dict[str, Any]:
    """What changes of kind have taken away so far, after one more set of changes; what has a value again is not."""
    if "network.kind" not in changes:
        return dict(dropped)
    given, gone = scenario.plain(), {}
    network = [f"{NETWORK}.{name}" for name in given.get(NETWORK, {})]
    for key in (*NEEDS, *network):
        table, _, name = key.rpartition(".")
        if key in changes and changes[key] is None and name in given.get(table, {}):
            gone[key] = given[table][name]
    return {key: value for key, value in (dict(dropped) | gone).items() if changes.get(key) is None}
