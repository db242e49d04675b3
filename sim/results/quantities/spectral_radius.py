"""Largest absolute eigenvalue of each layer's recurrent weights."""

TITLE = "spectral radius"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
READ = "Applied step after step the weights multiply by it in the long run: above 1 a linear net explodes."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, section 2.1"
