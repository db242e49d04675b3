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
from .state.session import Session, begin, reopen, settle

if TYPE_CHECKING:
    from ..sim.training.run import Run

__all__ = ["PassScreen", "Read", "restart", "start"]

Read = Callable[[], tuple[Scenario, Path | None]]
"""Reads the scenario that was asked for; raises UserError."""


def start(read: Read, fixes: Sequence[str] = ()) -> tuple[Session, str]:
    """The session of a scenario with fixes, and a warning of those that don't apply; raises UserError."""
    scenario, path = read()
    began = begin(scenario, path)
    if path is not None:
        remember_file(path)
        began = replace(began, origin=_of_file(path) or scenario)
    return settle(replace(began, fixes=tuple(fixes)))


def restart(run: "Run", fixes: Sequence[str] = ()) -> tuple[Session, str]:
    """The session of a saved run, as `start`."""
    return settle(replace(reopen(run.scenario, len(run)), fixes=tuple(fixes)))


def _of_file(path: Path) -> Scenario | None:
    """The scenario as a file has it, which --set and --seed may have changed; None of a pipe, read only once."""
    try:
        return load_scenario(path) if path.is_file() else None
    except (UserError, OSError):
        return None
