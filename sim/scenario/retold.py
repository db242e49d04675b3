"""Keeps title, summary, lesson and [expect] of a changed scenario only where they still hold."""

from collections.abc import Collection

from ..io.toml_read import UNTITLED
from .scenario import Scenario

EDITED = " (edited)"
LONGEST = 200  # characters of a title


def simulated(scenario: Scenario) -> tuple[object, ...]:
    """All that decides a simulation; the rest are words."""
    return (scenario.seed, scenario.network, scenario.time, scenario.data, scenario.loss, scenario.training,
            scenario.precision)  # fmt: skip


def edited(scenario: Scenario, own: Collection[str] = ()) -> Scenario:
    """A changed scenario: its title says "edited", and words about the original are dropped.

    `own` are the keys of words that were changed with it, and stay.
    """
    lost: dict[str, object] = {key: None for key in ("summary", "lesson", "expect") if key not in own}
    title = scenario.title
    if not ("title" in own or title == UNTITLED or title.endswith(EDITED)):
        lost["title"] = title[: LONGEST - len(EDITED)] + EDITED
    return scenario.edit(lost)


def retold(scenario: Scenario, origin: Scenario | None) -> Scenario:
    """A scenario with only the words that still hold; `origin` is the one they were written for."""
    if origin is None or simulated(scenario) == simulated(origin):
        return scenario
    own = [key for key in ("title", "summary") if getattr(scenario, key) != getattr(origin, key)]
    return edited(scenario, own)
