"""The learning rate stays as it is."""

READ = "Too large it diverges, too small it takes for ever; nothing changes that later on."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.5"
ALSO = ("none", "no", "off", "fixed")
ACTIVE = False


def rate(learning_rate: float, update: int, updates: int) -> float:
    """The learning rate of an update (from 0) of so many."""
    return learning_rate
