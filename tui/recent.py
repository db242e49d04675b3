"""The files opened or saved last; losing the list never matters, so nothing here raises."""

import json
import tempfile
from pathlib import Path

import platformdirs

MOST = 20


def recent(folder: Path | None = None) -> tuple[Path, ...]:
    """The files of the list that still exist, the last one first."""
    try:
        stored = json.loads(_file(folder).read_text(encoding="utf-8"))
        paths = [Path(item) for item in stored if isinstance(item, str)]
        return tuple(path for path in paths[:MOST] if path.is_file())
    except (OSError, ValueError, TypeError, RecursionError):
        return ()


def remember(path: Path, folder: Path | None = None) -> None:
    """Put a file at the head of the list; an unwritable folder is no reason to complain."""
    file = _file(folder)
    try:
        path = path.resolve()
        paths = [path, *(known for known in recent(folder) if known != path)][:MOST]
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as temporary:
            json.dump([str(known) for known in paths], temporary)
        Path(temporary.name).replace(file)
    except (OSError, ValueError, RuntimeError):
        return


def _file(folder: Path | None) -> Path:
    return Path(folder or platformdirs.user_state_dir("gradsim")) / "recent.json"
