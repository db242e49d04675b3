"""What a scenario's words are worth once it was changed: title, summary, lesson and [expect] tell of what it was."""

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
    """A scenario that was made of another: its title says so, and what told of the other is left out.

    `own` are names of words that are its own.
    """
    lost: dict[str, object] = {key: None for key in ("summary", "lesson", "expect") if key not in own}
    title = scenario.title
    if not ("title" in own or title == UNTITLED or title.endswith(EDITED)):
        lost["title"] = title[: LONGEST - len(EDITED)] + EDITED
    return scenario.edit(lost)


def retold(scenario: Scenario, origin: Scenario | None) -> Scenario:
    """A scenario with the words that are true of it, if `origin` is what they were written for."""
    if origin is None or simulated(scenario) == simulated(origin):
        return scenario
    own = [key for key in ("title", "summary") if getattr(scenario, key) != getattr(origin, key)]
    return edited(scenario, own)
