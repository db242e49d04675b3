"""The table [network]: its entries, the keys that all kinds of layers have, and what follows from them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import Field, PrivateAttr

from ..numerics.image import Image, in_words
from .choice import Choice, From, NameFrom
from .kind_keys import MENU, declared_keys, facts
from .section import Bias, Section

Row = tuple[int, "LayerEntry", str]


@dataclass(frozen=True)
class LayerEntry:
    """An entry of a network: `repeat` equal layers with their kind's table, name and the keys as written."""

    table: "Network"
    word: str  # the kind, as it is written
    repeat: int = 1
    name: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)
    block: tuple["LayerEntry", ...] = ()  # of a row of several layers, these

    @property
    def width(self) -> int | None:
        """The output width, if stated; None for the input's width."""
        if self.block:
            return next((one.width for one in reversed(self.block) if one.width is not None), None)
        return self.table.width if "width" in self.table.model_fields_set else None

    @property
    def tables(self) -> tuple["Network", ...]:
        """The table of the entry, followed by those of a block's layers."""
        return (self.table, *(one.table for one in self.block))

    def unjoined(self, fan_in: int) -> str:
        """Why a block's skip can't join its input and output (unequal shapes); empty if it can, or there is none."""
        fan_out = self.after(fan_in)
        if not (self.block and self.skips and fan_in and fan_out != fan_in):
            return ""
        if isinstance(fan_in, Image):
            message = f"a skip joins equal images, and {fan_in.words} comes in and {in_words(fan_out)} goes out"
            return f'{message}; keep channels, height and width, or give skip = "none"'
        message = f"a skip joins equal widths, and {fan_in} features come in and {fan_out} go out"
        return f'{message}; give the last layer width {fan_in}, or skip = "none"'

    def after(self, entering: int, number: int = 1) -> int:
        """The output features (or image) of the entry's layer `number` (from 1) for an input."""
        for one in self.block:
            entering = one.after(entering)
        does = self.table.metadata.get("IMAGE")
        if self.block or not isinstance(entering, Image):
            return entering if self.block else (self.width or entering) * self.table.directions
        if does is None or does == "ends":
            return int(entering) if does else (self.width or int(entering)) * self.table.directions
        channels, height, width = entering.shape
        _, side = self.shrinks(number)
        return Image(self.width or channels, -(-height // side), -(-width // side))

    def past(self, entering: int) -> int:
        """The output features (or image) of all its layers in a row."""
        if not isinstance(entering, Image):
            return self.after(entering)
        for number in range(1, self.repeat + 1):
            entering = self.after(entering, number)
        return entering

    def shrinks(self, number: int) -> tuple[str, int]:
        """The key by which layer `number` shrinks images, and the divisor of height and width."""
        for key, one in declared_keys(self.table.kind).items():
            value: Any = self.table.get(key)
            if one.halves:
                every = value.parameters.get(one.halves)
                return key, 2 if every and number % every == 0 else 1
            if one.divides_sides:
                return key, int(value)
        return "", 1

    @property
    def description(self) -> str:
        """In a sentence: "half dense 8 x2"."""
        inner = f" {self.width}" if self.width else ""
        inner = f" ({' > '.join(one.description for one in self.block)})" if self.block else inner
        many = f" x{self.repeat}" if self.repeat > 1 else ""
        return f"{self.name} {self.word}".lstrip() + inner + many

    @property
    def skips(self) -> bool:
        """Whether it has a skip."""
        skip = self.table.get("skip")
        return skip is not None and bool(skip.entry.metadata["ACTIVE"])

    def has(self, fact: str) -> bool:
        """Whether its kind's metadata have a fact."""
        return bool(self.table.metadata.get(fact))


def rows(entries: Sequence[LayerEntry]) -> Iterator[Row]:
    """By row its number from 1, its entry and its name: that of the entry, or its kind with a number."""
    named = Counter[str]()
    for entry in entries:
        named[entry.name or entry.word] += entry.repeat
    seen, number = Counter[str](), 0
    for entry in entries:
        base = entry.name or entry.word
        for _ in range(entry.repeat):
            number, seen[base] = number + 1, seen[base] + 1
            yield number, entry, base if entry.name and named[base] == 1 else f"{base} {seen[base]}"


class NetworkTable(Section):
    """Base of all [network] tables, as a network of one kind has it; for chains see chain.py."""

    by_key: ClassVar[bool] = True  # its keys say what all layers are: forms, fixes and sentences go by them
    named: ClassVar[bool] = False  # rows have a name, a shape and a factor, and a dump has the batch first everywhere
    where: ClassVar[str] = "network.kind"  # the key that says what the layers are
    _joined: bool = PrivateAttr(False)

    @property
    def joined(self) -> bool:
        """Whether a skip round their block joins what the layers make: they end a branch, which inits may go by."""
        return self._joined

    def as_joined(self, **changed: Any) -> Self:
        """The same table, `changed`, of the layers of a block that a skip joins to what enters it."""
        table = self.model_copy(update=changed)
        table._joined = True
        return table

    @property
    def word(self) -> str:
        """Its kind, as a word in a sentence."""
        return self.kind  # type: ignore[attr-defined,no-any-return]

    @property
    def size_words(self) -> str:
        """Its size in words: "20 x 64", or "7 layers" of a chain."""
        return f"{self.depth} x {self.width}"  # type: ignore[attr-defined]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of its kind."""
        return facts(self.kind)  # type: ignore[attr-defined]

    @property
    def mixes_steps(self) -> bool:
        """Whether its layers mix the steps of a sample, as attention does, and return as many."""
        metadata = self.metadata
        return bool(metadata.get("SEQUENCE")) and not (metadata.get("STATE") or metadata.get("REDUCES"))

    @property
    def entries(self) -> tuple[LayerEntry, ...]:
        """Its layers from the input upwards: one entry, where all are equal."""
        table = cast("Network", self)
        return (LayerEntry(table, table.kind, table.depth),)

    def rows(self) -> Iterator[Row]:
        """By row its number from 1, its entry and its name."""
        return rows(self.entries)

    @property
    def skips(self) -> int:
        """The number of rows with a skip, or of all rows if none has: the depth in inits and skip scales."""
        skipping = sum(entry.repeat for entry in self.entries if entry.skips)
        return skipping or sum(entry.repeat for entry in self.entries)

    @property
    def tables(self) -> "tuple[Network, ...]":
        """The tables of its layers."""
        return tuple(table for entry in self.entries for table in entry.tables)

    def of_readout(self, key: str) -> Choice:
        """The init or bias of the readout."""
        return cast("Choice", self.get(key))

    @property
    def usual_width(self) -> int:
        """The default width."""
        return self.width  # type: ignore[attr-defined,no-any-return]

    @property
    def directions(self) -> int:
        """The number of reading directions, 1 or 2; each makes `width` features."""
        return int(self.fact("DIRECTIONS") or 1)

    def fact(self, name: str) -> Any:
        """What the file of its kind states of the value that a key has, or of the kind; None if nothing."""
        keys = declared_keys(self.kind)  # type: ignore[attr-defined]
        of_values = (key.facts.get(str(self.get(word)), {}) for word, key in keys.items())
        return next((stated[name] for stated in of_values if name in stated), self.metadata.get(name))

    def get(self, key: str) -> Any:
        """The value of a key that the kind declares; None if it has no such key."""
        return self.__dict__.get(key)


class Network(NetworkTable):
    """The table [network]: keys common to all kinds of layers."""

    kind: Annotated[str, NameFrom(MENU, "kind")] = Field("mlp", description="kind of layer")
    depth: int = Field(20, ge=1, le=100_000, description="number of layers")
    width: int = Field(64, ge=1, le=16_384, description="units a layer")
    activation: Annotated[Choice, From("activations")] = Field(
        Choice("activations", "tanh"), description="nonlinearity"
    )
    init: Annotated[Choice, From("inits")] = Field(Choice("inits", "xavier_normal"), description="initial weights")
    weights: str | None = Field(
        None, min_length=1, description="your own .safetensors or .npz of parameters, in place of the initial draw"
    )
    bias: Bias = Field(Choice("inits", "constant", (("value", 0.0),)), description="initial biases")
    norm: Annotated[Choice, From("norms")] = Field(Choice("norms", "none"), description="norm before the activation")
    skip: Annotated[Choice, From("skips")] = Field(Choice("skips", "none"), description="skip around a layer")
