"""Mean of a GRU's reset gates: the share of the old state that its candidate sees."""

TITLE = "reset gate"
UNIT = "mean"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 29
PHASE = "forward"
GATE = "r"
SATURATED = "gate_r_saturated"
ALSO = ("reset_gate",)
READ = "Near 0 the candidate forgets the old state and starts anew."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
