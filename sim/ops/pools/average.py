"""Average pooling: after every k-th block 2 x 2 pixels become their mean."""

from ...numerics.image import Image
from ..pooling import AveragePool, Pool

ALSO = ("avg", "mean", "avg_pool", "average_pool")
SOURCE = (
    "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition; torch.nn.AvgPool2d"
)
PARAMETERS = {"every": (4, 1, 100000)}
ACTIVE = True


def operation(source: str, image: Image, size: int = 2) -> Pool:
    """Average pooling of a value by squares of size x size pixels."""
    return AveragePool((source,), image, size)
