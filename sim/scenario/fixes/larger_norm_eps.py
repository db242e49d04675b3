"""norm eps of 1

Adds 1 to each variance before the norm takes its root, so that no row is multiplied by more than 1.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 205
CURES = "Norms of rows without spread, as padding: each multiplies the gradient by 1 / sqrt(eps)."
CURES_KINDS = ("flat_rows",)
SOURCE = "torch.nn.LayerNorm's eps; Ioffe & Szegedy 2015, algorithm 1"

LARGE = 1.0


def changes(_scenario: Scenario) -> dict[str, Any]:
    """An eps of 1."""
    return {"network.norm.eps": LARGE}


def obstacle(scenario: Scenario) -> str:
    """No norm, or an eps as large."""
    if not isinstance(eps := scenario.network.norm.parameters.get("eps"), float | int):
        return "there is no norm"
    return f"its eps is {eps:g} already" if eps >= LARGE else ""
