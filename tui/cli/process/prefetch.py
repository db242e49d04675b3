"""The process that makes the first runs; what starts it and asks it is tui/workers/prefetch.py."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ....sim.numerics.threads import limit_threads
from ...workers.prefetch import Request
from .answer import Send, answer

if TYPE_CHECKING:
    from ....sim.results.trace import Trace


def main() -> None:
    """Run what is asked, and send how far it is, then the traces; silent if there are none."""
    answer(_work)


def _work(request: Request, send: Send) -> None:
    if request.threads is not None:
        limit_threads(request.threads)
    send(_traces(request, send))


def _traces(request: Request, tell: Callable[[str], None]) -> "list[Trace]":
    """The runs without and with fixes; raises UserError, which the interface will find by itself."""
    from ....sim.scenario.fixing import apply_fixes
    from ....sim.simulation import simulate  # noqa: F401  now, while no garbage is looked for
    from ...workers.passes import Known, run_both
    from ..scenario_arguments import chosen

    gc.enable()
    scenario, _ = chosen(request.name, request.fixes, request.changes, request.seed)
    files = (scenario.data.file, scenario.network.weights)
    if any(name is not None and not Path(name).is_file() for name in files):
        return []  # a pipe can be read only once, and the interface will
    runs = run_both(
        scenario, apply_fixes(scenario, request.fixes) if request.fixes else None, Known(), lambda: False, tell
    )
    return [trace for trace in (runs.baseline, runs.with_fixes) if trace is not None]
