"""Checkpoints of a run at some of its updates, within a budget of memory, so that going back replays only a few."""

from dataclasses import dataclass

from ..numerics.arrays import Array
from .memory import CHECKPOINTS


@dataclass(frozen=True)
class State:
    """The state of a run before update `iteration`: `values` has the parameters and the optimizer's state vectors.

    `count` is how often the optimizer changed the parameters, `clean` how many updates in a row were finite.
    """

    iteration: int
    values: Array
    count: int
    loss_scale: float
    clean: int


class Checkpoints:
    """States by iteration, evenly spaced; the spacing doubles whenever they exceed `budget` bytes."""

    def __init__(self) -> None:
        self.budget, self.spacing = CHECKPOINTS, 1
        self.states: dict[int, State] = {}

    def wants(self, iteration: int) -> bool:
        """Whether a state before this update is due by the spacing and not stored yet."""
        return iteration > 0 and iteration % self.spacing == 0 and iteration not in self.states

    def keep(self, state: State) -> None:
        """Store a state, and drop every second one while all exceed the budget; one above it alone is dropped."""
        self.states[state.iteration] = state
        while self.states and sum(one.values.nbytes for one in self.states.values()) > self.budget:
            self.spacing *= 2
            self.states = {i: one for i, one in self.states.items() if i % self.spacing == 0}

    def before(self, iteration: int) -> State | None:
        """The last stored state at or before an update; None if there is none."""
        return self.states.get(max((i for i in self.states if i <= iteration), default=-1))
