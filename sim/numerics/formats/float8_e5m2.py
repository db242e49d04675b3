"""8 bits, 3 of them significand: float16's range with a quarter of its digits."""

ALSO = ("e5m2", "fp8_e5m2")
READ = "Gradients need a wide range more than digits, so of the two FP8 formats it is theirs."
SOURCE = "OCP 8-bit floating point specification 2023, E5M2; Micikevicius et al. 2022"
CARRIER = "float32"
STORED = "float16"
SIGNIFICAND = 3
SMALLEST_EXPONENT = -14
LARGEST = 57344.0
OVERFLOW = "inf"
