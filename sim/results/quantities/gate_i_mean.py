"""Mean of an LSTM's input gates: the share of each step's candidate that enters the cell."""

TITLE = "input gate"
UNIT = "mean"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 27
PHASE = "forward"
GATE = "i"
SATURATED = "gate_i_saturated"
ALSO = ("input_gate",)
READ = "Near 0 the cell takes nothing in, near 1 all of what is offered."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
