"""The work of `gradsim sweep`: simulates points, saves them as they come, prints them at the end or when stopped."""

import contextlib
from pathlib import Path

from ...sim.errors import Cancelled
from ...sim.numerics.allocator import keep_freed_memory
from ...sim.sweeps.executors import Resources
from ...sim.sweeps.results import Results
from ...sim.sweeps.sweep import Sweep
from ...sim.sweeps.sweeping import advance, begin
from .process.output import emit
from .process.progress import say
from .process.signals import Stop
from .process.sweep_progress import SweepProgress


def sweep_all(sweep: Sweep, jobs: int, dask: str, out: str | None, form: str) -> int:
    """Make what is missing and print it; returns the exit status, 2 if no point could be made."""
    path = None if out is None else Path(out)
    jobs = min(jobs, len(sweep))
    results = begin(sweep, path)
    if results.done:
        say(f"{out} has {results.done:,} of {len(sweep):,} points already" + ("" if results.whole else "; going on"))
    keep_freed_memory()
    with Stop() as stop:
        shown = SweepProgress(len(sweep), results.done)
        try:
            with contextlib.suppress(Cancelled):
                for points in advance(results, Resources(jobs, dask), path, stop.check):
                    shown.made(points)
        finally:
            shown.clear()
    if stop.number:
        how = f"; the same command goes on from {out}" if out and results.done else ""
        say(f"stopped after {results.done:,} of {len(sweep):,} points{how}")
    if results.done:
        emit(_text(results, form))
    return stop.status or (2 if all(point is None or point.error for point in results.points) else 0)


def _text(results: Results, form: str) -> str:
    if form in ("json", "csv"):
        from .report.sweep_records import to_csv, to_json

        return to_json(results) if form == "json" else to_csv(results)
    from .report.sweep_table import to_plot, to_table

    return to_plot(results) if form == "plot" else to_table(results)
