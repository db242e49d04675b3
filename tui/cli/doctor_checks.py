"""What the doctor looks at: each check is a function that returns one finding."""

import contextlib
import curses
import importlib
import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "pydantic", "tomlkit", "click", "rich", "textual", "plotext")
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LEAST_MEMORY = 2**30


@dataclass(frozen=True)
class Finding:
    """What a check saw in a plain sentence, and what to do if it is bad."""

    name: str
    fact: str
    remedy: str = ""


def terminal() -> Finding:
    """Whether the interface can be painted, and on how much room."""
    term = os.environ.get("TERM") or "not set"
    size = shutil.get_terminal_size((80, 24))
    if not (sys.stdin and sys.stdout and sys.stdin.isatty() and sys.stdout.isatty()):
        remedy = "for the interface start gradsim in a terminal; without one use gradsim run"
        return Finding("terminal", f"input or output is not a terminal (TERM is {term})", remedy)
    fact = f"{term}, {size.columns} x {size.lines}"
    if term in ("dumb", "not set"):
        return Finding("terminal", fact, "set TERM to what your terminal is, such as xterm-256color")
    if size.columns < 80 or size.lines < 24:
        return Finding("terminal", fact, "make the window at least 80 x 24")
    return Finding("terminal", fact)


def colours() -> Finding:
    """How many colours there are."""
    if os.environ.get("NO_COLOR"):
        return Finding("colours", "none: NO_COLOR is set, so everything is drawn in greys")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding("colours", "16 million (COLORTERM says so)")
    count = -1
    with contextlib.suppress(curses.error, OSError, ValueError):
        curses.setupterm(os.environ.get("TERM") or "dumb", 1)
        count = curses.tigetnum("colors")
    fact = f"{count} (COLORTERM is not set, as is usual over ssh)" if count > 0 else "none that TERM knows of"
    few = count < 16 and sys.stdout is not None and sys.stdout.isatty()
    return Finding("colours", fact, "set TERM=xterm-256color if the terminal has more" if few else "")


def encoding() -> Finding:
    """Whether charts can be drawn with braille dots."""
    from ..terminal.glyphs import has_braille

    name = getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)
    if has_braille(name):
        return Finding("encoding", f"{name}, charts are drawn with braille dots")
    if os.environ.get("TERM") == "linux":
        return Finding("encoding", f"{name}; the Linux console has no braille, charts are drawn with * and .")
    remedy = "set a UTF-8 locale for finer charts: export LC_ALL=C.UTF-8"
    return Finding("encoding", f"{name} has no braille: charts are drawn with * and .", remedy)


def compile_cache() -> Finding:
    """Where compiled kernels are kept between runs, and why not in the user's usual folder."""
    from ...sim.network.memory import gib
    from ...sim.numerics.kernel_store import cache_folder

    folder, fault, remedy = cache_folder()
    if folder is None:
        return Finding("compile cache", f"none, kernels are compiled anew in every run: {fault}", remedy)
    fact = f"{folder}, writable by you alone, {gib(sum(_sizes(folder)))}"
    return Finding("compile cache", f"{fact}; not the usual one: {fault}" if fault else fact, remedy)


def _sizes(folder: Path) -> Iterator[int]:
    """Bytes of each file in a folder; other processes may make and remove some meanwhile."""
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            yield file.stat().st_size


def blas() -> Finding:
    """Which library multiplies the matrices, and on how many threads."""
    import numpy as np

    built = np.show_config(mode="dicts")
    name = built["Build Dependencies"]["blas"]  # type: ignore[typeddict-item, index, unused-ignore]
    fact = f"{name.get('name', 'unknown')} {name.get('version', '')}".strip()
    limits = [f"{key}={os.environ[key]}" for key in THREAD_LIMITS if os.environ.get(key)]
    with contextlib.suppress(ImportError):  # a guest: other packages bring it along
        pools = importlib.import_module("threadpoolctl").threadpool_info()
        fact += "".join(f", {pool['num_threads']} threads" for pool in pools if pool["user_api"] == "blas")
    return Finding("BLAS", ", ".join([fact, *limits]))


def numba() -> Finding:
    """The compiler of the kernels."""
    import numba as compiler

    config: Any = compiler.config
    threads = f"threading layer {config.THREADING_LAYER}, {config.NUMBA_NUM_THREADS} threads"
    return Finding("numba", f"{compiler.__version__}, {threads}")


def processor() -> Finding:
    """How many processors this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("processors", f"{usable} of {os.cpu_count()}, {platform.machine()}")


def memory() -> Finding:
    """How much memory there is for a pass."""
    import psutil

    from ...sim.network.memory import gib

    available = psutil.virtual_memory()
    remedy = "" if available.available >= LEAST_MEMORY else "close other programs, or keep width and batch small"
    return Finding("memory", f"{gib(available.available)} free of {gib(available.total)}", remedy)


def python() -> Finding:
    """The interpreter."""
    return Finding("python", f"{platform.python_version()} at {sys.executable}")


def packages() -> Finding:
    """The versions of what gradsim is built on."""
    versions: list[str] = []
    missing: list[str] = []
    for name in ("gradsim", *PACKAGES):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    remedy = f"pip install {' '.join(missing)}" if missing else ""
    return Finding("packages", ", ".join(versions), remedy)


CHECKS: tuple[Callable[[], Finding], ...] = (
    terminal, colours, encoding, compile_cache, blas, numba, processor, memory, python, packages,
)  # fmt: skip
