"""Dynamic: halved when a gradient overflows, doubled after an interval without."""

ALSO = ("auto", "automatic", "grad_scaler", "amp")
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2; torch.amp.GradScaler"
PARAMETERS = {"initial": (65536.0, 1e-30, 1e30), "interval": (2000, 1, 1_000_000)}
GROWTH = 2.0
BACKOFF = 0.5


def adjust(scale: float, clean: int, broken: bool, initial: float, interval: int) -> tuple[float, int, bool]:
    """The next scale, the updates in a row that were finite, and whether this one is to be skipped."""
    if broken:
        return scale * BACKOFF, 0, True
    return (scale, clean + 1, False) if clean + 1 < interval else (scale * GROWTH, 0, False)
