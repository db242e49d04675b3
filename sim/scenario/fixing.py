"""Fixes: pure functions from scenario to scenario, one file each in `fixes/`. Imports no numba.

A fix's file has a docstring (its label), the literals ORDER (its place in the panel), CURES and SOURCE,
`changes(scenario)` (dotted keys and their new values) and, where it does not always make sense,
`obstacle(scenario)` (a sentence of why not, or an empty string); `cures(scenario)`, where CURES does not hold for
every scenario, says what it does for this one. CURES_KINDS are the symptoms (KINDS) for which
it is worth a try; TRAINING = True says that it acts on the updates only, and a single pass stays as it is;
NEEDS is a fact (LACKS) without which a kind of layer has no use for it;
AGAIN = True that a second time changes the scenario further. Given twice, any other counts once. WEIGHT_SIZE = True
says that it only makes weights larger or smaller, which a norm divides out. PARTNERS are fixes that belong with it:
advice tries them together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import registry
from ..errors import Problem, ScenarioError, UserError, quoted, unknown
from .choice import parse
from .kind_keys import a_kind, declared, either, facts, kinds_of, kinds_stating
from .places import NETWORK, Place, places, with_changes
from .scenario import Scenario, get

KINDS = {
    "vanishing": "the gradient of the first layer is too small",
    "exploding": "the gradient of the first layer is too large",
    "dead": "the gradient of the first layer is exactly 0",
    "nonfinite": "the first pass overflows",
    "through_time": "it is the time steps over which the gradient becomes so, not the layers",
    "overflow": "a number is beyond the format, and float32 would hold it",
    "underflow": "a gradient became 0 because it is below the format",
    "loss_scale": "a gradient overflowed that the loss scale had made larger",
    "branches": "the branches beside the skip add up to too much",
    "small_batch": "batch norm compares too few samples",
    "eps": "the optimizer's eps is 0 in the format, and it divided by it",
    "lost_updates": "rounding made nothing of many of the updates",
    "data": "inputs or targets are far from the size that rates and starting weights are made for",
    "flat_rows": "a norm divides rows that have no spread",
    "stalled": "the loss does not fall",
    "diverging": "the loss grew beyond where it began",
    "blowup": "the updates led to inf or NaN",
    "spike": "one batch had a gradient of inf or NaN, after others that were fine",
}
"""Symptoms, of a pass (the first ten) and of a run of training: what fixes say that they are worth a try for."""
CAUSES = ("overflow", "underflow", "loss_scale", "branches", "small_batch", "eps", "lost_updates", "through_time",
          "data", "flat_rows")  # fmt: skip
"""Those symptoms that say why; the others say what is seen."""
LACKS = {
    "SEQUENCE": "no steps",
    "STATE": "no recurrent weights",
    "SUBLAYERS": "no attention",
    "IMAGE": "no convolution",
}
"""What a fix may need of a kind of layer, as the kind's file states it, and what is said where it is missing."""


@dataclass(frozen=True)
class Fix:
    """What a fix says of itself."""

    name: str
    label: str
    cures: str
    source: str
    order: int
    kinds: tuple[str, ...] = ()
    training: bool = False
    again: bool = False
    weight_size: bool = False


class FixError(UserError):
    """Fixes that can't be applied as asked."""


ALREADY = "already so in this scenario"
KEEP_PARAMETERS = {"network.activation", "network.norm.eps"}  # keys with which a network has the same parameters
DRAWN = {"network.init", "network.recurrent_init", "network.bias", "network.forget_bias", "network.activation"}


def fixes(training: bool = False) -> tuple[Fix, ...]:
    """All fixes, in the order of the panel: first those that act on a pass, or else those on training only."""
    found = [_fix(registry.entry("fixes", name)) for name in registry.names("fixes")]
    return tuple(sorted(found, key=lambda fix: (fix.training != training, fix.order, fix.name)))


def _fix(entry: registry.MenuEntry) -> Fix:
    metadata = entry.metadata
    kinds = metadata.get("CURES_KINDS", ())
    flags = [bool(metadata.get(name)) for name in ("TRAINING", "AGAIN", "WEIGHT_SIZE")]
    return Fix(entry.name, entry.summary, metadata["CURES"], entry.source, metadata["ORDER"], kinds, *flags)


