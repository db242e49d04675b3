"""Share of a GRU's update gates whose slope is below 5% of a sigmoid's largest slope."""

TITLE = "update gate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A saturated gate passes hardly any gradient to its own weights, so it hardly learns."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
