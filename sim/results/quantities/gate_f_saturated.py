"""Share of an LSTM's forget gates whose slope is below 5% of a sigmoid's largest slope."""

TITLE = "forget gate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A saturated gate passes hardly any gradient to its own weights, so it hardly learns."
SOURCE = "Gers, Schmidhuber & Cummins 2000, Learning to forget"
