"""Whether somebody is new here: a file in the state directory says that they are not. Nothing here raises."""

import os
from pathlib import Path

import platformdirs

from ...sim.errors import UserError
from ...sim.io.atomic import write_atomically
from ...sim.io.private_folder import NotPrivateError, private_folder


class Newcomer:
    """New until a lesson, a fix or the help was used, once and for all; `known` leaves the state directory alone."""

    def __init__(self, folder: Path | None = None, known: bool = False):
        self._file: Path | None = None
        self.new = False
        if known:
            return
        try:
            self._file = (folder or private_folder(platformdirs.user_state_dir, "gradsim")) / "not-new"
            self.new = not os.path.exists(self._file)  # noqa: PTH110 (Path's may raise)
        except (NotPrivateError, OSError, RuntimeError):  # nowhere to remember it: better said never than always
            return

    def used(self) -> None:
        """From now on they know."""
        if not self.new or self._file is None:
            return
        self.new = False
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, lambda _: None)
        except (UserError, OSError):
            return
