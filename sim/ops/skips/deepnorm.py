"""DeepNorm: h_out = norm(alpha h_in + a), with alpha = (2 depth)^(1/4), one power of 1/4 of the number of branches."""

ALSO = ("deepnet",)
READ = "It bounds what an update can change, which is what keeps a post-norm transformer of a thousand layers stable."
SOURCE = "Wang et al. 2022, DeepNet, equation 4 and table 1 (encoders)"
NEEDS = "SUBLAYERS"
ACTIVE = True
LEARNABLE = False


def scale(_branches: int) -> float:
    """The branch's scale: 1."""
    return 1.0


def past(branches: int) -> float:
    """What goes past a branch is multiplied by."""
    return float(branches**0.25)
