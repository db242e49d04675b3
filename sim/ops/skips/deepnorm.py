"""DeepNorm: h_out = norm(alpha h_in + a), with alpha = (2 depth)^(1/4)."""

ALSO = ("deepnet",)
READ = "It bounds what an update can change, which keeps a post-norm transformer of a thousand layers stable."
SOURCE = "Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers, figure 2 (encoders)"
NEEDS = "SUBLAYERS"
ACTIVE = True
LEARNABLE = False


def scale(_branches: int) -> float:
    """The branch's scale: 1."""
    return 1.0


def past(branches: int) -> float:
    """The factor alpha of the skip; `branches` are those of the whole network."""
    return float(branches**0.25)
