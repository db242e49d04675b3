"""The limits of a user's data, and how a file that can't be used is refused."""

LARGEST = 2 * 2**30  # bytes of one array as float64
MOST_FEATURES = 65_536
MOST_OUTPUTS = 10_000  # classes, or numbers to regress

CLASS_RANGE = f"classes go from 0 to {MOST_OUTPUTS - 1}"


def gigabytes(size: int) -> str:
    """Bytes as words: "1.5 GiB"."""
    return f"{size / 2**30:.1f} GiB"
