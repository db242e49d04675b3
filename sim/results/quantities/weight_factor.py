"""Factor by which each weight matrix multiplies the gradient: ||dL/dh_in|| / ||dL/dz||."""

TITLE = "weight factor"
LOG = True
ORDER = 40
COLUMN = 100
PHASE = "backward"
FACTOR_OF = "weights"
ALSO = ("weight",)
READ = "Times the slope factor it is what the layer multiplies by; an initialisation that fits makes that about 1."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, equation 6"
