"""Factor by which each layer of a chain multiplies the gradient: ||dL/dh_(l-1)|| / ||dL/dh_l||."""

TITLE = "layer factor"
LOG = True
ORDER = 55
PHASE = "backward"
READ = "Multiplied together they are what is left of the gradient at the first layer."
SOURCE = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
