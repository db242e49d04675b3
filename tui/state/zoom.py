"""Which part of a long axis is shown: pure."""

LEAST = 8  # places of the closest look


def window(length: int, cursor: int, zoom: int) -> tuple[int, int] | None:
    """The first and the last place of an axis zoomed so many times, around a cursor; None of the whole axis.

    Each time is half as much. It stays where it is while the cursor moves within half of it, and ends with the axis.
    """
    size = max(-(-length // 2**zoom), min(LEAST, length))
    if not zoom or size >= length:
        return None
    half = max(size // 2, 1)
    first = (cursor - 1) // half * half - (size - half) // 2 + 1
    first = min(max(first, 1), length - size + 1)
    return first, first + size - 1


def closer(length: int, zoom: int, by: int) -> int:
    """Zoomed once more, or once less, as far as that shows anything else."""
    most = next(n for n in range(64) if -(-length // 2**n) <= LEAST)
    return min(max(zoom + by, 0), most)
