"""Mean of an LSTM's output gates: the share of the cell that the hidden state shows."""

TITLE = "output gate"
UNIT = "mean"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 28
PHASE = "forward"
GATE = "o"
SATURATED = "gate_o_saturated"
ALSO = ("output_gate",)
READ = "Near 0 the cell is hidden from the layers above, and from their gradient."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
