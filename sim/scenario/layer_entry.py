"""An entry of a network: layers of one table, one after the other. Imports no numba."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .network import Network

Row = tuple[int, "LayerEntry", str]


@dataclass(frozen=True)
class LayerEntry:
    """So many equal layers: the table of their kind, what was written, and the name that they were given."""

    table: "Network"
    word: str  # the kind, as it is written
    repeat: int = 1
    name: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def width(self) -> int | None:
        """The width that it states; None for as many units as come in."""
        return self.table.width if "width" in self.table.model_fields_set else None

    @property
    def skips(self) -> bool:
        """Whether it has a skip."""
        skip = self.table.own("skip")
        return skip is not None and bool(skip.entry.metadata["ACTIVE"])

    def has(self, fact: str) -> bool:
        """Whether its kind's file states a fact."""
        return bool(self.table.metadata.get(fact))


def rows(entries: Sequence[LayerEntry]) -> Iterator[Row]:
    """By row its number from 1, its entry and its name: the entry's own, or its kind with a number."""
    named = Counter[str]()
    for entry in entries:
        named[entry.name or entry.word] += entry.repeat
    seen, number = Counter[str](), 0
    for entry in entries:
        base = entry.name or entry.word
        for _ in range(entry.repeat):
            number, seen[base] = number + 1, seen[base] + 1
            yield number, entry, base if entry.name and named[base] == 1 else f"{base} {seen[base]}"
