"""How many tokens each query looks at: the entropy of its attention weights, ln n if it looks at n alike."""

TITLE = "attention entropy"
UNIT = "nats"
LOG = False
ORDER = 32
PHASE = "forward"
HEADING = "entropy"
ALSO = ("entropy",)
READ = "Near 0 each query looks at a single token, and the softmax has hardly any slope left."
SOURCE = "Zhai et al. 2023, Stabilizing transformer training by preventing attention entropy collapse"
