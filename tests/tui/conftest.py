"""What tests of the interface share."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradsim.sim.sweeps.point import Point
from gradsim.tui.screens.common.curing import Curing
from gradsim.tui.workers import maps
from gradsim.tui.workers.child import Child
from gradsim.tui.workers.threads import NAME

PATIENCE = 10  # seconds for a thread that outlives its test


@pytest.fixture(autouse=True)
def _folders_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Recent files and rescued runs of a test are its own, and what it saves without a folder, be it in a thread."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    yield
    for thread in threading.enumerate():
        if thread.name == NAME:
            thread.join(PATIENCE)


@pytest.fixture(autouse=True)
def _nothing_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixes are tried only where a test says so, however many processors there are."""
    monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: False))


class InProcess(Child):
    """Answers what the process of a map would, from this one: verdicts at once, that nothing was simulated for."""

    def __init__(self, _program: str, order: Any):
        super().__init__("", None)
        self.order = replace(order, jobs=1)

    def points(self) -> Iterator[Any]:
        words = self.order.sweep.quantity.words
        kinds = ((number, ("healthy", "vanishing", "exploding")[number % 3]) for number in self.order.missing)
        known = [(number, Point(kind, kind if words else float(number))) for number, kind in kinds]
        yield from (known[:1], known[1:])

    def answers(self, stopped: Callable[[], bool]) -> Iterator[Any]:  # type: ignore[override]
        for some in self.points():
            if stopped():
                return
            yield some
        yield True


class Simulating(InProcess):
    """The same with what is simulated."""

    def points(self) -> Iterator[Any]:
        return maps.made(self.order)


@pytest.fixture(autouse=True)
def _maps_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map's points are made without a process of their own, but where a test says so."""
    monkeypatch.setattr(maps, "Child", InProcess)


@pytest.fixture
def _simulated_maps(monkeypatch: pytest.MonkeyPatch, _maps_in_this_process: None) -> None:
    """And really made."""
    monkeypatch.setattr(maps, "Child", Simulating)
