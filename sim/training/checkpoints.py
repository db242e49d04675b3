"""States of a run at some of its updates, within a budget of memory, so that going back replays only a few."""

from dataclasses import dataclass

from ..numerics.arrays import Array
from .memory import CHECKPOINTS


@dataclass(frozen=True)
class State:
    """All that decides how a run goes on before update `iteration`: learned numbers and the optimizer's memory.

    `count` is how often the optimizer changed the parameters, `clean` how many updates in a row were finite.
    """

    iteration: int
    values: Array
    count: int
    loss_scale: float
    clean: int


class Checkpoints:
    """The kept states, evenly spaced; the spacing doubles whenever the budget is used up."""

    def __init__(self, budget: int = CHECKPOINTS):
        self.budget, self.spacing = budget, 1
        self.states: dict[int, State] = {}

    def wants(self, iteration: int) -> bool:
        """Whether a state before this update belongs among the kept."""
        return iteration > 0 and iteration % self.spacing == 0 and iteration not in self.states

    def keep(self, state: State) -> None:
        """Take a state, and let every second one go if there are too many; one that is too large is not kept."""
        self.states[state.iteration] = state
        while self.states and sum(kept.values.nbytes for kept in self.states.values()) > self.budget:
            self.spacing *= 2
            self.states = {i: kept for i, kept in self.states.items() if i % self.spacing == 0}

    def before(self, iteration: int) -> State | None:
        """The last kept state at or before an update, None if only the start is."""
        return self.states.get(max((i for i in self.states if i <= iteration), default=-1))
