"""Obstacles that several fixes share."""

from .scenario import Scenario


def unequal_widths(scenario: Scenario) -> str:
    """A skip joins only layers of equal widths in and out; from layer 2 on they always are."""
    inputs, width = scenario.inputs, scenario.network.width * scenario.network.directions
    if scenario.network.depth > 1 or inputs in (None, width):
        return ""
    return f"the only layer maps {inputs} inputs to {width} units, and a skip joins equal widths"


def clipped_already(scenario: Scenario, way: str, threshold: float) -> str:
    """Gradients are clipped in this way already, at no larger a threshold."""
    clip = scenario.training.clip
    present = clip.parameters.get("threshold")
    tight = clip.name == way and isinstance(present, float | int) and present <= threshold
    return f"clipped by {way} already, at {present:g}" if tight else ""
