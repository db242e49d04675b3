"""The first runs, made by a process of their own while this one is still importing its screens.

Both have much to do before the first chart, this one to show it and that one to compute it. Without a second process,
or should it fail, the interface computes by itself.
"""

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from ...sim.numerics.threads import bound, threads
from .child import Child

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...sim.results.trace import Trace

PROGRAM = "from gradsim.tui.cli.process.prefetch import main; main()"


class Request(NamedTuple):
    """What is to be run, in the words of the command line, and on how many threads if that is bounded."""

    name: str
    fixes: tuple[str, ...]
    changes: tuple[str, ...]
    seed: str | None
    threads: int | None = None


class Ahead(Child):
    """The process; there is none with one thread, which then has to compute by itself anyway."""

    def __init__(self, request: Request | None):
        if request is not None and (most := bound()) is not None:
            request = request._replace(threads=most - 1)  # this process has the other one
        super().__init__(PROGRAM, request if threads() > 1 else None)

    def traces(self, stopped: "Callable[[], bool]", tell: "Callable[[str], None]") -> "tuple[Trace, ...]":
        """What it has computed, and then it ends; waits for it, empty if it fails or the wait is stopped."""
        with contextlib.closing(self.answers(stopped)) as answers:
            for answer in answers:
                if not isinstance(answer, str):
                    return tuple(answer) if isinstance(answer, list) else ()
                tell(answer)
        return ()
