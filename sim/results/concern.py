"""What a pass shows that speaks against training, in a number and a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Concern:
    """A concern of the menu; one that is not `counted` is said only, and leaves the outlook as it is."""

    name: str
    value: float
    text: str
    counted: bool