def remedies(scenario: Scenario, kinds: Iterable[str]) -> tuple[str, ...]:
    """The fixes that apply to a scenario and are worth a try against any of these symptoms, the likely causes first.

    They are candidates: only a pass or a run tells whether one of them is enough.
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


def against(kinds: Iterable[str]) -> tuple[Fix, ...]:
    """All fixes for any of these symptoms, in the order of the symptoms and then of the panel.

    Of those for one of the CAUSES the fixes come first that name it first.
    """
    wanted = tuple(kinds)

    def place(fix: Fix) -> tuple[int, bool]:
        first = next(kind for kind in wanted if kind in fix.kinds)
        return wanted.index(first), first in CAUSES and fix.kinds[0] != first

    return tuple(sorted((fix for fix in fixes() if set(wanted).intersection(fix.kinds)), key=place))


def cures(name: str, scenario: Scenario) -> str:
    """What a fix is good for in a scenario, in a sentence: what its file's `cures` says of it, or else its CURES.

    In a chain it is said of the first layer that it changes.
    """
    module = registry.load("fixes", name)
    if not hasattr(module, "cures"):
        return str(module.CURES)
    alone = next((place.alone for place, _ in _concerned(name, scenario)), scenario)
    text: str = module.cures(alone)
    return text


def changes(name: str, scenario: Scenario) -> dict[str, Any]:
    """The dotted keys that a fix would change in a scenario, or in layers of its chain, with their new values."""
    found = {key: value for _, wanted in _concerned(name, scenario) for key, value in wanted.items()}
    return found | _different(name, scenario, inside=scenario.network.by_key)


def _different(name: str, scenario: Scenario, inside: bool = True) -> dict[str, Any]:
    """What of a fix differs from what a scenario has, keys of its network among them or not."""
    wanted = {key: value for key, value in _wanted(name, scenario).items() if inside or not key.startswith(NETWORK)}
    return {key: value for key, value in wanted.items() if not _same(get(scenario, key), value)}


def _wanted(name: str, scenario: Scenario) -> Mapping[str, Any]:
    """All that a fix sets, also what the scenario has already."""
    wanted: Mapping[str, Any] = registry.load("fixes", name).changes(scenario)
    return wanted


def applied(name: str, scenario: Scenario) -> Scenario:
    """The scenario with a fix that applies to it; raises ScenarioError if it makes no sense with the rest."""
    wanted = _different(name, scenario, inside=scenario.network.by_key)
    if layers := {place.path: wanted_there for place, wanted_there in _concerned(name, scenario)}:
        wanted |= with_changes(scenario, layers)
    return scenario.edit(wanted) if wanted else scenario


def _concerned(name: str, scenario: Scenario) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The layers of a chain that a fix changes, each with what."""
    found = [(place, _different(name, place.alone)) for place, why in _places(name, scenario) if not why]
    if len(found) > 1 and not _fits(scenario, found):
        found = [one for one in found if _fits(scenario, [one])]
    yield from found


def _fits(scenario: Scenario, found: Iterable[tuple[Place, dict[str, Any]]]) -> bool:
    """Whether layers of a chain can change so."""
    try:
        scenario.edit(with_changes(scenario, {place.path: wanted for place, wanted in found}))
    except ScenarioError:
        return False
    return True


