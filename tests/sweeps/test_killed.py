"""Workers and whole programs that are killed in the middle lose at most the points they were at."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from gradsim.sim import load
from gradsim.sim.sweeps.batches import Batches
from gradsim.sim.sweeps.executors import NumberedPoints, Resources, processes
from gradsim.sim.sweeps.memory import Need
from gradsim.sim.sweeps.point import Point
from gradsim.sim.sweeps.sweep import Sweep, make_sweep
from gradsim.sim.sweeps.sweeping import advance, begin
from gradsim.sim.training.deadline import Check

DEPTHS = 60
NET = load({"network": {"depth": 40, "width": 64}})
COMMAND = [sys.executable, "-c", "import sys; from gradsim.tui.cli.main import run; sys.exit(run(sys.argv[1:]))"]


def sweep(seeds: int = 1) -> Sweep:
    return make_sweep(NET, f"network.depth=1..{DEPTHS}", quantity="ratio", seeds=seeds)


def known(path: Path, seeds: int) -> dict[int, object]:
    return {n: point for n, point in enumerate(begin(sweep(seeds), path).points) if point is not None}


def workers() -> list[psutil.Process]:
    """The processes that make points, not the one that looks after shared memory."""
    children = psutil.Process().children(recursive=True)
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def kill_workers_at_random(times: int, seeds: int, tmp_path: Path) -> None:
    """Whatever worker is killed and when, all points are made, and those of one process."""
    path, rng = tmp_path / "s.npz", random.Random(0)
    results, killed = begin(sweep(seeds), path), 0
    every = len(results.points) // (times + 1)
    for _ in advance(results, Resources(2), path):
        if killed < times and results.done >= every * (killed + 1) and (alive := workers()):
            rng.choice(alive).kill()
            killed += 1
    assert killed == times
    alone = begin(sweep(seeds))
    list(advance(alone, Resources()))
    assert results.points == alone.points
    assert begin(sweep(seeds), path).points == alone.points


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    kill_workers_at_random(1, 1, tmp_path)


@pytest.mark.long
def test_workers_killed_twenty_times_lose_nothing(tmp_path: Path) -> None:
    kill_workers_at_random(20, 20, tmp_path)


@pytest.mark.long
def test_a_program_killed_twenty_times_loses_nothing_that_was_written(tmp_path: Path) -> None:
    path, rng, seeds, before = tmp_path / "s.npz", random.Random(1), 20, dict[int, object]()
    scenario = tmp_path / "net.toml"
    scenario.write_text("[network]\ndepth = 40\nwidth = 64\n")
    args = ["sweep", str(scenario), "--x", f"network.depth=1..{DEPTHS}", "--seeds", str(seeds), "--quantity", "ratio",
            "--jobs", "2", "--out", str(path), "--format", "csv"]  # fmt: skip
    for _ in range(20):
        process = subprocess.Popen([*COMMAND, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted, ends = len(before) + rng.randrange(1, 40), time.monotonic() + 60
        while process.poll() is None and len(now := known(path, seeds)) < wanted and time.monotonic() < ends:
            assert before.items() <= now.items()
            before = now
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGKILL)
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not alive, "workers end with who started them"
        now = known(path, seeds)
        assert before.items() <= now.items()
        before = now
    done = subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=True)
    assert f"has {len(before):,} of {DEPTHS * seeds:,} points already" in done.stderr
    alone = begin(sweep(seeds))
    list(advance(alone, Resources()))
    assert begin(sweep(seeds), path).points == alone.points


class Crew:
    """Processes of which each dies that gets point 5, and all that are at work with it."""

    idle_until = 3

    def __init__(self, _sweep: Sweep, jobs: int):
        self.jobs = jobs
        self.at_work: list[tuple[int, ...]] = []

    @property
    def busy(self) -> bool:
        return bool(self.at_work)

    @property
    def idle(self) -> bool:
        return len(self.at_work) < self.idle_until

    def need(self, _check: Check) -> Need:
        return Need(0, "")

    def submit(self, numbers: tuple[int, ...]) -> None:
        self.at_work.append(numbers)

    def collect(self, _batches: Batches) -> tuple[NumberedPoints, list[int]]:
        numbers = [number for batch in self.at_work for number in batch]
        self.at_work = []
        return ([], numbers) if 5 in numbers else ([(number, Point("healthy", 1.0)) for number in numbers], [])

    def end(self) -> None:
        self.at_work = []


def test_a_point_that_kills_its_process_twice_is_a_point_with_that_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_Crew", Crew)
    batches = Batches(range(20))
    batches.took(1, 0.1)
    points = [one for some in processes.run(sweep(), batches, Resources(2), lambda: None) for one in some]
    assert sorted(number for number, _ in points) == list(range(20))
    assert [(number, point.error) for number, point in points if point.error] == [(5, processes.KILLED)]
