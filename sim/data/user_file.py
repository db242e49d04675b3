"""The user's own data: an .npz holding `input` and `target`, or a .csv with the target in its last column."""

from pathlib import Path

from ..errors import refuse
from .csv_file import load_csv
from .npz_file import load_npz
from .samples import Samples

LOADERS = {".npz": load_npz, ".csv": load_csv}


def load_file(path: Path) -> Samples:
    """All samples of a user's file; raises UserError with what is wrong, where, and what to do."""
    try:
        if path.is_dir():
            refuse(path, "is a folder; give a file ending in .npz or .csv")
        if not path.exists():
            refuse(path, "no such file; a relative path starts at the scenario file")
        if (load := LOADERS.get(path.suffix.lower())) is None:
            refuse(path, f"ends in {path.suffix or 'nothing'}; give a file ending in .npz or .csv")
        if not path.is_file():
            refuse(path, "is not a regular file; copy the data to one")
        return load(path)
    except (OSError, ValueError) as error:
        refuse(path, f"can't be read: {getattr(error, 'strerror', None) or error}; check the path and your permissions")
    except MemoryError:
        refuse(path, "does not fit into memory; give fewer samples")