def _places(name: str, scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """The layers of a chain that have the keys of a fix, each with why it does not apply; a block before its layers."""
    keys = {key.split(".")[1] for key in _wanted(name, scenario) if key.startswith(NETWORK)}
    if scenario.network.by_key or not keys:
        return
    needs, taken = registry.entry("fixes", name).metadata.get("NEEDS"), set[int]()
    for place in places(scenario):
        if place.path[0] in taken or (place.entry.block and not keys <= place.keys):
            continue
        if place.entry.block:
            taken.add(place.path[0])
        elif needs is not None and not place.entry.has(needs):
            continue
        if keys & (place.keys | {"kind"}):
            yield place, _obstacle_alone(name, place.alone, scenario.network.weights is not None)


def _obstacle_alone(name: str, alone: Scenario, from_file: bool) -> str:
    """Why a fix does not apply to layers of a kind, in a sentence; `from_file` if their parameters come from one."""
    kind, needs = alone.network.kind, registry.entry("fixes", name).metadata.get("NEEDS")
    if lacks := _lacks(kind, needs):
        wanted_kind = "a recurrent kind" if needs == "STATE" else f"kind {either(kinds_stating(str(needs)))}"
        return f"{a_kind(kind)} has {lacks}; it needs {wanted_kind}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(alone) if hasattr(module, "obstacle") else ""
    wanted = _different(name, alone)
    if reason or not wanted:
        return reason or ALREADY
    if from_file and (beside := _beside_the_file(alone, wanted)):
        return beside
    if alone.gates and "network.activation" in wanted and "network.kind" not in _wanted(name, alone):
        return f"{a_kind(kind)} has {alone.gates}, which pass the gradient on whatever the activation"
    return ""


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
    if reason := _obstacle_alone(name, scenario, scenario.network.weights is not None):
        return reason
    return _beside_the_point(scenario, changes(name, scenario))


def _obstacle_in_chain(name: str, scenario: Scenario) -> str:
    """Why a fix does not apply to a network that is written layer by layer; empty if it does."""
    needs = registry.entry("fixes", name).metadata.get("NEEDS")
    if needs is not None and not any(table.metadata.get(needs) for table in scenario.tables):
        return f"the chain has {LACKS[needs]}"
    if instead := registry.entry("fixes", name).metadata.get("IN_CHAIN"):
        return str(instead)
    if keys := [key.removeprefix(NETWORK) for key in _wanted(name, scenario) if key.startswith(NETWORK)]:
        reasons = {place.label: why for place, why in _places(name, scenario)}
        if not all(reasons.values()):
            return ""
        told = [(where, why) for where, why in reasons.items() if why != ALREADY] or list(reasons.items())
        if not told:
            apart = [declared(key).in_chain for key in keys if kinds_of(key)]
            return next(filter(None, apart), "no layer of the chain has what it changes")
        where, why = told[0]
        return why if len(set(reasons.values())) == 1 else f"{where}: {why}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(scenario) if hasattr(module, "obstacle") else ""
    return reason or ("" if changes(name, scenario) else ALREADY)


def _lacks(kind: str, needs: str | None) -> str:
    """What a kind of layer has not that a fix needs; empty if it has it."""
    told = facts(kind)
    if needs is None or told.get(needs):
        return ""
    sequences = all(facts(one).get("SEQUENCE") for one in kinds_stating(needs))
    wanted = {needs, "SEQUENCE"} if sequences else {needs}
    return " and ".join(words for fact, words in LACKS.items() if fact in wanted and not told.get(fact))


def _beside_the_point(scenario: Scenario, wanted: Mapping[str, Any]) -> str:
    """Why a change can't help: between layers where time decides."""
    if not scenario.has_state or scenario.network.depth > 1 or len(wanted) > 1:
        return ""
    if "network.init" in wanted:
        return "init is of the input weights; in one layer the gradient goes through the recurrent ones"
    if "network.skip" in wanted:
        return "a skip goes round a layer, not round a time step; it needs 2 or more layers"
    return ""


def _beside_the_file(scenario: Scenario, wanted: Mapping[str, Any]) -> str:
    """Why a change can't help where the parameters come from a file."""
    others = {key for key in wanted if key.startswith("network.")} - KEEP_PARAMETERS
    skip = parse("skips", wanted.get("network.skip", scenario.network.skip))
    if skip.entry.metadata["LEARNABLE"] == scenario.network.skip.entry.metadata["LEARNABLE"]:
        others.discard("network.skip")
    if not others:
        return ""
    return "the weights come from a file, and none are drawn" if others <= DRAWN else "the file's weights would not fit"


def clash(scenario: Scenario, first: str, second: str) -> str:
    """The key that two fixes set differently; empty if they go together."""
    pairs = [(a, b) for a in _wanted(first, scenario).items() for b in _wanted(second, scenario).items()]
    return next((shared for a, b in pairs if (shared := _disputed(*a, *b))), "")


def _disputed(key: str, value: Any, other: str, wanted: Any) -> str:
    """The key that both set: the same one to different values, or a choice and a parameter of it."""
    if key == other:
        return "" if _same(value, wanted) else key
    return min(key, other) if key.startswith(f"{other}.") or other.startswith(f"{key}.") else ""


def counted(names: Iterable[str]) -> dict[str, int]:
    """How many times each fix counts, in the order in which they were given first."""
    times = Counter(names)
    known = set(registry.names("fixes"))
    again = {name for name in times if name in known and registry.entry("fixes", name).metadata.get("AGAIN")}
    return {name: count if name in again else 1 for name, count in times.items()}


def in_words(names: Iterable[str]) -> str:
    """Fixes as a heading lists them: "he_init, lower_learning_rate x2"."""
    return ", ".join(name if count == 1 else f"{name} x{count}" for name, count in counted(names).items())


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


def _same(value: Any, wanted: Any) -> bool:
    plain = value.plain() if hasattr(value, "plain") else value
    return bool(plain == wanted or quoted(plain) == quoted(wanted))
