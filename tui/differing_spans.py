"""Where two rows differ, in as few spans as cost least to send; of what charts draw and of what the terminal shows."""

from collections.abc import Iterable


def differing_spans(pairs: Iterable[tuple[object, object]], close: int) -> list[tuple[int, int]]:
    """From which column to before which the pairs differ; spans that are less than `close` columns apart are one."""
    spans: list[tuple[int, int]] = []
    for x, (one, other) in enumerate(pairs):
        if one == other:
            continue
        if spans and x - spans[-1][1] < close:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans
