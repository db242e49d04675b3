"""Root mean square of the output of attention, which the skip adds."""

TITLE = "attention rms"
LOG = True
ORDER = 101
PHASE = "forward"
SQUARES = "mean"
READ = "Compared with what the skip carries it shows how much a block changes."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
