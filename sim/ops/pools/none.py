"""No pooling: images stay as large as they are."""

ALSO = ("no", "off", "null")
ACTIVE = False
