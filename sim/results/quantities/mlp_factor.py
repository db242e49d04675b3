"""Factor by which a transformer's MLP with norm and skip multiplies the gradient: ||dL/dmiddle|| / ||dL/dh_out||."""

TITLE = "MLP factor"
LOG = True
ORDER = 42
PHASE = "backward"
FACTOR_OF = "sublayer"
READ = "Near 1 the branch hardly changes the gradient that the skip passes on."
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"
