"""Obstacles that several fixes share."""

from .scenario import Scenario


def unequal_widths(scenario: Scenario) -> str:
    """The obstacle of a skip: one layer whose input and output widths differ."""
    inputs, width = scenario.inputs, scenario.network.width * scenario.network.directions
    if scenario.network.depth > 1 or inputs in (None, width):
        return ""
    return f"the only layer maps {inputs} inputs to {width} units, and a skip joins equal widths"


def clipped_already(scenario: Scenario, way: str, threshold: float) -> str:
    """The obstacle of clipping: the scenario clips in this way already, at this threshold or below."""
    clip = scenario.training.clip
    present = clip.parameters.get("threshold")
    tight = clip.name == way and isinstance(present, float | int) and present <= threshold
    return f"clipped by {way} already, at {present:g}" if tight else ""
