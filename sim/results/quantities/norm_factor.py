"""Factor by which each normalisation multiplies the gradient: ||dL/dz|| / ||dL/du||."""

TITLE = "norm factor"
LOG = True
ORDER = 50
COLUMN = 90
PHASE = "backward"
FACTOR_OF = "norm"
TOGETHER_WITH = "weight_factor"
ALSO = ("norm",)
READ = "A norm divides by the spread of its input, so it undoes the size of the weights before it."
SOURCE = "Santurkar et al. 2018, How does batch normalization help optimization?"
