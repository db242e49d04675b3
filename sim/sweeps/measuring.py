"""Measuring a point of a sweep: simulated or trained, it has a value; whatever goes wrong becomes its reason."""

from ..errors import Cancelled, UserError
from ..network.block import unwatched
from .outcome import outcome
from .point import Check, Point, failed
from .sweep import Sweep


def measure(sweep: Sweep, number: int, check: Check = unwatched) -> Point:
    """The point of a number; raises nothing but Cancelled, which `check` may raise."""
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
