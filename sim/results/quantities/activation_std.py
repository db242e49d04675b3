"""How far the outputs of each layer spread; a signal that dies or explodes forward shows here."""

TITLE = "activation std"
LOG = True
ORDER = 20
COLUMN = 20
PHASE = "forward"
ALSO = ("std",)
