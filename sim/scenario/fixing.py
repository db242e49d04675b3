"""Fixes applied to scenarios: what they change, why one does not apply, which are worth a try. Imports no numba.

What a fix's file holds stands in fix_menu.py.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import registry
from ..errors import Problem, ScenarioError, UserError, unknown
from .chain_positions import NETWORK, with_changes
from .fix_layers import (
    ALREADY,
    LACKS,
    changed_positions,
    differences,
    fix_positions,
    obstacle_alone,
    same_value,
    wanted_keys,
)
from .fix_menu import Fix, against, counted
from .kind_keys import declared, either, kinds_of
from .scenario import Scenario


class FixError(UserError):
    """Fixes that can't be applied as asked."""


def remedies(scenario: Scenario, kinds: Iterable[str]) -> tuple[str, ...]:
    """The fixes that apply to a scenario and are worth a try against any of these symptoms, the likely causes first.

    They are candidates: only a pass or a run shows whether one of them is enough.
    """
    wanted = tuple(kinds)
    return tuple(
        fix.name
        for fix in against(wanted)
        if not obstacle(fix.name, scenario) and not _divided_out(scenario, fix, wanted)
    )


def _divided_out(scenario: Scenario, fix: Fix, kinds: tuple[str, ...]) -> bool:
    """Whether a fix is to end an explosion by the size of the weights, which a norm behind them divides out."""
    return fix.weight_size and scenario.inner_norm and set(fix.kinds).intersection(kinds) == {"exploding"}


def cures(name: str, scenario: Scenario) -> str:
    """What a fix does for a scenario, in a sentence: `cures` of its file, or else CURES.

    In a chain it is said of the first layer that it changes, and in general if it changes none.
    """
    module = registry.load("fixes", name)
    if not hasattr(module, "cures"):
        return str(module.CURES)
    of_layers = not scenario.network.by_key and any(key.startswith(NETWORK) for key in wanted_keys(name, scenario))
    alone = next((position.alone for position, _ in changed_positions(name, scenario)), None if of_layers else scenario)
    return str(module.CURES if alone is None else module.cures(alone))


def changes(name: str, scenario: Scenario) -> dict[str, Any]:
    """The dotted keys that a fix would change in a scenario, or in layers of its chain, with their new values."""
    in_layers = {key: value for _, wanted in changed_positions(name, scenario) for key, value in wanted.items()}
    return in_layers | differences(name, scenario, inside=scenario.network.by_key)


def applied(name: str, scenario: Scenario) -> Scenario:
    """The scenario with a fix that applies to it; raises ScenarioError if it makes no sense with the rest."""
    wanted = differences(name, scenario, inside=scenario.network.by_key)
    if layers := {position.path: wanted_there for position, wanted_there in changed_positions(name, scenario)}:
        wanted |= with_changes(scenario, layers)
    return scenario.edit(wanted) if wanted else scenario


def obstacle(name: str, scenario: Scenario) -> str:
    """Why a fix does not apply to a scenario, in a sentence; empty if it does."""
    reason = _obstacle(name, scenario) if scenario.network.by_key else _obstacle_in_chain(name, scenario)
    if reason:
        return reason
    try:
        applied(name, scenario)
    except ScenarioError as error:
        return "; ".join(problem.message for problem in error.problems)
    return ""


def _obstacle(name: str, scenario: Scenario) -> str:
    if reason := obstacle_alone(name, scenario, scenario.network.weights is not None):
        return reason
    return _useless_in_one_layer(scenario, changes(name, scenario))


def _obstacle_in_chain(name: str, scenario: Scenario) -> str:
    """Why a fix does not apply to a network that is written layer by layer; empty if it does."""
    needs = registry.entry("fixes", name).metadata.get("NEEDS")
    if needs is not None and not any(table.metadata.get(needs) for table in scenario.tables):
        return f"the chain has {LACKS[needs]}"
    if instead := registry.entry("fixes", name).metadata.get("IN_CHAIN"):
        return str(instead)
    if keys := [key.removeprefix(NETWORK) for key in wanted_keys(name, scenario) if key.startswith(NETWORK)]:
        reasons = {position.label: why for position, why in fix_positions(name, scenario)}
        if not all(reasons.values()):
            return ""
        obstacles = [(where, why) for where, why in reasons.items() if why != ALREADY] or list(reasons.items())
        if not obstacles:
            apart = [declared(key).in_chain for key in keys if kinds_of(key)]
            lacks = f"the chain has {LACKS[needs]}" if needs is not None else f"no entry has {either(tuple(keys))}"
            return next(filter(None, apart), lacks)
        where, why = obstacles[0]
        return why if len(set(reasons.values())) == 1 else f"{where}: {why}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(scenario) if hasattr(module, "obstacle") else ""
    return reason or ("" if changes(name, scenario) else ALREADY)


def _useless_in_one_layer(scenario: Scenario, wanted: Mapping[str, Any]) -> str:
    """Why a change between layers can't help where only time decides; empty if it can."""
    if not scenario.has_state or scenario.network.depth > 1 or len(wanted) > 1:
        return ""
    if "network.init" in wanted:
        return "init is of the input weights; in one layer the gradient goes through the recurrent ones"
    if "network.skip" in wanted:
        return "a skip goes round a layer, not round a time step; it needs 2 or more layers"
    return ""


def clash(scenario: Scenario, first: str, second: str) -> str:
    """The key that two fixes set differently; empty if they go together."""
    pairs = [(a, b) for a in wanted_keys(first, scenario).items() for b in wanted_keys(second, scenario).items()]
    return next((shared for a, b in pairs if (shared := _disputed(*a, *b))), "")


def _disputed(key: str, value: Any, other: str, wanted: Any) -> str:
    """The key that both set: the same one to different values, or a choice and a parameter of it."""
    if key == other:
        return "" if same_value(value, wanted) else key
    return min(key, other) if key.startswith(f"{other}.") or other.startswith(f"{key}.") else ""


def apply_fixes(scenario: Scenario, names: Iterable[str]) -> Scenario:
    """The scenario with fixes applied, in any order; raises FixError with every reason why not."""
    times = counted(names)
    names = tuple(times)
    known = registry.names("fixes")
    problems = [Problem("", unknown("fix", name, known, registry.also("fixes"))) for name in names if name not in known]
    if problems:
        raise FixError(problems)
    reasons = {name: obstacle(name, scenario) for name in names}
    problems = [Problem(f"fix {name}", f"does not apply: {why}") for name, why in reasons.items() if why]
    problems += [
        Problem(f"fixes {a} and {b}", f"both set {key}; give one of them")
        for i, a in enumerate(names) for b in names[i + 1 :] if (key := clash(scenario, a, b))
    ]  # fmt: skip
    if problems:
        raise FixError(problems)
    fixed = scenario
    if scenario.network.by_key:
        wanted = {key: value for name in names for key, value in changes(name, scenario).items()}
        fixed = scenario.edit(wanted) if wanted else scenario
    else:
        for name in names:  # each changes the list of layers
            fixed = applied(name, fixed)
    for name, count in times.items():
        for _ in range(count - 1):
            if obstacle(name, fixed):
                break
            fixed = applied(name, fixed)
    return fixed
