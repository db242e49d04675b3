"""Factor by which each activation multiplies the gradient: ||dL/du|| / ||dL/da||."""

TITLE = "slope factor"
LOG = True
ORDER = 30
COLUMN = 80
PHASE = "backward"
FACTOR_OF = "activation"
ALSO = ("slope",)
READ = "A sigmoid's is at most 0.25, a ReLU's about 0.7, where half of the units are off."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.4"
