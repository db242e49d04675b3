"""Norm of the gradient at each layer's output, ||dL/dh||."""

TITLE = "gradient norm"
LOG = True
ORDER = 110
COLUMN = 60
PHASE = "backward"
SQUARES = "sum"
SCALES_WITH_LOSS = True
TABLES = ("profile", "weights")  # there of dL/dW
ALSO = ("grad_norm",)
READ = "Its ratio from one layer to the next is exactly the product of that layer's factors."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, equation 5"
