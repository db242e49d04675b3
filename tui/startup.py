"""The session to begin with. Importing this imports all that the first screen needs, which takes a while."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..sim.errors import UserError
from ..sim.scenario.file import load_scenario
from ..sim.scenario.scenario import Scenario
from .screens.common.files import remember_file
from .screens.single_pass.screen import PassScreen
from .state.changes import settle
from .state.comparing import compare
from .state.session import Session, begin, reopen

if TYPE_CHECKING:
    from ..sim.training.run import Run

__all__ = ["PassScreen", "Read", "restart", "start"]

Read = Callable[[], tuple[Scenario, Path | None]]
"""Reads the scenario that was asked for; raises UserError."""


def start(read: Read, fixes: Sequence[str] = (), against: Read | None = None) -> tuple[Session, str]:
    """The session of a scenario with fixes, and a warning of those that don't apply; raises UserError.

    `against` reads another one that it is compared with, whose the fixes are then.
    """
    scenario, path = read()
    began = begin(scenario, path)
    if path is not None:
        remember_file(path)
        began = replace(began, origin=_of_file(path) or scenario)
    if against is None:
        return settle(replace(began, fixes=tuple(fixes)))
    compared, note = compare(began, *against())
    session, warning = settle(replace(compared, fixes=tuple(fixes)))
    return session, warning or note


def restart(run: "Run", fixes: Sequence[str] = ()) -> tuple[Session, str]:
    """The session of a saved run, as `start`."""
    return settle(replace(reopen(run.scenario, len(run)), fixes=tuple(fixes)))


def _of_file(path: Path) -> Scenario | None:
    """The scenario as a file has it, which --set and --seed may have changed; None of a pipe, read only once."""
    try:
        return load_scenario(path) if path.is_file() else None
    except (UserError, OSError):
        return None
