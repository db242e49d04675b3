"""The length of each layer's weights: ||W||."""

TITLE = "weight norm"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
