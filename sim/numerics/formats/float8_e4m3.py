"""8 bits, 4 of them significand: up to 448, which also stands for what overflows."""

ALSO = ("fp8", "float8", "e4m3", "fp8_e4m3", "e4m3fn", "float8_e4m3fn")
READ = "About one digit: it serves matrix products, with a scale for each matrix."
SOURCE = "OCP 8-bit floating point specification 2023, E4M3 (e4m3fn), saturating conversion; Micikevicius et al. 2022"
CARRIER = "float32"
STORED = "float16"
SIGNIFICAND = 4
SMALLEST_EXPONENT = -6
LARGEST = 448.0
OVERFLOW = "largest"
