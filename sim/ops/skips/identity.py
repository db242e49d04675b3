"""Identity skip: h_out = h_in + a."""

ALSO = ("residual", "resnet", "skip", "shortcut", "add", "on")
READ = (
    "The gradient gets a factor of 1 beside the branch's own; without a norm or a scale the branches add up with depth."
)
SOURCE = "He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition, equation 1"
ACTIVE = True
LEARNABLE = False


def scale(_branches: int) -> float:
    """The branch's scale: 1."""
    return 1.0
