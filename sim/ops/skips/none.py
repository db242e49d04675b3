"""No skip connection."""

ALSO = ("no", "off", "null", "plain")
JOINS = False
LEARNABLE = False
