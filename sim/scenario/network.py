"""The table [network]: keys that all kinds of layers have, those that the kind's file declares, and its entries."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BaseModel, Field, PlainValidator, SerializeAsAny, create_model
from pydantic.fields import FieldInfo

from .. import registry
from ..numerics.image import Image, in_words
from .choice import Choice, From, NameFrom, parse
from .kind_keys import MENU, OPERATIONS, Key, all_keys, facts, menu_of, own_keys
from .section import Bias, Section

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
            return entering if self.block else (self.width or entering) * self.table.directions
        if does is None or does == "ends":
            return int(entering) if does else (self.width or int(entering)) * self.table.directions
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


class NetworkTable(Section):
    """What the tables of all kinds can do, and what a network of one kind is otherwise than a chain (see chain.py)."""

    by_key: ClassVar[bool] = True  # its keys say what all layers are: forms, fixes and sentences go by them
    named: ClassVar[bool] = False  # rows have a name, a shape and a factor, and a dump has the batch first everywhere
    where: ClassVar[str] = "network.kind"  # the key that says what the layers are

    @property
    def word(self) -> str:
        """What it is, in a sentence after an article."""
        return self.kind  # type: ignore[attr-defined,no-any-return]

    @property
    def size_words(self) -> str:
        """How large it is: "20 x 64", or "7 layers" of a chain."""
        return f"{self.depth} x {self.width}"  # type: ignore[attr-defined]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the file of the kind states."""
        return facts(self.kind)  # type: ignore[attr-defined]

    @property
    def mixes_steps(self) -> bool:
        """Whether a layer takes all steps of a sample at once, and hands on as many."""
        told = self.metadata
        return bool(told.get("SEQUENCE")) and not (told.get("STATE") or told.get("REDUCES"))

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
        """Rows that have a skip, or all rows if none has: what an init or a skip takes for the depth."""
        skipping = sum(entry.repeat for entry in self.entries if entry.skips)
        return skipping or sum(entry.repeat for entry in self.entries)

    @property
    def tables(self) -> "tuple[Network, ...]":
        """The tables that layers are made by."""
        return tuple(table for entry in self.entries for table in entry.tables)

    def of_readout(self, key: str) -> Choice:
        """The init or bias of the readout."""
        return cast("Choice", self.own(key))

    @property
    def usual_width(self) -> int:
        """The width that what is not told takes."""
        return self.width  # type: ignore[attr-defined,no-any-return]

    @property
    def directions(self) -> int:
        """How often a layer reads the sequence; each time makes as many features as its width."""
        return 2 if self.own("direction") == "both" else 1

    def own(self, key: str) -> Any:
        """The value of a key that the kind declares; None if it has no such key."""
        return self.__dict__.get(key)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.kind, self.__getstate__())  # type: ignore[attr-defined]


class Network(NetworkTable):
    """What the network is made of."""

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


USUAL: str = Network.model_fields["kind"].default


def network_table(kind: str) -> type[Network]:
    """The table of a kind: with its own keys and defaults; of an unknown kind that of the common keys."""
    menu = menu_of(kind)
    return _table(registry.folders(menu), kind) if kind in registry.names(menu) else Network


@cache
def _table(_folders: tuple[str, ...], kind: str) -> type[Network]:
    metadata, operation = facts(kind), menu_of(kind) == OPERATIONS
    usual = {"kind": kind, **metadata.get("DEFAULTS", {})}
    fields: dict[str, Any] = {}
    for name, info in Network.model_fields.items():
        annotation = Network.__annotations__[name]
        if operation and name != "kind":
            continue
        if operation:
            annotation = Annotated[str, NameFrom(OPERATIONS, "kind")]
        fields[name] = (annotation, _with_default(info, usual[name]) if name in usual else info)
        for key, declared in own_keys(kind).items():
            if operation or declared.after == name:
                fields[key] = _annotation(declared), _field(declared)
    return cast("type[Network]", create_model("Network", __base__=NetworkTable, __doc__=Network.__doc__, **fields))


def _with_default(info: FieldInfo, default: Any) -> FieldInfo:
    """A field of all kinds with the default of one."""
    value = parse(info.default.menu, default) if isinstance(info.default, Choice) else default
    return FieldInfo.merge_field_infos(info, default=value)


def _annotation(key: Key) -> Any:
    if key.menu:
        return Annotated[Choice, From(key.menu)]
    if key.values:
        return Literal[key.values]
    if isinstance(key.default, bool):
        return bool
    kind = int if isinstance(key.range[0], int) else float
    return kind if key.default is not None else kind | None


def _field(key: Key) -> Any:
    default = parse(key.menu, key.default) if key.menu else key.default
    if key.menu or key.values or isinstance(key.default, bool):
        return Field(default, description=key.about)
    low, high = key.range
    return Field(default, ge=low, le=high, description=key.about)


def section_table(root: type[BaseModel], section: str, kind: str) -> Any:
    """What a key of the scenario holds in networks of a kind: a table or, at the top, a plain value's type."""
    annotation = root.model_fields[section].annotation
    return network_table(kind) if annotation is Network else annotation


def kind_in(data: Any) -> str:
    """The kind that plain data of a scenario choose, which may be none of the menu."""
    network = data.get("network") if isinstance(data, Mapping) else getattr(data, "network", None)
    kind = network.get("kind", USUAL) if isinstance(network, Mapping) else getattr(network, "kind", USUAL)
    return kind if isinstance(kind, str) else ""


def _parsed(value: Any) -> Network:
    """The table that plain data say; raises ValidationError."""
    if isinstance(value, NetworkTable):  # of a chain, which is parsed before
        return cast("Network", value)
    kind = kind_in({"network": value})
    if kind not in registry.names(menu_of(kind)) and isinstance(
        value, Mapping
    ):  # what has been given with a wrong kind may be right
        value = {key: given for key, given in value.items() if key not in set(all_keys())}
    return network_table(kind).model_validate(value)


def _restored(kind: str, state: dict[Any, Any]) -> Network:
    """A table as it was pickled: its class is made of the kind's file, and has no place in a module."""
    table = network_table(kind).__new__(network_table(kind))
    table.__setstate__(state)
    return table


def usual_network() -> Network:
    """The table with all defaults."""
    return network_table(USUAL)()


AnyNetwork = Annotated[SerializeAsAny[Network], PlainValidator(_parsed)]
"""Annotates a scenario's field that holds the table of whatever kind it names."""
