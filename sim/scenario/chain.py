"""`network.layers`: a network written layer by layer, each entry a table of its kind. Imports no numba."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast

from pydantic import ConfigDict, InstanceOf, SerializationInfo, ValidationError, model_serializer

from .. import registry
from ..errors import Problem, quoted, unknown
from .choice import Choice
from .kind_keys import OPERATIONS, a_kind, all_keys, entry_kinds, facts, holding_kind, own_keys
from .messages import explain
from .network import AnyNetwork, LayerEntry, Network, NetworkTable, network_table, usual_network
from .section import Section

LARGEST = 100_000  # rows, and repetitions of an entry
BESIDE = {
    "kind": "the kinds of the entries", "depth": "how many entries there are, and their repeat",
    "width": "the width of each entry",
}  # fmt: skip
"""Keys of the short form, and what says the same in the long one."""
SAID_ELSEWHERE = {
    "depth": "depth is not of one entry; give repeat",
    "weights": "weights are of the whole network; give network.weights",
}
"""Keys of tables that entries don't have."""
HOLDING = "block"  # the key of the layers in an entry of several
ROUND = ("skip",)  # what goes round a block
MOST = 100  # layers in a block
OWN = ("name", "repeat")  # keys that only entries have
OF_READOUT = ("init", "bias")  # what [network] says of more than the entries, and
OF_ALL = (*OF_READOUT, "weights")
LONGEST_NAME = 40


class ChainTable(NetworkTable):
    """The table [network] of a chain: its entries, and what was written beside them."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    by_key: ClassVar[bool] = False
    named: ClassVar[bool] = True
    where: ClassVar[str] = "network.layers"

    layers: tuple[InstanceOf[LayerEntry], ...]
    usual: Mapping[str, Any]

    @property
    def word(self) -> str:
        """What it is."""
        return "chain of such layers"

    @property
    def size_words(self) -> str:
        """How many rows."""
        return f"{self.depth} layers"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its entries have kinds, and it has none."""
        return {}

    @property
    def entries(self) -> tuple[LayerEntry, ...]:
        """As they are written."""
        return self.layers

    def of_readout(self, key: str) -> Choice:
        """What [network] says, or else the last entry with weights."""
        tables = [table for table in self.tables if table.own(key) is not None]
        if key in self.usual:
            tables = [_One.model_validate({"network": {key: self.usual[key]}}).network]
        return cast("Choice", (tables[-1] if tables else usual_network()).own(key))

    @property
    def weights(self) -> str | None:
        """The file of all parameters, if there is one."""
        return self.usual.get("weights")

    @property
    def usual_width(self) -> int:
        """The first width that an entry states; else the short form's."""
        return next((entry.width for entry in self.layers if entry.width is not None), usual_network().width)

    @property
    def depth(self) -> int:
        """Rows."""
        return sum(entry.repeat for entry in self.layers)

    @model_serializer(mode="plain")
    def _plain(self, info: SerializationInfo) -> dict[str, Any]:
        """What was written, or the entries with every default."""
        if not info.context:
            return {**self.usual, "layers": [dict(entry.written) for entry in self.layers]}
        whole = {key: value for key, value in self.usual.items() if key in OF_ALL}
        return {**whole, "layers": [_resolved(entry) for entry in self.layers]}

    def __reduce__(self) -> tuple[Any, ...]:
        return parse_chain_or_raise, ({**self.usual, "layers": [dict(entry.written) for entry in self.layers]},)


def _resolved(entry: LayerEntry) -> dict[str, Any]:
    """An entry with every default, but for a width that is what comes in."""
    plain = entry.table.model_dump(exclude_none=True, context={"resolved": True})
    hidden = {"depth", *_in_chain(entry.table.kind)} | ({"width"} if entry.width is None else set())
    whole = {**plain, "kind": entry.word, **{key: entry.written[key] for key in OWN if key in entry.written}}
    if entry.block:
        hidden = {"kind"}
        whole["block"] = [{**_resolved(one), "repeat": 1} for one in entry.block]
    return {key: value for key, value in whole.items() if key not in hidden}


