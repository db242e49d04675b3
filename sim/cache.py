"""Where compiled kernels are kept between runs."""

import atexit
import hashlib
import os
import shutil
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs


@cache
def compile_cache() -> Path | None:
    """The folder of this version's compiled kernels: the user's, else a private temporary one, else None."""
    key = f"kernels-{_version()}-{_fingerprint()}"
    for place in (platformdirs.user_cache_dir, _temporary):
        try:
            folder = Path(place("gradsim"), key)
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK | os.X_OK):
                return folder
        except (OSError, RuntimeError):
            continue
    return None


def _temporary(prefix: str) -> str:
    """A private folder that goes when the process does."""
    folder = tempfile.mkdtemp(prefix=f"{prefix}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _version() -> str:
    try:
        return version("gradsim")
    except PackageNotFoundError:
        return "unknown"


def _fingerprint() -> str:
    """A hash of the files that hold kernels: an edited kernel never meets an old compilation."""
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py"))]
    return hashlib.sha256(b"".join(text for text in texts if b"@kernel" in text)).hexdigest()[:12]
