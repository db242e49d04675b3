"""The state vectors of an optimizer, such as momentum, by name; each is as long as the parameter vector."""

from collections.abc import Mapping

from ..numerics.arrays import Array

Slots = Mapping[str, Array]
