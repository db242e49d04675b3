"""Measures a point of a sweep, by a pass or training; any error becomes the point's reason."""

from ..errors import Cancelled, UserError
from ..network.block import unwatched
from ..training.deadline import Check
from .outcome import outcome
from .point import Point, failed
from .sweep import Sweep


def measure(sweep: Sweep, number: int, check: Check = unwatched) -> Point:
    """Compute the point of a number; raises only Cancelled, from `check`."""
    try:
        scenario = sweep.scenario_at(number)
        updates = scenario.training.iterations if sweep.updates else 0
        result = outcome(scenario, updates, check, sweep.quantity.spectral)
        return Point(result.kind, sweep.quantity.value(result))
    except Cancelled:
        raise
    except UserError as error:
        return failed("; ".join(map(str, error.problems)))
    except MemoryError:
        return failed("out of memory")
    except Exception as error:  # a fault of one point costs that point only
        return failed(f"internal error: {type(error).__name__}: {error}")
