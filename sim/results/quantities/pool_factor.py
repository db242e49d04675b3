"""Factor by which the pooling of a plain block multiplies the gradient: max pooling 1, the mean of four 1/2."""

TITLE = "pool factor"
LOG = True
PHASE = "backward"
FACTOR_OF = "pool"
READ = "Max pooling passes the gradient on whole, average pooling spreads it over four pixels."
SOURCE = "Boureau, Ponce & LeCun 2010, A theoretical analysis of feature pooling in visual recognition"
