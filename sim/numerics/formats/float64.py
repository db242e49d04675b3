"""64 bits, 53 of them significand."""

ALSO = ("fp64", "f64", "double")
READ = "From 1e-308 to 1e308 with sixteen digits: what the others are compared with."
SOURCE = "IEEE 754-2019, binary64"
CARRIER = "float64"
STORED = "float64"
SIGNIFICAND = 53
SMALLEST_EXPONENT = -1022
LARGEST = 1.7976931348623157e308
OVERFLOW = "inf"
