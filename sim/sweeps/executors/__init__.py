"""Executors of sweeps: each file has one function `run`, which yields the points batch by batch.

`run(sweep, batches, resources, check)` calls `check` several times a second, which may raise Cancelled; then it leaves
nothing running; Dask's workers apart they raise UserError before the first point if there is too little memory. Imports
nothing heavy: it is the first that a worker imports.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ...training.deadline import Check
    from ..batches import Batches
    from ..point import Point
    from ..sweep import Sweep

NumberedPoints = list[tuple[int, "Point"]]
Run = Callable[["Sweep", "Batches", "Resources", "Check"], Iterator[NumberedPoints]]


@dataclass(frozen=True)
class Resources:
    """The number of processes, and the address of a Dask scheduler if one is to be used."""

    jobs: int = 1
    dask: str = ""

    def executor(self) -> Run:
        """The executor's `run`, imported now."""
        name = "dask" if self.dask else "processes" if self.jobs > 1 else "serial"
        return cast(Run, importlib.import_module(f".{name}", __name__).run)
