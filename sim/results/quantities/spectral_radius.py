"""The largest absolute eigenvalue of each layer's recurrent weights."""

TITLE = "spectral radius"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
READ = (
    "In the long run it is what the same weights, applied step after step, multiply by: above 1 a linear net explodes."
)
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, section 2.2"
