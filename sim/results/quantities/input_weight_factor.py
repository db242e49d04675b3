"""What a recurrent layer's input weights multiply the gradient by on its way to the layer below."""

TITLE = "input factor"
LOG = True
ORDER = 45
PHASE = "backward"
READ = "It belongs to the path between stacked layers, not to the one through time."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks"
