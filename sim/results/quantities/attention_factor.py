"""Factor by which attention with norm and skip multiplies the gradient: ||dL/dh_in|| / ||dL/dmiddle||."""

TITLE = "attention factor"
LOG = True
ORDER = 41
PHASE = "backward"
FACTOR_OF = "sublayer"
READ = "Near 1 the branch hardly changes the gradient that the skip passes on."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
