"""What the pooling of a plain block multiplies the gradient by: 1 of the largest, 1/2 of the mean of four."""

TITLE = "pool factor"
LOG = True
PHASE = "backward"
READ = (
    "A pool that keeps the largest hands the gradient on whole, one that takes the mean divides it among four places."
)
SOURCE = "Boureau, Ponce & LeCun 2010, A theoretical analysis of feature pooling in visual recognition"
