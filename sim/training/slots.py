"""What an optimizer remembers of each parameter, and what a number format does to a result that is stored."""

from collections.abc import Mapping

from ..numerics.arrays import Array

Slots = Mapping[str, Array]
