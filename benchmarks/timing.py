"""Times of several functions taken in turn, so that a noisy moment of the machine meets all of them."""

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median

Run = Callable[[], object]


def interleaved(runs: Mapping[str, Run], repeat: int, warm: int = 2) -> dict[str, float]:
    """The median of the seconds that each function takes, after so many calls that don't count."""
    for run in runs.values():
        for _ in range(warm):
            run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeat):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return {name: median(seconds) for name, seconds in times.items()}
