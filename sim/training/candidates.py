"""Which fixes are worth a try in a scenario, how deep each goes, and what it is good for."""

from collections.abc import Iterable

from .. import registry
from ..errors import UserError
from ..scenario.fix_menu import fixes
from ..scenario.fixing import apply_fixes, changes, cures, remedies
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import CAUSES

INTRUSION = (("training", "data.standardize", "precision.master_weights", "precision.loss_scale"),
             ("network.init", "network.recurrent_init", "network.forget_bias"),
             ("network.activation", "network.norm", "network.skip"), ("precision", "data.batch"))  # fmt: skip
"""Keys from what leaves the network as it is, over its first weights and its functions, to its arithmetic and batches;
what is in none makes another network, or another problem."""
AGAIN = 3  # times that a fix is tried which can be given several times: a thousandth of a learning rate


def candidates(scenario: Scenario, kinds: Iterable[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Fixes that act on a pass and apply, with partners, and those of training against any of the symptoms `kinds`.

    Those against a cause come first, then those against a symptom, and of the rest the least intrusive. Where causes
    are all that is wrong, there are no others.
    """
    wanted, found = tuple(kinds), list[tuple[str, ...]]()
    for fix in fixes():
        if fix.training and not set(fix.kinds).intersection(wanted):
            continue
        found += [(fix.name,) * times for times in range(1, AGAIN + 1 if fix.again else 2)]
        found += [(fix.name, partner) for partner in registry.entry("fixes", fix.name).metadata.get("PARTNERS", ())]
    kept: dict[str, tuple[str, ...]] = {}
    for names in found:
        try:
            fixed = apply_fixes(scenario, names)
        except UserError:
            continue
        kept.setdefault(repr(fixed), names)
    likely = remedies(scenario, wanted)

    def place(names: tuple[str, ...]) -> tuple[bool, bool, tuple[int, int], tuple[str, ...]]:
        return not of_cause(names, wanted), not set(names).intersection(likely), intrusion(scenario, names), names

    all_of_cause = bool(wanted) and set(wanted) <= set(CAUSES)
    return tuple(sorted((names for names in kept.values() if not all_of_cause or set(names) <= set(likely)), key=place))


def of_cause(names: Iterable[str], kinds: Iterable[str]) -> bool:
    """Whether any of the fixes is made, before all else, against one of the symptoms `kinds` that is a cause."""
    causes = set(CAUSES).intersection(kinds)
    return any(registry.entry("fixes", name).metadata["CURES_KINDS"][0] in causes for name in names)


def intrusion(scenario: Scenario, names: Iterable[str]) -> tuple[int, int]:
    """How deep fixes go by INTRUSION, and how many keys they change in all."""
    keys = {key for name in names for key in changes(name, scenario)}
    return max(map(_depth, keys), default=0), len(keys)


def _depth(key: str) -> int:
    for depth, group in enumerate(INTRUSION):
        if any(f"{key}.".startswith(f"{prefix}.") for prefix in group):
            return depth
    return len(INTRUSION)


def reason(scenario: Scenario, names: tuple[str, ...]) -> str:
    """What fixes are good for in a scenario, each beside the others."""
    beside = {name: apply_fixes(scenario, names[:i] + names[i + 1 :]) for i, name in enumerate(names)}
    return " ".join(cures(name, others) for name, others in beside.items())
