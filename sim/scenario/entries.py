"""Each entry of a chain as a scenario of its own, whose layers are all of it: what graphs are made of."""

from collections.abc import Iterator
from typing import TypeVar, cast

from ..numerics.image import units
from .chain import ChainTable, Entry, label
from .images import shape_after
from .kind_keys import OPERATIONS, menu_of
from .network import usual_network
from .schema import ScenarioFields

Found = TypeVar("Found", bound=ScenarioFields)


def chain(scenario: ScenarioFields) -> ChainTable:
    """The table of a network that is written layer by layer."""
    return cast("ChainTable", scenario.network)


def of_entry(scenario: Found, entry: Entry, fan_in: int) -> Found:
    """The scenario with the layers of one entry only, into which come so many features."""
    missing = {key: value for key, value in usual_network() if key not in entry.table.model_fields_set}
    missing = {key: value for key, value in missing.items() if key not in type(entry.table).model_fields}
    own = {"width": entry.width or units(fan_in), "depth": chain(scenario).skips}
    return scenario.model_copy(update={"network": entry.table.model_copy(update=missing | own)})


def equal_layers(scenario: Found) -> Found | None:
    """The short form of a chain of one entry that is a kind of layer; None if there is none."""
    first, *others = chain(scenario).layers
    if others or first.width is None or menu_of(first.table.kind) == OPERATIONS:
        return None
    return of_entry(scenario, first, first.width)


def entries(scenario: Found) -> Iterator[tuple[str, Found]]:
    """Every entry by its label, or the whole scenario by an empty one; widths as far as they are stated."""
    if not scenario.is_chain:
        yield "", scenario
        return
    features = (scenario.inputs or 0) if not scenario.reads_image else scenario.features
    for number, entry in enumerate(chain(scenario).layers, 1):
        yield label(number, entry.written), of_entry(scenario, entry, features)
        features = shape_after(entry.table, entry.width, features, 1)
