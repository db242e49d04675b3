"""32 bits, 24 of them significand."""

ALSO = ("fp32", "f32", "float", "single")
READ = "From 1e-38 to 3e38 with seven digits: the default of the common frameworks."
SOURCE = "IEEE 754-2019, binary32"
CARRIER = "float32"
STORED = "float32"
SIGNIFICAND = 24
SMALLEST_EXPONENT = -126
LARGEST = 3.4028234663852886e38
OVERFLOW = "inf"
