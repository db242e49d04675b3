"""Frobenius norm of each layer's weights, ||W||."""

TITLE = "weight norm"
LOG = True
PHASE = "forward"
SQUARES = "sum"
TABLES = ("weights",)
ALSO = ("|W|",)
READ = "How much an update matters shows beside it."
SOURCE = "You, Gitman & Ginsburg 2017, Large batch training of convolutional networks"
