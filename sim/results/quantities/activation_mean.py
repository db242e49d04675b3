"""Mean of each layer's outputs."""

TITLE = "activation mean"
LOG = False
ORDER = 90
COLUMN = 10
PHASE = "forward"
ALSO = ("mean",)
READ = "A mean far from 0 shifts all inputs of the next layer together, and its gradient with them."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.3"
