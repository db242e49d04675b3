"""ReZero: h_out = h_in + scale a, with a learnable scale that starts at 0."""

READ = "Each layer is the identity at the beginning, and takes part as its scale grows."
SOURCE = "Bachlechner et al. 2020, equation 4"
ACTIVE = True
LEARNABLE = True


def scale(_depth: int) -> float:
    """The branch's scale at the start: 0."""
    return 0.0
