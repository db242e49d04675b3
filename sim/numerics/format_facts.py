"""What the files of number formats state, read without numba."""

from collections.abc import Mapping
from typing import Any

from .. import registry


def format_facts(form: str) -> Mapping[str, Any]:
    """All that a number format's file states; raises KeyError."""
    return registry.entry("formats", form).metadata


def narrow(form: str) -> bool:
    """Whether a number format has fewer digits than float32."""
    return bool(format_facts(form)["SIGNIFICAND"] < format_facts("float32")["SIGNIFICAND"])


def carrier_bytes(form: str) -> int:
    """Bytes of one number as a pass holds it, which for narrow formats is float32's."""
    return {"float32": 4, "float64": 8}[format_facts(form)["CARRIER"]]
