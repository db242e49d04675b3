"""Entropy of each query's attention weights: ln n where it attends to n tokens alike."""

TITLE = "attention entropy"
UNIT = "nats"
LOG = False
ORDER = 32
PHASE = "forward"
HEADING = "entropy"
ALSO = ("entropy",)
READ = "Near 0 each query looks at a single token, and the softmax has hardly any slope left."
SOURCE = "Zhai et al. 2023, Stabilizing transformer training by preventing attention entropy collapse"
