"""Writing a run to a file while it is made: now and then, and at the end."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ....sim.errors import Problem, UserError, printable
from .progress import say

if TYPE_CHECKING:
    from ....sim.training.run import Run

EVERY = 30.0  # seconds from one saving to the next


class Keeper:
    """Saves a run; what goes wrong is said once and ends nothing, for the updates are worth more than the file."""

    def __init__(self, name: str | None, run: "Run"):
        self.name, self.run = name, run
        self.saved, self.since = len(run), time.monotonic()
        self.error = ""

    def now_and_then(self) -> None:
        """Save, if the last time is long ago."""
        if self.name and time.monotonic() - self.since >= EVERY:
            self._save()
            self.since = time.monotonic()

    def finish(self, *, whole: bool) -> None:
        """Save what there is: all of it, or what a run that was stopped has got since the last time."""
        if not self.name or not (whole or len(self.run) > self.saved):
            return
        self.error = ""
        self._save()
        if not self.error:
            say(f"saved {len(self.run)} updates: {printable(self.name)}")

    def _save(self) -> None:
        from ....sim.training.run_file import save_run
        from ..main import complain

        try:
            save_run(self.run, Path(self.name or ""))
            self.saved = len(self.run)
        except UserError as error:
            if str(error) != self.error:
                self.error = str(error)
                complain(self.error)


def check_target(name: str | None, option: str, endings: tuple[str, ...] = (".npz",)) -> None:
    """Refuse a file that can't be written before the work, which may take long."""
    if name is None:
        return
    if not name.endswith(endings):
        raise UserError([Problem(name, f"give a name that ends in {' or '.join(endings)}", option)])
    folder = os.path.dirname(name) or "."  # noqa: PTH120 (Path raises on names that are too long)
    if not os.path.isdir(folder):  # noqa: PTH112
        raise UserError([Problem(name, f"there is no folder {folder}; make it first", option)])
    if os.path.isdir(name):  # noqa: PTH112
        raise UserError([Problem(name, "is a folder; give a file's name", option)])
    try:
        os.stat(name)  # noqa: PTH116
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise UserError(
            [Problem(name, f"can't be written: {getattr(error, 'strerror', None) or error}", option)]
        ) from None


def check_run_target(name: str | None, option: str) -> None:
    """The same, and refuse to replace anything but a run."""
    check_target(name, option)
    if name is None:
        return
    from ....sim.training.run_file import is_run

    if os.path.isfile(name) and not is_run(Path(name)):  # noqa: PTH113
        raise UserError([Problem(name, "exists and is not a saved run; choose another name", option)])
