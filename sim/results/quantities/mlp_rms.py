"""Root mean square of the output of a transformer's MLP, which the skip adds."""

TITLE = "MLP rms"
LOG = True
ORDER = 102
PHASE = "forward"
SQUARES = "mean"
READ = "Compared with what the skip carries it shows how much a block changes."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
