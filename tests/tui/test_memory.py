"""An hour of play leaves nothing behind: what is no longer on a screen is gone, and its memory goes back."""

import gc
import platform
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widget import Widget

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.dialogs.gallery import Opened
from gradsim.tui.screens.dialogs.help import Help
from gradsim.tui.state.session import begin
from gradsim.tui.workers import runs
from gradsim.tui.workers.runs import Trainings
from pilot import settled

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators can't be told")


def small(width: int) -> Scenario:
    return parse_scenario({"network": {"depth": 3, "width": width, "activation": "relu"}, "data": {"batch": 16},
                           "loss": {"name": "cross_entropy"}})  # fmt: skip


def trained(trainings: Trainings, scenario: Scenario, fixed: Scenario | None = None) -> None:
    trainings.make(scenario, fixed, 3, lambda: False, lambda _: None, lambda _: None)


@pytest.fixture
def _by_counting_alone() -> Iterator[None]:
    """No garbage is looked for: what dies, dies with the last that holds it."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """Which of the watched still lived, each time that memory was given back."""
    alive: list[list[bool]] = []
    monkeypatch.setattr(runs, "give_back_freed_memory", lambda: alive.append([ref() is not None for ref in watched]))
    watched.clear()
    return alive


watched: list["weakref.ref[Any]"] = []


@pytest.mark.usefixtures("_by_counting_alone")
def test_runs_that_are_let_go_are_gone_when_their_memory_is_given_back(given_back: list[list[bool]]) -> None:
    trainings, first, second, third = Trainings(), small(8), small(9), small(10)
    trained(trainings, first, second)
    trained(trainings, first, second)
    assert given_back == []  # nothing was let go
    watched.extend(weakref.ref(run.trainer.network) for run in trainings._runs)
    watched.extend(weakref.ref(state) for run in trainings._runs for state in run.checkpoints.states.values())
    assert len(watched) > 2 * 2
    trained(trainings, third)
    assert given_back == [[False] * len(watched)]


@pytest.mark.long
async def test_a_run_is_gone_once_another_preset_is_trained(given_back: list[list[bool]]) -> None:
    app = GradsimApp(begin(small(8)))
    async with app.run_test(size=(80, 24)) as pilot:
        for width in (8, 9, 10):
            app.scene.files.begin(Opened(small(width), Path(f"{width}.toml")))
            await settled(pilot)
            await pilot.press("1", "t")
            await settled(pilot)
            await pilot.press("pagedown", "left", "p")
            await settled(pilot)
            await pilot.press("t")
            await settled(pilot)
            assert [ref() for ref in watched] == [None] * len(watched)
            watched[:] = [weakref.ref(run) for run in app.main.trainings._runs]
            assert len(watched) == 2
    assert len(given_back) >= 2


async def test_nothing_of_a_window_is_left() -> None:
    app = GradsimApp(begin(small(8)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await settled(pilot)
        assert isinstance(app.screen, Help)
        window: list[Widget] = [app.screen, *app.screen.query(Widget)]
        references = [weakref.ref(one) for widget in window for one in (widget, widget._styles_cache)]
        del window
        await pilot.press("escape")
        await settled(pilot)
        gc.unfreeze()
        gc.collect()
        assert [ref() for ref in references if ref() is not None] == []


ARENAS = """
import ctypes, threading
from gradsim.tui import running

class Busy:
    ahead = failure = None
    def leave(self, status): pass
    def run(self, mouse):
        together = threading.Barrier(8)
        def work():
            for _ in range(20):
                together.wait()
                bytes(1 << 16)
        threads = [threading.Thread(target=work) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        ctypes.CDLL(None).malloc_stats()
        return 0

running._run(Busy(), True)
"""


@glibc
def test_all_threads_of_the_interface_share_one_arena() -> None:
    report = subprocess.run([sys.executable, "-c", ARENAS], check=True, stderr=subprocess.PIPE, text=True).stderr
    assert report.count("Arena ") == 1


HOLES = """
import ctypes
from gradsim.sim.numerics.allocator import give_back_freed_memory, keep_freed_memory
keep_freed_memory()
parts = [bytearray(1 << 20) for _ in range(40)]
kept = parts[::2]  # and between them holes

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

del parts
before = resident()
give_back_freed_memory()
print(before - resident())
"""


@glibc
def test_memory_is_given_back_from_between_what_is_in_use() -> None:
    pages = subprocess.run([sys.executable, "-c", HOLES], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert int(pages) > 1000  # of 5,000
