"""Numbers as people read them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradsim.sim.text import percent


@given(st.floats(0, 1e6))
@example(0.997)
@example(1 - 2**-53)
@example(5e-324)
@example(1.001)
def test_0_percent_is_none_and_100_percent_is_all(share: float) -> None:
    text = percent(share)
    assert (text == "0%") == (share == 0)
    assert (text == "100%") == (share == 1)
    assert text[0] not in "<>" or len(text) <= 5
    assert abs(float(text.strip("<>%")) - 100 * share) <= 1 + 1e-9 * share


@pytest.mark.parametrize(("share", "text"), [
    (0.0, "0%"), (-0.0, "0%"), (0.001, "<1%"), (0.01, "1%"), (0.124, "12%"), (0.99, "99%"), (0.997, ">99%"),
    (1.0, "100%"), (1.002, ">100%"), (1.5, "150%"), (float("nan"), "NaN"), (float("inf"), "NaN"),
])  # fmt: skip
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text
