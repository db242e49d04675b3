"""The learning rate stays as it is."""

ALSO = ("none", "no", "off", "fixed")
ACTIVE = False


def rate(learning_rate: float, update: int, updates: int) -> float:
    """The learning rate of an update (from 0) of so many."""
    return learning_rate
