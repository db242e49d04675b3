"""Has the missing points of a map made in a process of their own, and tells the screen what comes of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkType

from ....sim.errors import Cancelled
from ....sim.numerics.threads import threads
from ...state.map_view import MapView
from ...terminal.faults import reason
from ...workers.maps import Order, Theory, ordered
from ...workers.threads import in_thread

if TYPE_CHECKING:
    from ....sim.sweeps.executors import NumberedPoints

GROUP = "map"


class PointMaker:
    """Makes the points of one map at a time."""

    class Progressed(Message):
        """More points, or what theory says, of a map."""

        def __init__(self, view: MapView, answer: "NumberedPoints | Theory"):
            super().__init__()
            self.view, self.answer = view, answer

    class Ended(Message):
        """No more points come of a map, for a reason unless it is whole."""

        def __init__(self, view: MapView, reason: str):
            super().__init__()
            self.view, self.reason = view, reason

    def __init__(self, screen: Screen[Any]):
        self._screen = screen

    def make(self, view: MapView) -> None:
        """Have made what is missing of a map, and nothing else."""
        screen = self._screen
        screen.workers.cancel_group(screen, GROUP)
        if view.results.whole:
            return
        order = Order(replace(view.sweep), view.results.missing, min(threads(), len(view.results.missing)))

        def listen(stopped: Callable[[], bool]) -> None:
            for answer in ordered(order, stopped):
                screen.post_message(self.Progressed(view, answer))

        async def work() -> None:
            why = ""
            try:
                await in_thread(listen)
            except Cancelled:
                return
            except ValueError as error:
                why = str(error)
            except Exception as error:  # whatever it is, the interface goes on and says so
                why = reason(error)
            screen.post_message(self.Ended(view, why))

        job: WorkType[None] = work
        screen.run_worker(job, group=GROUP, description="points of a map", exclusive=True)
