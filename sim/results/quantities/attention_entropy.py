"""How many tokens each query looks at: the entropy of its attention weights, ln of their number if all count alike."""

TITLE = "attention entropy"
UNIT = "nats"
LOG = False
ORDER = 32
PHASE = "forward"
HEADING = "entropy"
ALSO = ("entropy",)