def is_chain(data: Any) -> bool:
    """Whether plain data of a scenario write their network layer by layer."""
    network = data.get("network") if isinstance(data, Mapping) else None
    return isinstance(network, Mapping) and "layers" in network


def parse_chain(network: Mapping[str, Any]) -> tuple[ChainTable | None, list[Problem]]:
    """The table of a chain, or every problem that it has."""
    problems = [Problem(f"network.{key}", _beside(key)) for key in BESIDE if key in network]
    written = network["layers"]
    if not isinstance(written, (list, tuple)) or not written:
        told = f"{quoted(written)} is no list of layers; write [[network.layers]] and the keys of each below it"
        return None, [*problems, Problem("network.layers", told)]
    usual = {key: value for key, value in network.items() if key not in ("layers", *BESIDE)}
    entries: list[LayerEntry] = []
    for number, one in enumerate(written, 1):
        found, wrong = _parse_entry(label(number, one), one, usual)
        entries += [found] if found is not None else []
        problems += wrong
    if not problems:
        problems += [*_unused(usual, entries), *_of_all(usual)]
        rows = sum(entry.repeat for entry in entries)
        if rows > LARGEST:
            problems.append(Problem("network.layers", f"{rows} layers in all are too many; give at most {LARGEST}"))
    return (None, problems) if problems else (ChainTable.model_construct(layers=tuple(entries), usual=usual), [])


def parse_chain_or_raise(network: Mapping[str, Any]) -> ChainTable:
    """The table of a chain that is known to be right."""
    table, _ = parse_chain(network)
    assert table is not None
    return table


def _beside(key: str) -> str:
    return (f"says nothing beside network.layers; remove it, as {BESIDE[key]} tell it, "
            "or remove network.layers to keep the short form")  # fmt: skip


def label(number: int, entry: Any = None, place: str = "network.layers") -> str:
    """An entry in messages: network.layers[2] "half"."""
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return f"{place}[{number}]" + (f" {quoted(name)}" if isinstance(name, str) else "")


def within(where: str, number: int, entry: Any) -> str:
    """A layer of a block in messages: network.layers[2] "half" block[1]."""
    return label(number, entry, f"{where} {HOLDING}")


def _parse_entry(
    where: str, written: Any, usual: Mapping[str, Any], inner: bool = False
) -> tuple[LayerEntry | None, list[Problem]]:
    """An entry, or an `inner` one of a block, or what is wrong with it."""
    if not isinstance(written, Mapping):
        return None, [Problem(where, f"{quoted(written)} is not a table of keys")]
    known = entry_kinds()
    word = written.get("kind", holding_kind() if HOLDING in written else None)
    if not isinstance(word, str) or word not in known:
        told = unknown("kind", word, known, _also()) if isinstance(word, str) else "kind is missing"
        return None, [Problem(where, told)]
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
    elsewhere = SAID_ELSEWHERE | _in_chain(kind)
    problems = [Problem(where, told) for told in _own_problems(written)]
    problems += [Problem(where, elsewhere[key]) for key in stated if key in elsewhere]
    stated = {key: value for key, value in stated.items() if key not in elsewhere}
    try:
        made = _One.model_validate({"network": data | stated | {"kind": kind}}).network
    except ValidationError as error:
        found = explain(error, _One, kind)
        return None, problems + [Problem(where, f"{one.key.removeprefix('network.')}: {one.message}") for one in found]
    if problems:
        return None, problems
    made = made.model_copy(update={HOLDING: tuple(block)}) if block else made
    return LayerEntry(made, word, written.get("repeat", 1), written.get("name", ""), written, tuple(block)), []


def _in_chain(kind: str) -> dict[str, str]:
    """Keys of a kind that no entry has, with what is said of them."""
    return {key: f"{key}: {one.in_chain}; remove the key" for key, one in own_keys(kind).items() if one.in_chain}


