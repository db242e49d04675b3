"""Metadata of number formats, read without numba."""

from collections.abc import Mapping
from typing import Any

from .. import registry


def format_facts(form: str) -> Mapping[str, Any]:
    """The metadata of a number format; raises KeyError."""
    return registry.entry("formats", form).metadata


def narrow(form: str) -> bool:
    """Whether a number format has fewer digits than float32."""
    return bool(format_facts(form)["SIGNIFICAND"] < format_facts("float32")["SIGNIFICAND"])


def carrier_bytes(form: str) -> int:
    """Bytes of a number in memory; narrow formats are carried in float32."""
    return {"float32": 4, "float64": 8}[format_facts(form)["CARRIER"]]
