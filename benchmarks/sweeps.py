"""`python -m benchmarks.sweeps`: a sweep's points a second, beside plain loops; a large map; and what batches cost."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping

import click

from benchmarks.machine import describe
from benchmarks.timing import Run, interleaved
from gradsim.sim.numerics.allocator import keep_freed_memory
from gradsim.sim.numerics.threads import limit_threads
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.sweeps.executors import Resources
from gradsim.sim.sweeps.measuring import measure
from gradsim.sim.sweeps.point import Point
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import Sweep, make_sweep
from gradsim.sim.sweeps.sweeping import advance

DEPTH, WIDTH, BATCH = 20, 64, 32
NET: dict[str, object] = {
    "network.width": WIDTH, "data.task": "gaussian", "data.inputs": WIDTH, "data.batch": BATCH, "loss.name": "probe",
    "network.activation": "tanh", "network.init": "normal", "network.bias": "zeros",
}  # fmt: skip
POINTS = ("network.init.std=0.05..0.5*50", "seed=1..50")
MAP = ("network.init.std=0.05..0.5*50", "network.bias.std=0.001..0.5*40")
FASTER, SECONDS, OVERHEAD = 1.8, 60.0, 0.05  # what is promised
COMMAND = (sys.executable, "-c", "import sys; from gradsim.tui.cli.main import run; sys.exit(run(sys.argv[1:]))")
NOTHING = Point("healthy", 1.0)


def net() -> Scenario:
    """A tanh net with Gaussian weights."""
    return Scenario().edit(NET | {"network.depth": DEPTH})


def square() -> Sweep:
    """2,500 points of 20 x 64."""
    return make_sweep(net(), *POINTS, quantity="gradient_rms@1")


def command(sweep: tuple[str, str], changes: Mapping[str, object], jobs: int, *more: str) -> list[str]:
    """`gradsim sweep` of a net with Gaussian inputs and gradients."""
    sets = [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]
    return [*COMMAND, "sweep", "digits_20", *sets, "--x", sweep[0], "--y", sweep[1], "--jobs", str(jobs), *more]


def points(jobs: int) -> None:
    """The 2,500 points by the command."""
    changes = NET | {"network.depth": DEPTH}
    _run(command(POINTS, changes, jobs, "--quantity", "gradient_rms@1", "--format", "csv"), len(square()))


def large_map(jobs: int) -> None:
    """50 x 40 points x 3 seeds of 30 x 64, kept in a file as they come."""
    changes = NET | {"network.depth": 30, "network.bias": "normal"}
    with tempfile.TemporaryDirectory() as folder:
        _run(command(MAP, changes, jobs, "--seeds", "3", "--out", f"{folder}/map.npz", "--format", "csv"), 6000)


def loop(function: str) -> None:
    """A function of this file in a program of its own."""
    _run([sys.executable, "-c", f"from benchmarks.sweeps import {function}; {function}()"], -1)


def _run(words: list[str], rows: int) -> None:
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert done.stdout.count(b"\n") == 1 + rows


def our_loop() -> None:
    """A plain loop over `simulate`."""
    from gradsim.sim import simulate

    limit_threads(1)
    keep_freed_memory()
    base, sweep = net(), square()
    assert sweep.y is not None
    verdicts = []
    for seed in sweep.y.values:
        for std in sweep.x.values:
            trace = simulate(base.edit({"network.init.std": std, "seed": seed}))
            verdicts.append((trace.verdict.kind, float(trace["gradient_rms"][0])))


def torch_loop() -> None:
    """The loop that one writes in PyTorch: no statistics but the gradient's size by layer."""
    limit_threads(1)
    import torch
    from torch import nn

    torch.set_num_threads(1)

    def point(std: float, seed: int) -> list[float]:
        torch.manual_seed(seed)
        layers = [nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)]
        for layer in layers:
            nn.init.normal_(layer.weight, std=std)
            nn.init.zeros_(layer.bias)
        hidden, states = torch.randn(BATCH, WIDTH), []
        for layer in layers:
            hidden = torch.tanh(layer(hidden))
            hidden.retain_grad()
            states.append(hidden)
        (hidden * torch.randn(BATCH, WIDTH)).sum().backward()
        return [float(state.grad.square().mean().sqrt()) for state in states if state.grad is not None]

    sweep = square()
    assert sweep.y is not None
    losses = [point(std, seed) for seed in sweep.y.values for std in sweep.x.values]
    assert len(losses) == len(sweep)


def overhead(repeat: int) -> float:
    """The share of time that batches, order and results add to the points themselves, one process."""
    limit_threads(1)
    keep_freed_memory()
    sweep = square()

    def bare() -> None:
        for number in sweep.order[::5]:
            measure(sweep, number)

    def whole() -> None:
        results = Results(sweep)
        results.add((number, NOTHING) for number in sweep.order if number not in wanted)
        for _ in advance(results, Resources()):
            pass

    wanted = set(sweep.order[::5])
    times = interleaved({"bare": bare, "whole": whole}, repeat)
    return times["whole"] / times["bare"] - 1


def row(name: str, value: str, promise: str, kept: bool) -> str:
    """A row of the table; bold if it is short of the promise."""
    return f"| {name} | {value if kept else f'**{value}**'} | {promise} |"


@click.command()
@click.option("--repeat", default=3, help="Rounds; each takes every contestant in turn. The median counts.")
@click.option("--only", type=click.Choice(["throughput", "map", "batches"]), help="One of the three.")
def main(repeat: int, only: str | None) -> None:
    """Throughput beside plain loops, the map of 6,000 points, and the overhead of batches.

    Seconds are those of whole programs, their start and imports among them.
    """
    print(f"{describe(1)}; medians of {repeat} rounds.")
    rows = []
    if only in (None, "throughput"):
        one, two = "gradsim sweep --jobs 1", "gradsim sweep --jobs 2"
        runs: dict[str, Run] = {
            one: lambda: points(1), two: lambda: points(2), "a loop over simulate": lambda: loop("our_loop"),
            "a loop in PyTorch": lambda: loop("torch_loop"),
        }  # fmt: skip
        times = interleaved(runs, repeat, warm=0)
        print(
            f"\n| {len(square()):,} points of {DEPTH} x {WIDTH} x {BATCH} | seconds | points a second |\n|---|---|---|"
        )
        for name, seconds in times.items():
            print(f"| {name} | {seconds:.2f} | {len(square()) / seconds:.0f} |", flush=True)
        ratio = times[one] / times[two]
        rows.append(row("2 processes beside 1", f"{ratio:.2f}x", f"at least {FASTER}x", ratio >= FASTER))
    if only in (None, "map"):
        seconds = interleaved({"map": lambda: large_map(2)}, 1, warm=0)["map"]
        words = f"50 x 40 points x 3 seeds of 30 x {WIDTH}, 2 processes"
        rows.append(row(words, f"{seconds:.1f} s", f"below {SECONDS:g} s", seconds < SECONDS))
    if only in (None, "batches"):
        share = overhead(repeat)
        rows.append(row("batches, beside the points alone", f"{share:.1%}", f"below {OVERHEAD:.0%}", share < OVERHEAD))
    print("\n| | measured | promised |\n|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
