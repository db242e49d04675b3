"""No normalisation."""

ALSO = ("no", "off", "null", "identity")
ACTIVE = False
