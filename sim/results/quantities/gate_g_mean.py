"""Mean of an LSTM's cell candidates: what each step offers to the cell."""

TITLE = "cell candidate"
UNIT = "mean"
LOG = False
RANGE = (-1.0, 1.0)
PHASE = "forward"
GATE = "g"
SATURATED = "gate_g_saturated"
READ = "It goes through tanh, so it lies between -1 and 1."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
