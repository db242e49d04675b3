"""No skip connection."""

ALSO = ("no", "off", "null", "plain")
ACTIVE = False
LEARNABLE = False
