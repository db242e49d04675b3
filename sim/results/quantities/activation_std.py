"""Standard deviation of each layer's outputs; a signal that dies or explodes forward shows here."""

TITLE = "activation std"
LOG = True
ORDER = 20
COLUMN = 20
PHASE = "forward"
SQUARES = "mean"
ALSO = ("std", "h std")
READ = "If it shrinks from layer to layer, the samples become alike and nothing is left to tell them apart."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
