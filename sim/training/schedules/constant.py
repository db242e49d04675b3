"""The learning rate stays as it is."""

READ = "If it is too large the run diverges, and if it is too small it takes for ever."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.3"
ALSO = ("none", "no", "off", "fixed")
ACTIVE = False


def rate(learning_rate: float, update: int, updates: int) -> float:
    """The learning rate of `update` (from 0), of `updates` after the warm-up."""
    return learning_rate
