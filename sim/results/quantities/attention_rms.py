"""How large what attention adds is: the root mean square of its output."""

TITLE = "attention rms"
LOG = True
ORDER = 101
PHASE = "forward"
SQUARES = "mean"
READ = "Beside what goes past it, it shows how much a block changes."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
