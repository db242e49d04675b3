"""The files opened or saved last, and paths as people type them; nothing here raises."""

import json
import os
from pathlib import Path

import platformdirs

from ...sim.errors import UserError
from ...sim.io.atomic import write_atomically
from ...sim.io.private_folder import NotPrivateError, private_folder

MOST = 20


def recent(folder: Path | None = None) -> tuple[Path, ...]:
    """The files of the list that still exist, the last one first."""
    try:
        stored = json.loads(_file(folder).read_text(encoding="utf-8"))
        paths = [Path(item) for item in stored if isinstance(item, str)]
        return tuple(path for path in paths[:MOST] if os.path.isfile(path))  # noqa: PTH113 (Path's may raise)
    except (NotPrivateError, OSError, ValueError, TypeError, RecursionError):
        return ()


def remember(path: Path, folder: Path | None = None) -> None:
    """Put a file at the head of the list; an unwritable folder is no reason to complain."""
    try:
        file = _file(folder)
        path = path.resolve()
        paths = [path, *(known for known in recent(folder) if known != path)][:MOST]
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps([str(known) for known in paths])
        write_atomically(file, lambda stream: stream.write(text.encode("utf-8")))
    except (UserError, NotPrivateError, OSError, ValueError, RuntimeError):
        return


def typed_path(text: str) -> Path:
    """The path that a text says, with `~` expanded where there is such a user."""
    return Path(os.path.expanduser(text.strip()))  # noqa: PTH111 (Path's raises where there is none)


def is_there(path: Path) -> bool:
    """Whether a path exists, as far as one can see."""
    return os.path.exists(path)  # noqa: PTH110 (Path's raises if the name is too long)


def _file(folder: Path | None) -> Path:
    """In a folder of our own, so that nobody can lead us to write another file, nor we leave one in another's home."""
    return (folder or private_folder(platformdirs.user_state_dir, "gradsim")) / "recent.json"
