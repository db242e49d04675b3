"""The folder of compiled kernels: code that is executed, so only where nobody else can write."""

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import platformdirs

from ..io.private_folder import NotPrivateError, private_folder

REMEDY = "set XDG_CACHE_HOME to a folder that only you can write"


class CacheFolder(NamedTuple):
    """The cache folder (None if there is none), and, if it is not the user's usual one, why and what to do."""

    path: Path | None
    fault: str = ""
    remedy: str = ""


def compile_cache() -> Path | None:
    """The folder of compiled kernels: the user's, else one of ours among temporary files, else None."""
    return cache_folder().path


@cache
def cache_folder() -> CacheFolder:
    """The folder of compiled kernels, chosen once in a process."""
    try:
        return CacheFolder(private_folder(platformdirs.user_cache_dir, "gradsim", "kernels", discard=True))
    except NotPrivateError as error:
        fault, remedy = str(error), error.remedy or REMEDY
    try:
        own = private_folder(tempfile.gettempdir, f"gradsim-{os.geteuid()}", "kernels", discard=True)
        return CacheFolder(own, fault, remedy)
    except NotPrivateError:
        return CacheFolder(None, fault, remedy)
