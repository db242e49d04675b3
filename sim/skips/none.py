"""No skip connection."""

JOINS = False
LEARNABLE = False
