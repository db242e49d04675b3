"""Making the points of a sweep that are missing, and keeping each batch in a file before the next is told of."""

import time
from collections.abc import Iterator
from pathlib import Path

from ..network.block import unwatched
from . import store
from .batches import Batches
from .executors import Resources
from .point import Check
from .results import Results
from .sweep import Sweep


def begin(sweep: Sweep, path: Path | None = None) -> Results:
    """No points, or what a file knows of the same sweep; raises UserError if the file is anything else."""
    results = Results(sweep)
    if path is not None:
        store.load(results, path)
    return results


def advance(
    results: Results, resources: Resources, path: Path | None = None, check: Check = unwatched
) -> Iterator[int]:
    """Make what is missing; yields after each batch, which is in the file by then, how many points it had.

    `check` may raise Cancelled. Raises UserError if the file can't be written, which then is as it was.
    """
    missing = results.missing
    if not missing:
        return
    batches = Batches(missing, resources.jobs)
    for points in resources.executor()(results.sweep, batches, resources, check):
        results.add(points)
        if path is not None:
            began = time.perf_counter()
            store.save(results, path)
            batches.written(time.perf_counter() - began)
        yield len(points)
