"""Stride: the first convolution of every few blocks goes on by two places."""

ALSO = ("strided", "downsample")
SOURCE = "He, Zhang, Ren & Sun 2016, section 3.3; Springenberg et al. 2015"
PARAMETERS = {"every": (4, 1, 100000)}
ACTIVE = True
STRIDE = 2
