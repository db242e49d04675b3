"""What each activation lets through of the gradient: ||dL/du|| / ||dL/da||."""

TITLE = "slope factor"
LOG = True
ORDER = 30
COLUMN = 80
PHASE = "backward"
ALSO = ("slope",)
