"""Factor by which a recurrent layer's input weights (and a norm of their product) multiply the gradient."""

TITLE = "input factor"
LOG = True
ORDER = 45
PHASE = "backward"
FACTOR_OF = "weights"
READ = "It belongs to the path between stacked layers, not to the one through time."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks"
