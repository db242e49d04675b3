"""Mean of an LSTM's forget gates: the share of the cell that is kept from step to step."""

TITLE = "forget gate"
UNIT = "mean"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 26
PHASE = "forward"
GATE = "f"
HISTOGRAM = "gate_f"
SATURATED = "gate_f_saturated"
CARRIES = "cell"
OF_GATE = "forget gates"
ALSO = ("forget_gate",)
READ = "Near 1 the cell is remembered; after n steps about its n-th power is left."
SOURCE = "Gers, Schmidhuber & Cummins 2000, Learning to forget"
