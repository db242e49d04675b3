"""What a benchmark ran on, and how many threads it may use."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "numba", "textual", "torch", "jax")


def bound(threads: int) -> None:
    """Keep this process, and every library that counts processors, to so many of them; before their import."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads)
    flags = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")


def describe(threads: int | None = None) -> str:
    """The processor, the system and the versions in one paragraph."""
    words = [_processor(), f"{os.cpu_count()} processors", platform.system(), f"Python {platform.python_version()}"]
    words += [f"{name} {number}" for name in PACKAGES if (number := _version(name))]
    words += [f"{threads} thread{'s' * (threads > 1)} for all"] if threads else []
    return ", ".join(words)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
