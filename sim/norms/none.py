"""No normalisation."""

ACTIVE = False
