"""What a pass shows that speaks against training, in a number and a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Concern:
    """A concern of the menu; one that is not `counted` is said only, and leaves the outlook as it is.

    `symptom` is what fixes are declared to cure in it; one that is `in_verdict` is what the verdict says already.
    """

    name: str
    value: float
    text: str
    counted: bool
    symptom: str = ""
    in_verdict: bool = False

    def to_dict(self) -> dict[str, object]:
        """Plain data."""
        return {"name": self.name, "value": self.value, "text": self.text, "counted": self.counted}
