"""Mean of a GRU's candidates: what each step offers to the state."""

TITLE = "candidate"
UNIT = "mean"
LOG = False
RANGE = (-1.0, 1.0)
PHASE = "forward"
GATE = "n"
SATURATED = "gate_n_saturated"
READ = "The update gate decides how much of it replaces the old state."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
