"""The walk of the signal: forward from the first layer to the last, then of the gradient backward."""

from dataclasses import dataclass, replace

TICK = 0.2  # seconds; five repaints a second are enough to follow and cheap enough for a slow line
TICKS = 40  # a walk takes at most this many, 8 seconds, however deep the network


@dataclass(frozen=True)
class Walk:
    """How far a walk is: `done` of 2 x depth layers, forward ones first."""

    depth: int
    done: int = 1
    playing: bool = True

    @property
    def forward(self) -> bool:
        """Whether the signal is still on its way forward."""
        return self.done <= self.depth

    @property
    def layer(self) -> int:
        """The layer that the walk has reached, from 1."""
        return self.done if self.forward else 2 * self.depth + 1 - self.done

    @property
    def reached(self) -> tuple[int, int]:
        """The first and the last layer that the present phase has visited."""
        return (1, self.layer) if self.forward else (self.layer, self.depth)

    @property
    def text(self) -> str:
        """Where the walk is, in words."""
        what = "forward: the signal" if self.forward else "backward: the gradient"
        return f"{what} is at layer {self.layer} of {self.depth}"

    @property
    def finished(self) -> bool:
        """Whether the gradient has arrived at layer 1."""
        return self.done >= 2 * self.depth


def advance(walk: Walk) -> Walk:
    """One tick on; stops at the last layer before it turns, and at the end."""
    stride = max(1, -(-2 * walk.depth // TICKS))
    turn = walk.depth if walk.done < walk.depth else 2 * walk.depth
    return replace(walk, done=min(walk.done + stride, turn))
