"""Executor in this process, one point after the other."""

import time
from collections.abc import Iterator

from ...training.deadline import Check
from ..batches import Batches
from ..measuring import measure
from ..memory import refuse_if_too_large
from ..sweep import Sweep
from . import NumberedPoints, Resources


def run(sweep: Sweep, batches: Batches, _resources: Resources, check: Check) -> Iterator[NumberedPoints]:
    """Yield each batch's points; a cancelled batch's are lost."""
    refuse_if_too_large(sweep, 1)
    while batches:
        numbers, began = batches.take(), time.perf_counter()
        points = [(number, measure(sweep, number, check)) for number in numbers]
        batches.took(len(numbers), time.perf_counter() - began)
        yield points
