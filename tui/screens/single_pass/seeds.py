"""The pass with twenty seeds, in the background: a band behind the curves, and a sentence."""

from collections.abc import Callable
from functools import partial

from textual.screen import Screen
from textual.worker import WorkType

from ....sim.errors import Cancelled
from ...charts.spread import Spread
from ...state.session import Session, same_runs
from ...state.spread import spread
from ...terminal.faults import reason
from ...workers.seeds import SEEDS, over_seeds
from ...workers.threads import Stopped, in_thread
from ..common.host import Host

EVERY = 5  # seeds between two words of how many there are


class Seeds:
    """What of curves and verdict is luck."""

    ACTIONS = ("seeds",)

    def __init__(self, screen: Screen[None], host: Host, draw: Callable[[], None]):
        self.screen, self.host, self.draw = screen, host, draw
        self._measured: tuple[Session, tuple[Spread, ...]] | None = None

    def of(self, session: Session) -> tuple[Spread, ...]:
        """The seeds of the run as it is and of that with fixes, () while none are to be seen."""
        return self._measured[1] if self._measured and same_runs(self._measured[0], session) else ()

    def seeds(self) -> None:
        """Run the passes, as it is and with fixes, until the session moves on; or hide what came of them."""
        now = self.host.now
        if self.of(now):
            self._measured = None
            self.host.say(note="")
            self.draw()
        elif now.inspected_update is not None:
            self.host.say(note="20 seeds are of the first pass: t, and t once more, go there")
        else:
            self.host.say(note=f"trying {SEEDS} seeds")
            job: WorkType[None] = partial(self._try, now)
            self.screen.run_worker(job, group="seeds", description="seeds", exclusive=True)

    async def _try(self, session: Session) -> None:
        wanted = [scenario for scenario in (session.scenario, session.with_fixes) if scenario is not None]

        def tell(made: int, before: int) -> None:
            if (before + made) % EVERY == 0:
                note = f"trying {SEEDS} seeds: {before + made} of {len(wanted) * SEEDS} passes"
                self.screen.call_later(partial(self.host.say, note=note))

        def both(stopped: Stopped) -> tuple[Spread, ...]:
            def outdated() -> bool:
                return stopped() or not same_runs(session, self.host.now)

            return tuple(over_seeds(scenario, outdated, tell=partial(tell, before=i * SEEDS))
                         for i, scenario in enumerate(wanted))  # fmt: skip

        try:
            spreads = await in_thread(both)
        except Cancelled:
            return
        except Exception as error:  # whatever it is, the interface goes on and says so
            self.host.say(note=f"no seed could be tried: {reason(error)}")
        else:
            names = ("",) if len(spreads) == 1 else session.names
            self._measured = (session, spreads)
            note = "; ".join(
                f"{name}{', ' * bool(name)}{spread(one.verdicts)}" for name, one in zip(names, spreads, strict=True)
            )
            self.host.say(note=note)
            self.draw()
