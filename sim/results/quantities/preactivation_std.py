"""How far the values before each activation spread."""

TITLE = "preactivation std"
LOG = True
ORDER = 80
COLUMN = 40
PHASE = "forward"
SQUARES = "mean"
READ = "Much above 1 a sigmoid or tanh is in its flat part, much below it is a straight line."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
