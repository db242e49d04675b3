"""A named choice from a menu with its parameters, as a scenario writes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from pydantic import SerializationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .. import registry as menus
from ..errors import quoted, unknown
from ..registry import ChoiceParameter, MenuEntry, Value

ALSO = {
    "learning_rate": ("lr", "rate", "eta"),
    "threshold": ("max_norm", "clip_value", "max", "limit", "norm"),
    "alpha": ("negative_slope", "slope", "decay", "rho", "smoothing"),
    "betas": ("beta", "beta1", "beta2", "momentum"),
    "eps": ("epsilon",),
    "std": ("stddev", "sigma", "scale", "standard_deviation"),
    "bound": ("limit", "a", "high", "max"),
    "gain": ("scale",),
    "groups": ("num_groups", "n_groups"),
    "value": ("val", "constant"),
    "delta": ("beta", "threshold"),
    "w0": ("omega", "omega_0", "frequency"),
    "cut": ("a", "b", "bounds", "truncation"),
    "mode": ("fan",),
    "distribution": ("dist",),
    "step_size": ("every", "period"),
    "gamma": ("decay", "factor"),
    "eta_min": ("min_lr", "minimum", "min_learning_rate"),
    "lower": ("low", "min"),
    "upper": ("high", "max"),
    "approximate": ("approximation", "approx"),
    "initial": ("init_scale", "start"),
    "interval": ("growth_interval", "every"),
    "radius": ("rho", "spectral_radius"),
    "scale": ("factor", "alpha"),
}
"""Other words for parameters, of whatever choice has one of that name."""


@dataclass(frozen=True)
class Choice:
    """A choice of a menu with the parameters that were given, as declared; written "name" or { name = ..., ... }."""

    menu: str
    name: str
    overrides: tuple[tuple[str, Value], ...] = ()

    @property
    def entry(self) -> MenuEntry:
        """What the choice's file says of itself."""
        return menus.entry(self.menu, self.name)

    @cached_property
    def parameters(self) -> dict[str, Value]:
        """All parameters in the order of their declaration; None where a rule decides."""
        defaults = {key: parameter.default for key, parameter in self.entry.parameters.items()}
        return defaults | dict(self.overrides)

    def load(self) -> Any:
        """The module that implements the choice, imported now."""
        return menus.load(self.menu, self.name)

    def plain(self, resolved: bool = False) -> Any:
        """The choice as plain data for TOML and JSON, with default parameters only if resolved."""
        chosen = self.parameters if resolved else dict(self.overrides)
        chosen = {key: value for key, value in chosen.items() if value is not None}
        return {"name": self.name, **chosen} if chosen else self.name

    def __str__(self) -> str:
        values = ", ".join(quoted(value).strip('"') for _, value in self.overrides)
        return f"{self.name}({values})" if values else self.name


def parse(menu_name: str, value: Any) -> Choice:
    """A choice from what a scenario says; raises PydanticCustomError with every problem it has."""
    if isinstance(value, Choice):
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        allowed = ", ".join(menus.names(menu_name))
        raise _error([("", f'{quoted(value)} is not a name or {{ name = "..." }}; allowed: {allowed}')])
    name = table["name"]
    if name not in menus.names(menu_name):
        raise _error([("", unknown(singular(menu_name), name, menus.names(menu_name), menus.also(menu_name)))])
    declared = menus.entry(menu_name, name).parameters
    stated = {key: value for key, value in table.items() if key != "name"}
    problems = [(key, text) for key, value in stated.items() if (text := _problem(name, declared, key, value))]
    if problems:
        raise _error(problems)
    in_order = [key for key in declared if key in stated]  # else the same said in another order would be another choice
    choice = Choice(menu_name, name, tuple((key, _frozen(stated[key])) for key in in_order))
    if problems := list(_clashes(choice)):
        raise _error(problems)
    return choice


def _clashes(choice: Choice) -> Iterator[tuple[str, str]]:
    """Parameters that can't be so together, by what the choice's file states: ORDERED pairs, and what one REQUIRES."""
    facts, values = choice.entry.metadata, choice.parameters
    for low, high in facts.get("ORDERED", ()):
        if values[low] > values[high]:  # type: ignore[operator]
            clash = f"{low} = {values[low]} is above {high} = {values[high]}"
            yield low, f"{clash}; give a {low} end that is at most the {high} one"
    for name, (other, usual) in facts.get("REQUIRES", {}).items():
        if values[name] and not values[other]:
            yield name, f"true needs a {other}; give one, such as {other} = {usual}, or false"


def dividing(choice: Choice) -> Iterator[tuple[str, int]]:
    """Parameters that must divide the number of features, by what the choice's file states, with their values."""
    for name in choice.entry.metadata.get("DIVIDES_FEATURES", ()):
        if isinstance(value := choice.parameters[name], int):
            yield name, value


def also(declared: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The other words for parameters that a choice declares, each with the parameter."""
    return ((word, name) for name in declared for word in ALSO.get(name, ()))


def _frozen(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class From:
    """Annotates a scenario's field that holds one choice of a menu: `Annotated[Choice, From("norms")]`."""

    menu: str

    def __get_pydantic_core_schema__(self, *_: Any) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(_serialise, info_arg=True)
        return core_schema.no_info_plain_validator_function(partial(parse, self.menu), serialization=written)


@dataclass(frozen=True)
class NameFrom:
    """Annotates a scenario's field that holds the bare name of a choice."""

    menu: str
    word: str = ""  # for one of them, where the menu's own singular is not what a scenario calls it

    def __get_pydantic_core_schema__(self, *_: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._parse)

    def _parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise _error([("", f"{quoted(value)} is not a name; allowed: {', '.join(menus.names(self.menu))}")])
        if value not in menus.names(self.menu):
            word = self.word or singular(self.menu)
            raise _error([("", unknown(word, value, menus.names(self.menu), menus.also(self.menu)))])
        return value


def _serialise(choice: Choice, info: SerializationInfo) -> Any:
    return choice.plain(resolved=bool(info.context))


def singular(menu_name: str) -> str:
    """The word for one choice of a menu: "losses" -> "loss"."""
    return menu_name[:-2] if menu_name.endswith("sses") else menu_name.removesuffix("s").replace("_", " ")


def _problem(name: str, declared: Mapping[str, ChoiceParameter], key: str, value: Any) -> str:
    if key not in declared:
        return unknown(f"parameter of {name}", key, declared, dict(also(declared)))
    parameter = declared[key]
    return "" if _fits(parameter, value) else f"{quoted(value)} is not allowed; give {parameter.allowed}"


def _fits(parameter: ChoiceParameter, value: Any) -> bool:
    if parameter.choices:
        return value in parameter.choices
    if isinstance(parameter.default, bool):
        return isinstance(value, bool)
    if isinstance(parameter.default, tuple):
        one = replace(parameter, default=parameter.default[0])
        several = isinstance(value, (list, tuple)) and len(value) == len(parameter.default)
        return several and all(_fits(one, part) for part in value)
    if isinstance(value, bool) or not isinstance(value, int if isinstance(parameter.low, int) else (int, float)):
        return False
    assert parameter.low is not None
    assert parameter.high is not None
    return parameter.low <= value <= parameter.high


def _error(problems: list[tuple[str, str]]) -> PydanticCustomError:
    return PydanticCustomError("choice", "bad choice", {"problems": problems})
