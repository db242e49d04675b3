"""Each entry of a network as a scenario of its own, whose layers are all of it: what graphs are made of."""

from collections.abc import Iterator
from typing import TypeVar

from ..numerics.image import units
from .chain import label
from .images import shape_after
from .kind_keys import OPERATIONS, menu_of
from .layer_entry import LayerEntry
from .network import usual_network
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


def equal_layers(scenario: Found) -> Found | None:
    """The scenario of one kind of layer that the network is, if all are equal; else None."""
    first, *others = scenario.network.entries
    if others or first.width is None or menu_of(first.table.kind) == OPERATIONS:
        return scenario if first.table is scenario.network else None
    return of_entry(scenario, first, first.width)


def entries(scenario: Found) -> Iterator[tuple[str, Found]]:
    """Every entry by its label, empty if it is the whole network; widths as far as they are stated."""
    features = (scenario.inputs or 0) if not scenario.reads_image else scenario.features
    for number, entry in enumerate(scenario.network.entries, 1):
        whole = entry.table is scenario.network
        yield "" if whole else label(number, entry.written), of_entry(scenario, entry, features)
        features = shape_after(entry.table, entry.width, features, 1)
