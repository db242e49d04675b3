"""The base of a scenario's tables, and choices that may be written as a number. Imports no numba."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, SerializationInfo
from pydantic_core import PydanticCustomError

from ..errors import quoted
from ..registry import entry, names
from .choice import Choice, parse


class Section(BaseModel):
    """A table of the scenario file: frozen, strict about types, with no keys but those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


def _bias(value: Any) -> Choice:
    return _parse_number("inits", value)


def _plain_bias(bias: Choice) -> Any:
    return bias.parameters["value"] if _is_number(bias) else bias.plain()


Bias = Annotated[Choice, PlainValidator(_bias), PlainSerializer(_plain_bias)]


def _loss_scale(value: Any) -> Choice:
    return _parse_number("loss_scales", value)


def _plain_loss_scale(scale: Choice, info: SerializationInfo) -> Any:
    return scale.parameters["value"] if _is_number(scale) else scale.plain(resolved=bool(info.context))


SIDE = 1024  # the most pixels of an image each way


def _image(value: Any) -> tuple[int, int] | None:
    """Height and width."""
    sides = tuple(value) if isinstance(value, list | tuple) else ()
    if len(sides) == 2 and all(type(side) is int and 1 <= side <= SIDE for side in sides):
        return sides
    if value is None:
        return None
    text = f"{quoted(value)} is no height and width; give two whole numbers from 1 to {SIDE}, such as [8, 8]"
    raise PydanticCustomError("choice", "bad choice", {"problems": [("", text)]})


Sides = Annotated[tuple[int, int] | None, PlainValidator(_image), PlainSerializer(lambda image: image and list(image))]

LossScale = Annotated[Choice, PlainValidator(_loss_scale), PlainSerializer(_plain_loss_scale)]


def _parse_number(menu: str, value: Any) -> Choice:
    """A choice that may be written as the value of the menu's AS_NUMBER, which always has its number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        as_number = next(name for name in names(menu) if entry(menu, name).metadata.get("AS_NUMBER"))
        value = {"name": as_number, "value": value}
    choice = parse(menu, value)
    return replace(choice, overrides=tuple(choice.parameters.items())) if _is_number(choice) else choice


def _is_number(choice: Choice) -> bool:
    """Whether a choice is written as its value alone."""
    return bool(choice.entry.metadata.get("AS_NUMBER"))
