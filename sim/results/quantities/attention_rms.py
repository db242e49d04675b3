"""How large what attention adds is: the root mean square of its output."""

TITLE = "attention rms"
LOG = True
ORDER = 101
PHASE = "forward"
