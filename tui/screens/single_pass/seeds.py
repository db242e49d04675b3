"""The pass with twenty seeds, in the background."""

from functools import partial

from textual.screen import Screen
from textual.worker import WorkType

from ....sim.errors import Cancelled, UserError
from ...state.session import Session, same_runs
from ...state.spread import spread
from ...workers.seeds import SEEDS, over_seeds
from ...workers.threads import Stopped, in_thread
from ..common.host import Host


class Seeds:
    """What of the verdict is luck; told in the line that talks."""

    ACTIONS = ("seeds",)

    def __init__(self, screen: Screen[None], host: Host):
        self.screen, self.host = screen, host

    def seeds(self) -> None:
        """Run the passes, as it is and with fixes, until the session moves on."""
        self.host.say(note=f"trying {SEEDS} seeds")
        job: WorkType[None] = partial(self._try, self.host.now)
        self.screen.run_worker(job, group="seeds", description="seeds", exclusive=True)

    async def _try(self, session: Session) -> None:
        def both(stopped: Stopped) -> list[str]:
            def given_up() -> bool:
                return stopped() or not same_runs(session, self.host.now)

            wanted = [("", session.scenario)]
            if session.with_fixes is not None:
                wanted = [("as it is, ", session.scenario), ("with fixes, ", session.with_fixes)]
            return [f"{name}{spread(over_seeds(scenario, given_up))}" for name, scenario in wanted]

        try:
            told = await in_thread(both)
        except Cancelled:
            return
        except (UserError, MemoryError) as error:
            self.host.say(note=f"no seed could be tried: {error}")
        else:
            self.host.say(note="; ".join(told))
