"""Factor by which a norm on a recurrent layer's output multiplies the gradient."""

TITLE = "output norm factor"
LOG = True
ORDER = 46
PHASE = "backward"
FACTOR_OF = "norm"
READ = "It stands between a layer and the one above, and not on the path through time."
SOURCE = "Ba, Kiros & Hinton 2016, Layer normalization, section 3"
