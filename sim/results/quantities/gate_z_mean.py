"""Mean of a GRU's update gates: the share of the state that is kept from step to step."""

TITLE = "update gate"
UNIT = "mean"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 27
PHASE = "forward"
GATE = "z"
HISTOGRAM = "gate_z"
SATURATED = "gate_z_saturated"
CARRIES = "state"
OF_GATE = "update gates"
ALSO = ("update_gate",)
READ = "That share of the old state, and of its gradient, goes past the weights unchanged."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
