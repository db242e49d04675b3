"""Concerns: evidence in a pass against training, as a number and a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Concern:
    """A concern of the menu; one that is not `counted` is a note, which leaves the outlook unchanged.

    `symptom` is the one that fixes declare to cure; `in_verdict` says that the verdict mentions it already.
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
