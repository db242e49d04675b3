"""`network.layers`: a network written layer by layer, each entry a table of its kind. Imports no numba."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from pydantic import ConfigDict, InstanceOf, SerializationInfo, ValidationError, model_serializer

from ..errors import Problem, quoted, unknown
from .chain_entry import LARGEST, OWN, NetworkOnly, in_chain, label, parse_entry
from .choice import Choice
from .kind_keys import all_keys
from .messages import explain
from .network import LayerEntry, Network, NetworkTable
from .network_table import usual_network

REPLACED = {
    "kind": "the kinds of the entries", "depth": "how many entries there are and their repeat",
    "width": "the width of each entry",
}  # fmt: skip
"""Keys of the short form, and what says the same in the long one."""

OF_READOUT = ("init", "bias")  # what [network] says of more than the entries, and
OF_ALL = (*OF_READOUT, "weights")


class ChainTable(NetworkTable):
    """The table [network] of a chain (`network.layers`): its entries, and what [network] says of all."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    by_key: ClassVar[bool] = False
    named: ClassVar[bool] = True
    where: ClassVar[str] = "network.layers"

    layers: tuple[InstanceOf[LayerEntry], ...]
    usual: Mapping[str, Any]

    @property
    def word(self) -> str:
        """Its word in a sentence, after an article."""
        return "chain of such layers"

    @property
    def size_words(self) -> str:
        """The number of rows, in words."""
        return f"{self.depth} layers"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Empty: entries have kinds, the chain has none."""
        return {}

    @property
    def entries(self) -> tuple[LayerEntry, ...]:
        """The entries, in the order written."""
        return self.layers

    def of_readout(self, key: str) -> Choice:
        """The readout's init or bias: [network]'s, or else that of the last entry with weights."""
        tables = [table for table in self.tables if table.get(key) is not None]
        if key in self.usual:
            tables = [NetworkOnly.model_validate({"network": {key: self.usual[key]}}).network]
        return cast("Choice", (tables[-1] if tables else usual_network()).get(key))

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
        """The number of rows."""
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
    hidden = {"depth", *in_chain(entry.table.kind)} | ({"width"} if entry.width is None else set())
    whole = {**plain, "kind": entry.word, **{key: entry.written[key] for key in OWN if key in entry.written}}
    if entry.block:
        hidden = {"kind"}
        whole["block"] = [{**_resolved(one), "repeat": 1} for one in entry.block]
    return {key: value for key, value in whole.items() if key not in hidden}


def is_chain(data: Any) -> bool:
    """Whether a scenario's plain data have `network.layers`."""
    network = data.get("network") if isinstance(data, Mapping) else None
    return isinstance(network, Mapping) and "layers" in network


def parse_chain(network: Mapping[str, Any]) -> tuple[ChainTable | None, list[Problem]]:
    """Parse a chain's table; None and every problem if it has any."""
    problems = [Problem(f"network.{key}", _replaced(key)) for key in REPLACED if key in network]
    written = network["layers"]
    if not isinstance(written, (list, tuple)) or not written:
        message = f"{quoted(written)} is no list of layers; write [[network.layers]] and the keys of each below it"
        return None, [*problems, Problem("network.layers", message)]
    usual = {key: value for key, value in network.items() if key not in ("layers", *REPLACED)}
    entries: list[LayerEntry] = []
    for number, one in enumerate(written, 1):
        parsed, wrong = parse_entry(label(number, one), one, usual)
        entries += [parsed] if parsed is not None else []
        problems += wrong
    if not problems:
        problems += [*_unused(usual, entries), *_of_all(usual)]
        rows = sum(entry.repeat for entry in entries)
        if rows > LARGEST:
            problems.append(Problem("network.layers", f"{rows} layers in all are too many; give at most {LARGEST}"))
    return (None, problems) if problems else (ChainTable.model_construct(layers=tuple(entries), usual=usual), [])


def parse_chain_or_raise(network: Mapping[str, Any]) -> ChainTable:
    """Parse a chain's table; raises ScenarioError."""
    table, _ = parse_chain(network)
    assert table is not None
    return table


def _replaced(key: str) -> str:
    return (f"is not used beside network.layers, where it follows from {REPLACED[key]}; remove it, "
            "or remove network.layers to keep the short form")  # fmt: skip


def _unused(usual: Mapping[str, Any], entries: Sequence[LayerEntry]) -> Iterator[Problem]:
    """Keys of [network] that none of the entries takes."""
    tables = [table for entry in entries for table in (entry.table, *entry.tables)]
    kinds = dict.fromkeys(table.kind for table in tables)
    taken = {key for table in tables for key in table.__class__.model_fields}
    known = dict.fromkeys([*Network.model_fields, *all_keys(), *sorted(taken)])
    for key in usual:
        if key not in known:
            yield Problem(f"network.{key}", unknown("key", key, known))
        elif key not in taken and key not in OF_ALL:
            yield Problem(f"network.{key}", "none of network.layers has such a key; remove it")
        elif elsewhere := next((words[key] for kind in kinds if key in (words := in_chain(kind))), ""):
            yield Problem(f"network.{key}", elsewhere.removeprefix(f"{key}: "))


def _of_all(usual: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with what [network] says of more than the entries, if no entry has it."""
    try:
        NetworkOnly.model_validate({"network": {key: usual[key] for key in OF_ALL if key in usual}})
    except ValidationError as error:
        return explain(error, NetworkOnly, usual_network().kind)
    return []
