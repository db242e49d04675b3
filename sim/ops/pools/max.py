"""Max pooling: after every k-th block 2 x 2 pixels become their largest number."""

from ...numerics.image import Image
from ..pooling import MaxPool, Pool

ALSO = ("maximum", "max_pool", "maxpool")
SOURCE = "Riesenhuber & Poggio 1999, Hierarchical models of object recognition in cortex; torch.nn.MaxPool2d"
PARAMETERS = {"every": (4, 1, 100000)}
ACTIVE = True


def operation(source: str, image: Image, size: int = 2) -> Pool:
    """Max pooling of a value by squares of size x size pixels."""
    return MaxPool((source,), image, size)
