"""Stride: the first convolution of every k-th block has stride 2."""

ALSO = ("strided", "downsample")
SOURCE = "He, Zhang, Ren & Sun 2016, Deep residual learning; Springenberg et al. 2015, Striving for simplicity"
PARAMETERS = {"every": (4, 1, 100000)}
ACTIVE = True
STRIDE = 2
