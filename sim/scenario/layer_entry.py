"""An entry of a network: layers of one table, one after the other. Imports no numba."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..numerics.image import Image, in_words
from .choice import Choice

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
    block: tuple["LayerEntry", ...] = ()  # of a row of several layers, these

    @property
    def width(self) -> int | None:
        """The width that comes out, as far as it is stated; None for as many units as come in."""
        if self.block:
            return next((one.width for one in reversed(self.block) if one.width is not None), None)
        return self.table.width if "width" in self.table.model_fields_set else None

    @property
    def tables(self) -> tuple["Network", ...]:
        """Its own, and those of a block's layers."""
        return (self.table, *(one.table for one in self.block))

    def unjoined(self, fan_in: int) -> str:
        """Why the skip round a block can't join what comes in and goes out; empty if it can, or there is none."""
        made = self.after(fan_in)
        if not (self.block and self.skips and fan_in and made != fan_in):
            return ""
        if isinstance(fan_in, Image):
            told = f"a skip joins equal images, and {fan_in.words} comes in and {in_words(made)} goes out"
            return f'{told}; keep channels, height and width, or give skip = "none"'
        told = f"a skip joins equal widths, and {fan_in} features come in and {made} go out"
        return f'{told}; give the last layer width {fan_in}, or skip = "none"'

    def after(self, entering: int, number: int = 1) -> int:
        """What the layer of that number (of the entry, from 1) makes of features, or of an image."""
        for one in self.block:
            entering = one.after(entering)
        does = self.table.metadata.get("IMAGE")
        if self.block or not isinstance(entering, Image):
            return entering if self.block else self.width or entering
        if does is None or does == "ends":
            return int(entering) if does else self.width or int(entering)
        channels, height, width = entering.shape
        side = self.shrinks(number)
        return Image(self.width or channels, -(-height // side), -(-width // side))

    def past(self, entering: int) -> int:
        """What all its layers make of them, one after the other."""
        if not isinstance(entering, Image):
            return self.after(entering)
        for number in range(1, self.repeat + 1):
            entering = self.after(entering, number)
        return entering

    def shrinks(self, number: int) -> int:
        """What the layer of that number divides height and width of an image by."""
        pool = self.table.own("pool")
        if isinstance(pool, Choice):
            every: Any = pool.parameters.get("every")
            return 2 if every and number % every == 0 else 1
        return int(self.table.own("size") or 1)

    @property
    def told(self) -> str:
        """In a sentence: "half dense 8 x2"."""
        inner = f" {self.width}" if self.width else ""
        inner = f" ({' > '.join(one.told for one in self.block)})" if self.block else inner
        many = f" x{self.repeat}" if self.repeat > 1 else ""
        return f"{self.name} {self.word}".lstrip() + inner + many

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
