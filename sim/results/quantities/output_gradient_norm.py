"""Norm of the gradient at a recurrent layer's output, where a skip or norm sets it apart from the state."""

TITLE = "output gradient norm"
LOG = True
PHASE = "backward"
SQUARES = "sum"
SCALES_WITH_LOSS = True
READ = "It is what the layer above, or the loss, sends down."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks"
