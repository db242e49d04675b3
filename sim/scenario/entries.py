"""Each entry of a network as a scenario of its own, whose layers are all of it: what graphs are made of."""

from collections.abc import Iterator
from typing import TypeVar

from ..numerics.image import units
from .chain_entry import label, within
from .kind_keys import OPERATIONS, menu_of
from .network import LayerEntry, rows
from .network_table import usual_network
from .schema import ScenarioFields

Found = TypeVar("Found", bound=ScenarioFields)


def of_entry(scenario: Found, entry: LayerEntry, fan_in: int) -> Found:
    """The scenario with the layers of one entry only, into which come so many features."""
    if entry.table is scenario.network:
        return scenario
    missing = {key: value for key, value in usual_network() if key not in entry.table.model_fields_set}
    missing = {key: value for key, value in missing.items() if key not in type(entry.table).model_fields}
    own = {"width": entry.width or units(fan_in), "depth": scenario.network.skips}
    return scenario.model_copy(update={"network": entry.table.model_copy(update=missing | own)})


def leaves(scenario: Found, fan_in: int) -> Iterator[tuple[str, Found]]:
    """The layers of a scenario that is of one block, each with its name and as a scenario of its own.

    The last that has weights is `joined` if a skip goes round them.
    """
    features, block = fan_in, scenario.network.own("block")
    drawn = [number for number, leaf in enumerate(block, 1) if leaf.table.own("init")] if scenario.has_skip else []
    for number, leaf, name in rows(block):
        own = of_entry(scenario, leaf, features)
        if number in drawn[-1:]:
            own = own.model_copy(update={"network": own.network.as_joined()})
        yield name, own
        features = leaf.after(features)


def equal_layers(scenario: Found) -> Found | None:
    """The scenario of one kind of layer that the network is, if all are equal; else None."""
    first, *others = scenario.network.entries
    if others or first.width is None or menu_of(first.table.kind) == OPERATIONS:
        return scenario if first.table is scenario.network else None
    return of_entry(scenario, first, first.width)


def entries(scenario: Found) -> Iterator[tuple[str, Found]]:
    """Every entry, and the layers of blocks, by label, empty for a whole network; widths as far as they are stated."""
    features = scenario.features if scenario.reads_image else scenario.inputs or 0
    for number, entry in enumerate(scenario.network.entries, 1):
        where = "" if entry.table is scenario.network else label(number, entry.written)
        entering, features = features, entry.past(features)
        for position, leaf in enumerate(entry.block, 1):
            yield within(where, position, leaf.written), of_entry(scenario, leaf, entering)
            entering = leaf.after(entering)
        yield where, of_entry(scenario, entry, features)
