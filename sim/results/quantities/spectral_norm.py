"""Largest singular value of each layer's weights."""

TITLE = "spectral norm"
LOG = True
PHASE = "forward"
TABLES = ("weights",)
ALSO = (
    "largest sv",
    "largest singular value",
)
READ = "It is the most that the weights can multiply a gradient by."
SOURCE = (
    "Miyato et al. 2018, Spectral normalization for generative adversarial networks; Pascanu, Mikolov & Bengio"
    " 2013, On the difficulty of training recurrent neural networks"
)
