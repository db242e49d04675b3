"""Keys of [network] that kinds of layers declare in their files, besides those that all of them have.

`KEYS` of a kind are those that it declares: each with `default` and one of `menu` (its default is a choice of it),
`values` (words), `range` (both ends allowed; whole numbers if they are) or, for true or false, none; `about` is its
help, `read` what follows from it, and `source` where that stands (for the glossary). It may say `after`, the key that
it follows in forms and files, `lacking`, the message for a kind without it ("{kind} has no ..."), `also`, other words
for it, `odd`, whether its number must be, `label`, its words in forms, `named`, when a network in one line names it:
"changed" from the default, "always" or "never", `facts`, what a value of it means for others, as facts of the kind, and
`in_chain`, what says it in a chain, where no entry has it. A string in place of all that names the kind that has it so.
`DEFAULTS` of a kind are those of keys that all have; `REFUSES` are choices that it has no use for, by menu or by key.
A choice that only some kinds have a use for says so itself: it `NEEDS` a fact that their files state.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .. import registry
from .choice import Choice, singular

MENU = "layers"
OPERATIONS = "operations"  # entries of a chain that are no kind of layer


@dataclass(frozen=True)
class Key:
    """A key that a kind declares."""

    default: Any
    about: str
    menu: str = ""
    values: tuple[str, ...] = ()
    range: tuple[float, float] = (0, 0)
    after: str = "skip"
    lacking: str = ""
    also: tuple[str, ...] = ()
    label: str = ""
    named: str = "changed"
    divides: str = ""  # the key whose number this one must divide
    odd: bool = False  # whether its number must be
    divides_sides: bool = False  # whether height and width of an image are divided by its number
    halves: str = ""  # or the parameter of its choice that says at each how many layers they are halved
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by value, facts of a network with it
    in_chain: str = ""  # what says it in a chain, if no entry has it
    read: str = ""
    source: str = ""


def menu_of(kind: str) -> str:
    """The menu of a kind of layer, or of an entry of a chain that is none."""
    return OPERATIONS if kind in registry.names(OPERATIONS) else MENU


def facts(kind: str) -> Mapping[str, Any]:
    """The metadata of a kind of layer, or of an operation; raises KeyError."""
    return registry.entry(menu_of(kind), kind).metadata


def entry_kinds() -> dict[str, str]:
    """The words for kinds in a chain's entries, each with the kind."""
    words = {str(facts(kind).get("IN_CHAIN", kind)): kind for kind in kinds()}
    return words | {name: name for name in registry.names(OPERATIONS)}


def holding_kind() -> str:
    """The entry of a chain that holds layers."""
    return next(name for name in registry.names(OPERATIONS) if "HOLDS" in facts(name))


def declared_keys(kind: str) -> Mapping[str, Key]:
    """The keys that a kind has and not all others do, in the order of their declaration; raises KeyError."""
    return _declared_keys(registry.folders(menu_of(kind)), kind)


@cache
def _declared_keys(_folders: tuple[str, ...], kind: str) -> Mapping[str, Key]:
    declared = facts(kind).get("KEYS", {})
    return {name: declared_keys(key)[name] if isinstance(key, str) else Key(**key) for name, key in declared.items()}


def declared_words(network: Any, number: Callable[[float], str], labelled: bool = True) -> list[str]:
    """The keys that a network's kind declares, in a line: "recurrent orthogonal", "causal".

    Those that are always named have no label unless `labelled`.
    """
    words = []
    for name, key in declared_keys(network.kind).items():
        value, label = getattr(network, name), key.label or name.replace("_", " ")
        shown = number(value) if isinstance(value, int | float) else str(value)
        if key.named == "always" or (key.named == "changed" and str(value) != str(key.default)):
            if isinstance(value, bool):
                words.append(label if value else f"no {label}")
            else:
                words.append(shown if key.named == "always" and not labelled else f"{label} {shown}")
    return words


def kinds() -> tuple[str, ...]:
    """All kinds of layers."""
    return registry.names(MENU)


def kinds_of(key: str) -> tuple[str, ...]:
    """The kinds that declare a key."""
    return tuple(kind for kind in kinds() if key in declared_keys(kind))


def declared(key: str) -> Key:
    """A key as the first kind declares it; raises IndexError if none does."""
    return declared_keys(kinds_of(key)[0])[key]


def all_keys() -> Iterator[str]:
    """Every key that some kind declares, once."""
    yield from dict.fromkeys(key for kind in kinds() for key in declared_keys(kind))


def misfit(choice: Choice, kind: str, key: str) -> str:
    """Why a choice makes no sense for a kind: it NEEDS a fact that its file does not state, or the file REFUSES it."""
    metadata = facts(kind)
    word, needs = f'"{choice.name}"', choice.entry.metadata.get("NEEDS")
    if needs is not None and not metadata.get(needs):
        having = either(kinds_stating(needs))
        return f"{word} is for kind {having}, and the kind is {kind}; give another {singular(choice.menu)}"
    refusals = metadata.get("REFUSES", {})
    refused = refusals.get(choice.menu, ()) + refusals.get(key, ())
    if choice.name in refused:
        fits = [name for name in registry.names(choice.menu) if name not in refused]
        return f"{word} has no place in kind {kind}; give {either(tuple(fits))}"
    return ""


def kinds_stating(fact: str) -> tuple[str, ...]:
    """The kinds whose files state a fact."""
    return tuple(kind for kind in kinds() if registry.entry(MENU, kind).metadata.get(fact))


def either(names: tuple[str, ...]) -> str:
    """Names as a choice among them: "gru, lstm or rnn"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def of_other_kinds(key: str, kind: str, entry: str = "") -> str:
    """The problem of a key that only other kinds have; empty if no kind has it.

    For an `entry` of a chain in the words of entries.
    """
    having = kinds_of(key)
    if not having:
        return ""
    lacking = declared(key).lacking or f"{{kind}} has no {key}"
    if entry:
        words = {kind: word for word, kind in entry_kinds().items()}
        having, kind, subject = tuple(words[one] for one in having), entry, f"{a_kind(entry)} entry"
    else:
        subject = a_kind(kind)
    return f"{lacking.format(kind=kind, a_kind=subject)}; remove the key or give kind {either(having)}"


def a_kind(kind: str) -> str:
    """A kind with its article, as it is spoken: "an mlp", "a gru"."""
    spelled = not set(kind) & set("aeiou")
    return f"{'an' if kind[0] in ('aefhilmnorsx' if spelled else 'aeio') else 'a'} {kind}"
