"""Parses an entry of `network.layers`. Imports no numba."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from .. import registry
from ..errors import Problem, quoted, unknown
from .kind_keys import OPERATIONS, a_kind, declared_keys, entry_kinds, facts, holding_kind, of_other_kinds
from .messages import explain, other_words
from .network import LayerEntry
from .network_table import AnyNetwork, network_table
from .section import Section

LARGEST = 100_000  # rows, and repetitions of an entry
SAID_ELSEWHERE = {
    "depth": "an entry has no depth; give repeat",
    "weights": "weights are of the whole network; give network.weights",
}
"""Keys of tables that entries don't have."""
HOLDING = "block"  # the key of the layers in an entry of several
ROUND = ("skip",)  # what goes round a block
MOST = 100  # layers in a block
OWN = ("name", "repeat")  # keys that only entries have
LONGEST_NAME = 40


def label(number: int, entry: Any = None, table: str = "network.layers") -> str:
    """The name of an entry in messages: network.layers[2] "half"."""
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return f"{table}[{number}]" + (f" {quoted(name)}" if isinstance(name, str) else "")


def within(where: str, number: int, entry: Any) -> str:
    """The name of a block's layer in messages: network.layers[2] "half" block[1]."""
    return label(number, entry, f"{where} {HOLDING}")


def parse_entry(
    where: str, written: Any, usual: Mapping[str, Any], inner: bool = False
) -> tuple[LayerEntry | None, list[Problem]]:
    """Parse an entry, or an `inner` one of a block; None and every problem if it has any."""
    if not isinstance(written, Mapping):
        return None, [Problem(where, f"{quoted(written)} is not a table of keys")]
    known = entry_kinds()
    word = written.get("kind", holding_kind() if HOLDING in written else None)
    if not isinstance(word, str) or word not in known:
        message = unknown("kind", word, known, _also()) if isinstance(word, str) else "kind is missing"
        return None, [Problem(where, message)]
    kind = known[word]
    if (kind == holding_kind()) != (HOLDING in written) or (inner and HOLDING in written):
        return None, [Problem(where, _no_block(word, inner))]
    block, wrong = _parse_block(where, written[HOLDING], usual) if HOLDING in written else ([], [])
    if wrong:
        return None, wrong
    table = network_table(kind)
    gated = {"activation"} if facts(kind).keys() & {"FIXED", "GATES"} else set()  # whose tanh is no usual activation
    takes = set(table.model_fields) - {"kind", "depth", "weights"} - gated
    data = {key: value for key, value in usual.items() if key in takes}
    stated = {key: value for key, value in written.items() if key not in (*OWN, HOLDING)}
    elsewhere = SAID_ELSEWHERE | in_chain(kind)
    problems = [Problem(where, message) for message in _own_problems(written)]
    problems += [Problem(where, elsewhere[key]) for key in stated if key in elsewhere]
    stated = {key: value for key, value in stated.items() if key not in elsewhere}
    fields = [key for key in table.model_fields if key not in elsewhere]
    problems += [Problem(where, f"{key}: {_no_key(key, kind, word, fields)}") for key in stated if key not in fields]
    stated = {key: value for key, value in stated.items() if key in fields}
    try:
        made = NetworkOnly.model_validate({"network": data | stated | {"kind": kind}}).network
    except ValidationError as error:
        explained = explain(error, NetworkOnly, kind)
        return None, problems + [
            Problem(where, f"{one.key.removeprefix('network.')}: {one.message}") for one in explained
        ]
    if problems:
        return None, problems
    made = made.model_copy(update={HOLDING: tuple(block)}) if block else made
    return LayerEntry(made, word, written.get("repeat", 1), written.get("name", ""), written, tuple(block)), []


def _no_key(key: str, kind: str, word: str, fields: Sequence[str]) -> str:
    """What is wrong with a key that no such entry has; `fields` are those of its table."""
    if other := of_other_kinds(key, kind, word):
        return other
    holding = kind == holding_kind()
    allowed = [HOLDING, *OWN, *fields[1:]] if holding else [fields[0], *OWN, *fields[1:]]
    return unknown("key", key, allowed, other_words("network", allowed))


def in_chain(kind: str) -> dict[str, str]:
    """Keys of a kind that entries of a chain can't have, each with what to write instead."""
    return {key: f"{key}: {one.in_chain}; remove the key" for key, one in declared_keys(kind).items() if one.in_chain}


def _no_block(word: str, inner: bool) -> str:
    if inner:
        return "a block holds layers, and no block; give its layers one after the other"
    if word == holding_kind():
        return f"{HOLDING} is missing, the list of the layers in it"
    return f"{HOLDING}: {a_kind(word)} holds no layers; give the entry without kind, and the {word} within the block"


def _parse_block(where: str, written: Any, usual: Mapping[str, Any]) -> tuple[list[LayerEntry], list[Problem]]:
    """The layers of a block, each as often as it is repeated; what goes round the block is no usual of theirs."""
    if not isinstance(written, (list, tuple)) or not written:
        return [], [Problem(where, f"{HOLDING}: {quoted(written)} is no list of layers; write [{{ kind = ... }}, ...]")]
    usual = {key: value for key, value in usual.items() if key not in ROUND}
    layers, problems = list[LayerEntry](), list[Problem]()
    for number, one in enumerate(written, 1):
        entry, wrong = parse_entry(within(where, number, one), one, usual, inner=True)
        problems += wrong
        if entry is not None:
            layers += [replace(entry, repeat=1)] * min(entry.repeat, MOST + 1)
    if len(layers) > MOST:
        problems.append(Problem(where, f"{HOLDING}: its layers are too many for one row; give at most {MOST}"))
    return layers, problems or _do_not_join(where, layers)


def _do_not_join(where: str, block: Sequence[LayerEntry]) -> list[Problem]:
    """Layers that can't be in a block, whose steps must go through together."""
    of_state = next((one for one in block if one.has("STATE")), None)
    for one in block:
        if one.has("REDUCES"):
            reason = f"{a_kind(one.word)} leaves one step, and what comes out of a block has those that go in"
            return [Problem(where, f"{HOLDING}: {reason}; give it as an entry of its own")]
        if one.table.directions > 1:
            reason = f"{a_kind(one.word)} that reads both ways needs all steps at once"
            return [Problem(where, f"{HOLDING}: {reason}; give it as an entry of its own")]
        if of_state is not None and one.table.mixes_steps:
            reason = f"{a_kind(one.word)} takes all steps at once, and {a_kind(of_state.word)} one after the other"
            return [Problem(where, f"{HOLDING}: {reason}; give them as entries of their own")]
    return []


def _own_problems(written: Mapping[str, Any]) -> Iterator[str]:
    repeat, name = written.get("repeat", 1), written.get("name", "")
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 1 <= repeat <= LARGEST:
        yield f"repeat: {quoted(repeat)} is not allowed; give a whole number from 1 to {LARGEST}"
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        yield f"name: {quoted(name)} is not allowed; give text of at most {LONGEST_NAME} characters"


def _also() -> dict[str, str]:
    """Other words for the kinds of entries."""
    known = entry_kinds()
    words = {word: kind for menu in ("layers", OPERATIONS) for word, kind in registry.also(menu).items()}
    words |= {kind: kind for kind in known.values()}
    return {word: name for word, kind in words.items() for name, meant in known.items() if meant == kind}


class NetworkOnly(Section):
    """The table [network] alone, for error messages."""

    network: AnyNetwork
