"""The length of each layer's weights: ||W||."""

TITLE = "weight norm"
LOG = True
PHASE = "forward"
SQUARES = "sum"
TABLES = ("weights",)
ALSO = ("|W|",)
READ = "It is the Frobenius norm; an update is to be read beside it."
SOURCE = "You, Gitman & Ginsburg 2017, Large batch training of convolutional networks, section 4"
