"""qk norm

Normalises the queries and keys of each head before their product, by their root mean square.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("query_key_norm", "qk_layernorm")
ORDER = 46
NEEDS = "SUBLAYERS"
CURES = "Attention logits that grow until the softmax picks one token: their size gets a bound."
CURES_KINDS = ("diverging", "blowup", "stalled", "nonfinite")
SOURCE = "Henry et al. 2020, Query-key normalization for transformers; Dehghani et al. 2023, ViT-22B"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Queries and keys get an rms norm."""
    return {"network.qk_norm": "rms"}


def obstacle(scenario: Scenario) -> str:
    """Of one feature only the sign would be left."""
    network = scenario.network
    return "" if network.width > network.get("heads") else "each head has one feature, of which a norm leaves the sign"
