"""float32 whose matrix products round what they multiply to 11 bits of significand, and add up in float32."""

ALSO = ("tf32", "tensor_float32")
READ = "Sums keep their digits, so a pass looks like one in float32 with noise of 0.05%."
SOURCE = "NVIDIA 2020, A100 Tensor Core GPU Architecture, TF32; rounded to nearest, ties to even"
CARRIER = "float32"
STORED = "float32"
SIGNIFICAND = 24
SMALLEST_EXPONENT = -126
LARGEST = 3.4028234663852886e38
OVERFLOW = "inf"
FACTORS = 11
