"""Static: the loss times one number."""

SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"
PARAMETERS = {"value": (1.0, 1e-30, 1e30)}
