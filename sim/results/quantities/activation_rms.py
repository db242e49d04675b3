"""How large the outputs of each layer are: their root mean square."""

TITLE = "activation rms"
LOG = True
ORDER = 100
COLUMN = 30
PHASE = "forward"
ALSO = ("rms",)
