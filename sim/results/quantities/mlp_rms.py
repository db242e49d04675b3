"""How large what the MLP of a transformer adds is: the root mean square of its output."""

TITLE = "MLP rms"
LOG = True
ORDER = 102
PHASE = "forward"
