"""Dynamic: halved when a gradient overflows, doubled after an interval without."""

SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2; torch.amp.GradScaler"
PARAMETERS = {"initial": (65536.0, 1e-30, 1e30), "interval": (2000, 1, 1_000_000)}
GROWTH = 2.0
BACKOFF = 0.5
