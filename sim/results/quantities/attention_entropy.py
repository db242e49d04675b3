"""How many tokens each query looks at: the entropy of its attention weights, ln of their number if all count alike."""

TITLE = "attention entropy"
UNIT = "nats"
LOG = False
ORDER = 32
PHASE = "forward"
HEADING = "entropy"
ALSO = ("entropy",)
READ = "Near 0 each token looks at a single one, and the softmax has hardly any slope."
SOURCE = "Zhai et al. 2023, Stabilizing transformer training by preventing attention entropy collapse"
