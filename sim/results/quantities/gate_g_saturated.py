"""Share of an LSTM's cell candidates whose slope is below 5% of tanh's largest slope."""

TITLE = "cell candidate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A saturated candidate hardly changes with what comes in."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
