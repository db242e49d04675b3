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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import registry
from ..errors import Problem, ScenarioError, UserError, quoted, unknown
from .choice import parse
from .kind_keys import a_kind, either, kinds_stating
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
    """What a fix is good for in a scenario, in a sentence: what its file's `cures` says of it, or else its CURES."""
    module = registry.load("fixes", name)
    text: str = module.cures(scenario) if hasattr(module, "cures") else module.CURES
    return text


def changes(name: str, scenario: Scenario) -> dict[str, Any]:
    """The dotted keys that a fix would change in a scenario, with their new values."""
    return {key: value for key, value in _wanted(name, scenario).items() if not _same(get(scenario, key), value)}


def _wanted(name: str, scenario: Scenario) -> Mapping[str, Any]:
    """All that a fix sets, also what the scenario has already."""
    wanted: Mapping[str, Any] = registry.load("fixes", name).changes(scenario)
    return wanted


def obstacle(name: str, scenario: Scenario) -> str:
    """Why a fix does not apply to a scenario, in a sentence; empty if it does."""
    if not scenario.network.by_key:
        return _obstacle_in_chain(name, scenario)
    needs = registry.entry("fixes", name).metadata.get("NEEDS")
    if lacks := _lacks(scenario.network.kind, needs):
        wanted_kind = "a recurrent kind" if needs == "STATE" else f"kind {either(kinds_stating(str(needs)))}"
        return f"{a_kind(scenario.network.kind)} has {lacks}; it needs {wanted_kind}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(scenario) if hasattr(module, "obstacle") else ""
    if reason:
        return reason
    wanted = changes(name, scenario)
    if not wanted:
        return "already so in this scenario"
    if beside := _beside_the_point(scenario, wanted):
        return beside
    try:
        scenario.edit(wanted)
    except ScenarioError as error:
        return "; ".join(problem.message for problem in error.problems)
    return ""


def _obstacle_in_chain(name: str, scenario: Scenario) -> str:
    """Why a fix does not apply to a network that is written layer by layer; empty if it does."""
    if any(key.startswith("network.") for key in _wanted(name, scenario)):
        return "network.layers says what each layer is; change it there"
    needs = registry.entry("fixes", name).metadata.get("NEEDS")
    if (needs == "STATE" and not scenario.has_state) or (needs == "SEQUENCE" and not scenario.reads_sequence):
        return f"the chain has {LACKS[needs]}"
    module = registry.load("fixes", name)
    reason: str = module.obstacle(scenario) if hasattr(module, "obstacle") else ""
    if reason or not (wanted := changes(name, scenario)):
        return reason or "already so in this scenario"
    try:
        scenario.edit(wanted)
    except ScenarioError as error:
        return "; ".join(problem.message for problem in error.problems)
    return ""


def _lacks(kind: str, needs: str | None) -> str:
    """What a kind of layer has not that a fix needs; empty if it has it."""
    facts = registry.entry("layers", kind).metadata
    if needs is None or facts.get(needs):
        return ""
    sequences = all(registry.entry("layers", one).metadata.get("SEQUENCE") for one in kinds_stating(needs))
    wanted = {needs, "SEQUENCE"} if sequences else {needs}
    return " and ".join(words for fact, words in LACKS.items() if fact in wanted and not facts.get(fact))


def _beside_the_point(scenario: Scenario, wanted: Mapping[str, Any]) -> str:
    """Why a change can't help: of the activation beside gates, or between layers where time decides."""
    if scenario.network.weights is not None and (beside := _beside_the_file(scenario, wanted)):
        return beside
    if scenario.gates and "network.activation" in wanted and "network.kind" not in wanted:
        return f"an {scenario.network.kind} has {scenario.gates}, which pass the gradient on whatever the activation"
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
    wanted = {key: value for name in names for key, value in changes(name, scenario).items()}
    fixed = scenario.edit(wanted) if wanted else scenario
    for name, count in times.items():
        for _ in range(count - 1):
            if obstacle(name, fixed):
                break
            fixed = fixed.edit(changes(name, fixed))
    return fixed


def _same(value: Any, wanted: Any) -> bool:
    plain = value.plain() if hasattr(value, "plain") else value
    return bool(plain == wanted or quoted(plain) == quoted(wanted))
