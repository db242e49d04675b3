"""16 bits, 11 of them significand: from 2^-24, about 6e-8, to 65504."""

ALSO = ("fp16", "f16", "half")
READ = "Smaller gradients become 0 and larger ones inf, which is why it needs loss scaling."
SOURCE = "IEEE 754-2019, binary16"
CARRIER = "float32"
STORED = "float16"
SIGNIFICAND = 11
SMALLEST_EXPONENT = -14
LARGEST = 65504.0
OVERFLOW = "inf"
