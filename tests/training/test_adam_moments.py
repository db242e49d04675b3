"""Adam's step: what a kernel makes of a native format is what NumPy makes of it, operation by operation."""

import numpy as np
import pytest

from gradsim.sim.numerics.number_format import unrounded
from gradsim.sim.training.adam_moments import step_by_moments


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("eps", [1e-8, 0.0])
def test_a_step_at_once_has_the_bits_of_one_operation_after_the_other(dtype, eps):
    random = np.random.default_rng(0)
    sizes = np.finfo(dtype)
    odd = np.array([0, -0.0, np.inf, -np.inf, np.nan, sizes.tiny / 4, sizes.max, sizes.max**0.5, sizes.tiny**0.5])
    at_once = [random.standard_normal(1001).astype(dtype), np.zeros(1001, dtype), np.zeros(1001, dtype)]
    by_operation = [array.copy() for array in at_once]
    with np.errstate(all="ignore"):
        for count in range(1, 6):
            grad = (random.standard_normal(1001) * 10.0 ** random.uniform(-20, 3, 1001)).astype(dtype)
            grad[: odd.size] = odd if count == 3 else 0
            for (parameter, mean, square), round_ in ((at_once, unrounded), (by_operation, lambda array: array)):
                memory = {"mean": mean, "square": square}
                step_by_moments(parameter, grad, memory, count, round_, 1e-3, (0.9, 0.999), eps)
    for one, other in zip(at_once, by_operation, strict=True):
        np.testing.assert_array_equal(one, other)
        number = ~np.isnan(one)
        np.testing.assert_array_equal(np.signbit(one[number]), np.signbit(other[number]))  # also of 0
    assert np.isfinite(at_once[0]).sum() > 900
