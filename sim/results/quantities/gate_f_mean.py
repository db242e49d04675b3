"""How far an LSTM's forget gates are open on average: what the cell keeps from step to step."""

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
READ = "Near 1 the cell is remembered; its power is what is left after as many steps."
SOURCE = "Gers, Schmidhuber & Cummins 2000, Learning to forget"
