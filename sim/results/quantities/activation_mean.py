"""The mean of each layer's outputs."""

TITLE = "activation mean"
LOG = False
ORDER = 90
COLUMN = 10
PHASE = "forward"
ALSO = ("mean",)
