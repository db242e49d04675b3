"""How large the output of attention is, which the skip adds: its root mean square."""

TITLE = "attention rms"
LOG = True
ORDER = 101
PHASE = "forward"
SQUARES = "mean"
READ = "Compared with what the skip carries it shows how much a block changes."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