def _no_block(word: str, inner: bool) -> str:
    if inner:
        return "a block holds layers, and no block; give its layers one after the other"
    if word == holding_kind():
        return f"{HOLDING} is missing, the list of the layers in it"
    return f"{HOLDING}: a {word} holds no layers; give the entry without kind, and the {word} within the block"


def _parse_block(where: str, written: Any, usual: Mapping[str, Any]) -> tuple[list[LayerEntry], list[Problem]]:
    """The layers of a block, each as often as it is repeated; what goes round the block is no usual of theirs."""
    if not isinstance(written, (list, tuple)) or not written:
        return [], [Problem(where, f"{HOLDING}: {quoted(written)} is no list of layers; write [{{ kind = ... }}, ...]")]
    usual = {key: value for key, value in usual.items() if key not in ROUND}
    found, problems = list[LayerEntry](), list[Problem]()
    for number, one in enumerate(written, 1):
        entry, wrong = _parse_entry(within(where, number, one), one, usual, inner=True)
        problems += wrong
        if entry is not None:
            found += [replace(entry, repeat=1)] * min(entry.repeat, MOST + 1)
    if len(found) > MOST:
        problems.append(Problem(where, f"{HOLDING}: its layers are too many for one row; give at most {MOST}"))
    return found, problems or _do_not_join(where, found)


def _do_not_join(where: str, block: Sequence[LayerEntry]) -> list[Problem]:
    """Layers that can't be in a block, whose steps must go through together."""
    of_state = next((one for one in block if one.has("STATE")), None)
    for one in block:
        if one.has("REDUCES"):
            told = f"a {one.word} leaves one step, and what comes out of a block has those that go in"
            return [Problem(where, f"{HOLDING}: {told}; give it as an entry of its own")]
        if one.table.directions > 1:
            told = f"a {one.word} that reads both ways needs all steps at once"
            return [Problem(where, f"{HOLDING}: {told}; give it as an entry of its own")]
        if of_state is not None and one.table.mixes_steps:
            told = f"a {one.word} takes all steps at once, and {a_kind(of_state.word)} one after the other"
            return [Problem(where, f"{HOLDING}: {told}; give them as entries of their own")]
    return []


def _own_problems(written: Mapping[str, Any]) -> Iterator[str]:
    repeat, name = written.get("repeat", 1), written.get("name", "")
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 1 <= repeat <= LARGEST:
        yield f"repeat: {quoted(repeat)} is not allowed; give a whole number from 1 to {LARGEST}"
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        yield f"name: {quoted(name)} is not allowed; give text of at most {LONGEST_NAME} characters"


def _unused(usual: Mapping[str, Any], entries: Sequence[LayerEntry]) -> Iterator[Problem]:
    """Keys beside the entries that none of them takes."""
    taken = {key for entry in entries for key in entry.table.__class__.model_fields}
    known = dict.fromkeys([*Network.model_fields, *all_keys(), *sorted(taken)])
    for key in usual:
        if key not in known:
            yield Problem(f"network.{key}", unknown("key", key, known))
        elif key not in taken and key not in OF_ALL:
            yield Problem(f"network.{key}", "none of network.layers has such a key; remove it")


def _of_all(usual: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with what [network] says of more than the entries, if no entry has it."""
    try:
        _One.model_validate({"network": {key: usual[key] for key in OF_ALL if key in usual}})
    except ValidationError as error:
        return explain(error, _One, usual_network().kind)
    return []


def _also() -> dict[str, str]:
    """Other words for the kinds of entries."""
    known = entry_kinds()
    words = {word: kind for menu in ("layers", OPERATIONS) for word, kind in registry.also(menu).items()}
    words |= {kind: kind for kind in known.values()}
    return {word: name for word, kind in words.items() for name, meant in known.items() if meant == kind}


class _One(Section):
    """A table by itself, which messages can be made of."""

    network: AnyNetwork
