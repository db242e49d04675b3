"""Computes the missing points of a sweep; each batch is saved before it is reported."""

import time
from collections.abc import Iterator
from pathlib import Path

from ..network.block import unwatched
from ..training.deadline import Check
from . import store
from .batches import Batches
from .executors import Resources
from .results import Results
from .sweep import Sweep


def begin(sweep: Sweep, path: Path | None = None) -> Results:
    """Start empty, or with the points of a saved sweep; raises UserError if the file is of another."""
    results = Results(sweep)
    if path is not None:
        store.load(results, path)
    return results


def advance(
    results: Results, resources: Resources, path: Path | None = None, check: Check = unwatched
) -> Iterator[int]:
    """Compute the missing points; yields the number of points of each batch once it is saved.

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
