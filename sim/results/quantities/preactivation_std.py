"""Standard deviation of each layer's preactivations."""

TITLE = "preactivation std"
LOG = True
ORDER = 80
COLUMN = 40
PHASE = "forward"
SQUARES = "mean"
READ = "Far above 1 a sigmoid or tanh saturates; far below 1 it is close to a straight line."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
