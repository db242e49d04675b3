"""What an optimizer remembers of each parameter, and what a number format does to a result that is stored."""

from collections.abc import Callable, Mapping

from .kernel import Array

Slots = Mapping[str, Array]
Keep = Callable[[Array], Array]  # rounds in place to the format that results are stored in, and returns the array
