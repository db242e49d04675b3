"""Static: the loss is multiplied by one number."""

from ...numerics.arrays import Array

ALSO = ("fixed", "constant", "none")
READ = "It lifts gradients into float16's range, and the update divides it out again."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"
PARAMETERS = {"value": (1.0, 1e-30, 1e30)}
AS_NUMBER = True


def start(value: float) -> float:
    """The scale of the first update."""
    return value


def unscale(gradients: Array, scale: float) -> None:
    """Divide gradients (n,) by the scale, in place."""
    gradients /= scale


def adjust(scale: float, clean: int, _broken: bool, value: float) -> tuple[float, int, bool]:
    """The next scale, the finite updates in a row, and whether to skip this update: never."""
    return scale, clean, False
