"""What the MLP of a transformer with its norm and skip multiplies the gradient by: ||dL/dmiddle|| / ||dL/dh_out||."""

TITLE = "MLP factor"
LOG = True
ORDER = 42
PHASE = "backward"
