"""Where two rows differ."""

import random
from itertools import pairwise

from gradsim.tui.differing_spans import differing_spans


def test_spans_hold_all_that_differs_begin_and_end_with_it_and_lie_apart() -> None:
    draw = random.Random(0)
    for close in (1, 2, 8):
        for _ in range(50):
            pairs = [(0, int(draw.random() < 0.2)) for _ in range(60)]
            spans = differing_spans(pairs, close)
            inside = {x for first, last in spans for x in range(first, last)}
            assert {x for x, (one, other) in enumerate(pairs) if one != other} <= inside
            assert all(pairs[first][1] and pairs[last - 1][1] for first, last in spans)
            assert all(later[0] - former[1] >= close for former, later in pairwise(spans))


def test_equal_rows_have_none() -> None:
    assert differing_spans([], 8) == differing_spans([(1, 1)] * 9, 8) == []
