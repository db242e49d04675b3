"""How fast points of a sweep are made, and how long the rest takes, in words."""

from dataclasses import dataclass

SETTLED = 2.0  # seconds after which a rate is worth a word


@dataclass(frozen=True)
class Pace:
    """Of so many points `done` were there when the clock showed `began` seconds."""

    total: int
    done: int
    began: float

    def words(self, done: int, now: float) -> str:
        """How many are done, and once that is known how many a second, and when the rest will be."""
        more, passed = done - self.done, now - self.began
        words = f"{done:,} of {self.total:,} points"
        if more <= 0 or passed < SETTLED:
            return words
        rate = more / passed
        return f"{words}, {rate:.3g} a second, {duration((self.total - done) / rate)} left"


def duration(seconds: float) -> str:
    """A time in at most two units: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
