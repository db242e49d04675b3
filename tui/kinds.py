"""Which keys say something of a kind of layer, and what goes and comes when the kind changes. Pure."""

from collections.abc import Sequence
from typing import Any

from ..sim import menu
from ..sim.scenario import Scenario

RECURRENT = ("time.steps", "network.recurrent_init", "network.forget_bias", "network.norm_at", "time.truncate",
             "loss.at")  # fmt: skip
STEPS = 50  # of a network that becomes recurrent and has no sequence yet


def applies(key: str, scenario: Scenario, kind: str) -> bool:
    """Whether a key says something of networks of a kind."""
    facts = menu.entry("layers", kind).facts
    if key in RECURRENT and not facts.get("RECURRENT"):
        return False
    if key == "network.forget_bias":
        return "FORGET_BLOCK" in facts
    if key == "network.norm_at":
        return bool(scenario.network.norm.entry.facts["ACTIVE"])
    if key == "time.steps":
        return scenario.data.file is not None or isinstance(scenario.task.entry.facts.get("STEPS"), tuple)
    return not (key == "network.activation" and "FIXED" in facts)


def of_kind(scenario: Scenario, kind: str, listed: Sequence[str]) -> dict[str, Any]:
    """What another kind of layer takes with it: keys that it does not know go, and a sequence comes."""
    given = scenario.plain()
    gone = [key for key in listed if not applies(key, scenario, kind)]
    found: dict[str, Any] = {
        key: None for key in gone if key.rpartition(".")[2] in given.get(key.rpartition(".")[0], {})
    }
    if "time.steps" not in gone and scenario.steps == 1:
        found["time.steps"] = STEPS
    return found
