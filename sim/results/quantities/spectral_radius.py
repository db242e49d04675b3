"""The largest absolute eigenvalue of each layer's recurrent weights."""

TITLE = "spectral radius"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
