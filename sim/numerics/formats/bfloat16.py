"""16 bits, 8 of them significand: float32's range with a third of its digits."""

ALSO = ("bf16", "brain_float")
READ = "It reaches nearly as far down as float32, but an update of less than 1/512 of a weight is lost."
SOURCE = "Kalamkar et al. 2019, A study of bfloat16 for deep learning training"
CARRIER = "float32"
STORED = "float32"
SIGNIFICAND = 8
SMALLEST_EXPONENT = -126
LARGEST = 3.3895313892515355e38
OVERFLOW = "inf"
