"""ReZero: h_out = h_in + scale a, with a learnable scale that starts at 0."""

READ = "At first each layer is the identity; it takes part as its scale grows."
SOURCE = "Bachlechner et al. 2020, ReZero is all you need, equation 1"
ACTIVE = True
LEARNABLE = True


def scale(_branches: int) -> float:
    """The branch's scale at the start: 0."""
    return 0.0
