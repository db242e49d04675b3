"""The largest singular value of each layer's weights."""

TITLE = "spectral norm"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
