"""How far the values before each activation spread."""

TITLE = "preactivation std"
LOG = True
ORDER = 80
COLUMN = 40
PHASE = "forward"
