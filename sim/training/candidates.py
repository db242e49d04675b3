"""Candidate fixes of a scenario, how deep each intrudes, and the reason for each."""

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
"""Keys by how deep a change of them intrudes: training, initial weights, functions of the network, arithmetic and
batches. A key of no group makes another network, or another problem."""
AGAIN = 3  # times at most that a repeatable fix is applied: a thousandth of a learning rate


def candidates(scenario: Scenario, kinds: Iterable[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Fixes that apply, alone and with partners; of those of training only what is against any of the symptoms `kinds`.

    Those against a cause come first, then those against a symptom, each with the least intrusive first. If all
    symptoms are causes, no other fixes are candidates.
    """
    wanted, combinations = tuple(kinds), list[tuple[str, ...]]()
    for fix in fixes():
        if fix.training and not set(fix.kinds).intersection(wanted):
            continue
        combinations += [(fix.name,) * times for times in range(1, AGAIN + 1 if fix.again else 2)]
        combinations += [
            (fix.name, partner) for partner in registry.entry("fixes", fix.name).metadata.get("PARTNERS", ())
        ]
    different: dict[str, tuple[str, ...]] = {}
    for names in combinations:
        try:
            fixed = apply_fixes(scenario, names)
        except UserError:
            continue
        different.setdefault(repr(fixed), names)
    likely = remedies(scenario, wanted)

    def order(names: tuple[str, ...]) -> tuple[bool, bool, tuple[int, int], tuple[str, ...]]:
        return not of_cause(names, wanted), not set(names).intersection(likely), intrusion(scenario, names), names

    all_of_cause = bool(wanted) and set(wanted) <= set(CAUSES)
    return tuple(
        sorted((names for names in different.values() if not all_of_cause or set(names) <= set(likely)), key=order)
    )


def of_cause(names: Iterable[str], kinds: Iterable[str]) -> bool:
    """Whether the first symptom that any of the fixes cures is a cause and one of `kinds`."""
    causes = set(CAUSES).intersection(kinds)
    return any(registry.entry("fixes", name).metadata["CURES_KINDS"][0] in causes for name in names)


def intrusion(scenario: Scenario, names: Iterable[str]) -> tuple[int, int]:
    """The deepest group of INTRUSION (from 0) in which fixes change a key, and the number of keys they change."""
    keys = {key for name in names for key in changes(name, scenario)}
    return max(map(_depth, keys), default=0), len(keys)


def _depth(key: str) -> int:
    for depth, group in enumerate(INTRUSION):
        if is_in(key, group):
            return depth
    return len(INTRUSION)


def is_in(key: str, group: Iterable[str]) -> bool:
    """Whether a key of a scenario ("network.init.std") is one of a group, or is in a table or choice of it."""
    return any(key == one or key.startswith(f"{one}.") for one in group)


def reason(scenario: Scenario, names: tuple[str, ...]) -> str:
    """What fixes are good for in a scenario, in sentences: each of them with the others applied."""
    with_others = {name: apply_fixes(scenario, names[:i] + names[i + 1 :]) for i, name in enumerate(names)}
    return " ".join(cures(name, others) for name, others in with_others.items())
