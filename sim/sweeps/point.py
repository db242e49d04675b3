"""One point of a sweep: simulated or trained, it has a value; whatever goes wrong becomes its reason, never the end."""

from typing import NamedTuple

from ..errors import Cancelled, UserError
from ..network.block import unwatched
from .outcome import Check, outcome
from .sweep import Sweep

LONGEST = 300  # characters of a reason


class Point(NamedTuple):
    """The verdict in a word and the quantity's value, or the reason why there is none."""

    kind: str | None
    value: float | str | None
    error: str | None = None


def measure(sweep: Sweep, number: int, check: Check = unwatched) -> Point:
    """The point of a number; raises nothing but Cancelled, which `check` may raise."""
    try:
        scenario = sweep.scenario_at(number)
        updates = scenario.training.iterations if sweep.updates else 0
        found = outcome(scenario, updates, check, sweep.quantity.spectral)
        return Point(found.kind, sweep.quantity.value(found))
    except Cancelled:
        raise
    except UserError as error:
        return failed("; ".join(map(str, error.problems)))
    except MemoryError:
        return failed("out of memory")
    except Exception as error:  # a fault of one point costs that point only
        return failed(f"internal error: {type(error).__name__}: {error}")


def failed(reason: str) -> Point:
    """A point that has a reason in place of a value."""
    return Point(None, None, reason[:LONGEST])
