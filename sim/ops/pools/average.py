"""Average pooling: every few blocks four neighbours become their mean."""

from ...numerics.image import Image
from ..places import AveragePool, Pool

ALSO = ("avg", "mean", "avg_pool", "average_pool")
SOURCE = "LeCun, Bottou, Bengio & Haffner 1998, section II.B; torch.nn.AvgPool2d"
PARAMETERS = {"every": (4, 1, 100000)}
ACTIVE = True


def operation(source: str, image: Image, size: int = 2) -> Pool:
    """Of the value of that name."""
    return AveragePool((source,), image, size)
