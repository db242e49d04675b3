"""What a convolutional block multiplies the gradient by, with norm, skip and pool: ||dL/dh_in|| / ||dL/dh_out||."""

TITLE = "block factor"
LOG = True
ORDER = 44
PHASE = "backward"
FACTOR_OF = "sublayer"
READ = "At 1 a block passes the gradient on as it is; with an identity skip and no scale each block adds to it."
SOURCE = "He, Zhang, Ren & Sun 2016, Identity Mappings in Deep Residual Networks"
