"""Array types of kernels (their annotations) and of statistics. No numba."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Array = NDArray[Any]


Vector = Annotated[NDArray[Any], 1]  # contiguous, in the pass's number format


Matrix = Annotated[NDArray[Any], 2]  # contiguous (rows, features), in the pass's number format


Bits = Annotated[NDArray[Any], "bits"]  # a Matrix seen as integers of the same number of bytes


Table = Annotated[NDArray[np.float64], "table"]  # contiguous (rows, columns) of float64 statistics
