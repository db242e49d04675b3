"""Builds the table [network] of each kind of layer from the keys and defaults of its file."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, PlainValidator, SerializeAsAny, create_model
from pydantic.fields import FieldInfo

from .. import registry
from .choice import Choice, From, NameFrom, parse
from .kind_keys import OPERATIONS, Key, all_keys, declared_keys, facts, menu_of
from .network import Network, NetworkTable


class KindTable(NetworkTable):
    """Base of the tables of kinds, whose classes are generated; pickled by the kind's name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.kind, self.__getstate__())  # type: ignore[attr-defined]


USUAL: str = Network.model_fields["kind"].default


def network_table(kind: str) -> type[Network]:
    """The table class of a kind with the keys and defaults that it declares; of an unknown kind the common one."""
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
        for key, declared in declared_keys(kind).items():
            if operation or declared.after == name:
                fields[key] = _annotation(declared), _field(declared)
    return cast("type[Network]", create_model("Network", __base__=KindTable, __doc__=Network.__doc__, **fields))


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
    """The table class of a scenario's key in networks of a kind; at the top level a plain value's type."""
    annotation = root.model_fields[section].annotation
    return network_table(kind) if annotation is Network else annotation


def kind_in(data: Any) -> str:
    """The kind named in a scenario's plain data, valid or not."""
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
        value = {key: item for key, item in value.items() if key not in set(all_keys())}
    return network_table(kind).model_validate(value)


def _restored(kind: str, state: dict[Any, Any]) -> Network:
    """A table as it was pickled."""
    table = network_table(kind).__new__(network_table(kind))
    table.__setstate__(state)
    return table


def usual_network() -> Network:
    """The table with all defaults."""
    return network_table(USUAL)()


AnyNetwork = Annotated[SerializeAsAny[Network], PlainValidator(_parsed)]
"""Annotates a scenario's field that holds the table of whatever kind it names."""
