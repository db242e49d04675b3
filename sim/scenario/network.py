"""The table [network]: keys that all kinds of layers have, and those that the kind's file declares."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BaseModel, Field, PlainValidator, SerializeAsAny, create_model
from pydantic.fields import FieldInfo

from .. import registry
from .choice import Choice, From, NameFrom, parse
from .kind_keys import MENU, OPERATIONS, Key, all_keys, facts, menu_of, own_keys
from .layer_entry import LayerEntry, Row, rows
from .section import Bias, Section


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

    def own(self, key: str) -> Any:
        """The value of a key that the kind declares; None if it has no such key."""
        return getattr(self, key, None)

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
