"""All points in this process, one after the other."""

import time
from collections.abc import Iterator

from ..batches import Batches
from ..measuring import measure
from ..memory import refuse_if_too_large
from ..point import Check
from ..sweep import Sweep
from . import Found, Resources


def run(sweep: Sweep, batches: Batches, _resources: Resources, check: Check) -> Iterator[Found]:
    """What each batch has found; what was found of a batch that is broken off is lost."""
    refuse_if_too_large(sweep, 1)
    while batches:
        numbers, began = batches.take(), time.perf_counter()
        points = [(number, measure(sweep, number, check)) for number in numbers]
        batches.took(len(numbers), time.perf_counter() - began)
        yield points
