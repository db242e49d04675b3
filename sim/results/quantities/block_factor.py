"""Factor by which a convolutional block, norm, skip and pool included, multiplies the gradient."""

TITLE = "block factor"
LOG = True
ORDER = 44
PHASE = "backward"
FACTOR_OF = "sublayer"
READ = "At 1 a block passes the gradient on as it is; with an identity skip and no scale each block adds to it."
SOURCE = "He, Zhang, Ren & Sun 2016, Identity Mappings in Deep Residual Networks"
