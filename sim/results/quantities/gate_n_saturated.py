"""Share of a GRU's candidates whose slope is below 5% of tanh's largest slope."""

TITLE = "candidate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A saturated candidate hardly changes with what comes in."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
