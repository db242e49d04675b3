"""The layers of a chain, each as a network by itself, and the chain with some of them changed. Imports no numba."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..numerics.image import Image, units
from .chain import OF_READOUT
from .chain_entry import HOLDING, label, within
from .choice import Choice, parse
from .kind_keys import declared_keys, facts
from .network import LayerEntry
from .network_table import network_table
from .scenario import Scenario, changed
from .schema import of_entry

Path = tuple[int, ...]
NETWORK = "network."


@dataclass(frozen=True)
class ChainPosition:
    """The position of an entry in a chain, or of a layer in a block, and its layers as a network alone."""

    path: Path  # its number from 0, and of a layer of a block that too
    label: str
    entry: LayerEntry
    alone: Scenario

    @property
    def keys(self) -> set[str]:
        """The keys by which it can be changed."""
        kind = self.entry.table.kind
        own = {*network_table(kind).model_fields} - {name for name, key in declared_keys(kind).items() if key.in_chain}
        return own - ({"width"} if self.entry.width is None else set())


def positions(scenario: Scenario) -> Iterator[ChainPosition]:
    """The positions of all entries of a chain, each block's followed by its layers', from the input upwards."""
    fan_in = scenario.features
    for number, entry in enumerate(scenario.network.entries):
        where, width = label(number + 1, entry.written), fan_in
        yield ChainPosition((number,), where, entry, _alone(scenario, entry, fan_in))
        leaves = iter(entry.block)
        for inner, written in enumerate(entry.written.get(HOLDING, ())):
            several = [next(leaves) for _ in range(written.get("repeat", 1))]
            inner_label = within(where, inner + 1, written)
            yield ChainPosition(
                (number, inner), inner_label, several[0], _alone(scenario, several[0], width, len(several))
            )
            for one in several:
                width = one.after(width)
        fan_in = entry.after(fan_in)


def _alone(scenario: Scenario, entry: LayerEntry, fan_in: int, repeat: int = 1) -> Scenario:
    own = of_entry(scenario, entry, fan_in)
    network = own.network.model_copy(update={"depth": max(entry.repeat, repeat)})
    seen = {"inputs": units(fan_in)} | ({"image": fan_in.shape[1:]} if isinstance(fan_in, Image) else {})
    return own.model_copy(update={"network": network, "data": own.data.model_copy(update=seen)})


def with_changes(scenario: Scenario, wanted: Mapping[Path, Mapping[str, Any]]) -> dict[str, Any]:
    """The changed keys of a chain (`network.layers`, and the readout's) for changes `wanted` by position."""
    table = scenario.network
    layers = [dict(entry.written) for entry in table.entries]
    changes: dict[str, Any] = {"network.layers": layers}
    for position in positions(scenario):
        if position.path in wanted:
            written = _changed(position, wanted[position.path])
            first, *inner = position.path
            if inner:
                block = list(layers[first][HOLDING])
                block[inner[0]] = written
                layers[first] = {**layers[first], HOLDING: block}
            else:
                layers[first] = {**layers[first], **written} if HOLDING in layers[first] else written
            usual = {f"{NETWORK}{key}" for key in OF_READOUT if key in table.get("usual")}
            changes |= {key: value for key, value in wanted[position.path].items() if key in usual and _of_all(value)}
    return changes


def _of_all(init: Any) -> bool:
    """Whether an init is not for some kinds only."""
    return parse("inits", init).entry.metadata.get("NEEDS") is None


def _changed(position: ChainPosition, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is written of a layer with dotted keys of its network changed."""
    written = {key: value for key, value in position.entry.written.items() if key != HOLDING}
    kind = wanted.get(f"{NETWORK}kind", position.alone.network.kind)
    for key, value in wanted.items():
        name, _, inner = key.removeprefix(NETWORK).partition(".")
        if name == "depth":
            written["repeat"] = value
        elif name == "kind":
            written["kind"] = facts(kind).get("IN_CHAIN", kind)
        elif value is None:
            written.pop(name, None)
        elif inner:
            now = getattr(position.alone.network, name)
            own = {"network": {"kind": kind, name: now.plain() if isinstance(now, Choice) else now}}
            written[name] = changed(own, [(key, value)])["network"][name]
        else:
            written[name] = value
    known = {*network_table(kind).model_fields, "repeat", "name"}
    return {key: value for key, value in written.items() if key in known}
