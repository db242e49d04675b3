"""`python -m benchmarks.growth`: time and memory against depth and steps, which must grow no faster than they do."""

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise

import click
import plotext

from benchmarks.machine import describe

DEPTHS = (10, 30, 100, 300, 1000, 3000, 10_000)
STEPS = (10, 100, 1000, 10_000, 100_000)
WIDTH, BATCH = 64, {"layers": 32, "steps": 8}
DEEPEST, MOST = 100_000, 2.2  # layers, and GiB that a pass through them may take
SLACK = 1.25  # of the arrays that must exist
CHILD = """
import json, resource, sys, time
from gradsim.sim.engine.build import build; from gradsim.sim.engine.facts import batch_facts
from gradsim.sim.simulation import trace
from gradsim.sim.numerics.allocator import keep_freed_memory
from gradsim.sim.scenario.scenario import Scenario
keep_freed_memory()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

changes, repeat = json.loads(sys.argv[1])
scenario = Scenario().edit(changes)
trace(build(scenario.edit({"network.depth": 2, "time.steps": 2} if scenario.has_state else {"network.depth": 2})))
before = peak()
start = time.perf_counter()
network = build(scenario)
built, times = time.perf_counter() - start, []
for _ in range(repeat):
    start = time.perf_counter()
    trace(network, facts=batch_facts(network))
    times.append(time.perf_counter() - start)
print(json.dumps([built, min(times), peak() - before]))
"""


@dataclass(frozen=True)
class Growth:
    """What one size took: seconds to build and to pass, bytes at the peak and bytes that had to be."""

    size: int
    build: float
    seconds: float
    peak: int
    must: int

    @property
    def share(self) -> float:
        """Peak against what must exist."""
        return self.peak / self.must


def measure(axis: str, size: int, repeat: int) -> Growth:
    """One size in a process of its own, so that its peak is its own."""
    changes: dict[str, object] = {"network.width": WIDTH, "data.batch": BATCH[axis], "precision.format": "float32"}
    if axis == "layers":
        changes |= {"network.depth": size, "network.activation": "relu", "network.init": "he_normal"}
    else:
        changes |= {"network.kind": "rnn", "network.depth": 1, "network.activation": "tanh", "time.steps": size}
    child = subprocess.run([sys.executable, "-c", CHILD, json.dumps([changes, repeat])], check=True,
                           stdout=subprocess.PIPE, text=True)  # fmt: skip
    return Growth(size, *json.loads(child.stdout), must=must_exist(axis, size))


def must_exist(axis: str, size: int) -> int:
    """Bytes of float32: weights, z and h of each layer; or the sequence, u, h, dL/dh and dL/dx of each step."""
    state = WIDTH * BATCH[axis]
    return 4 * size * (WIDTH * WIDTH + 2 * state if axis == "layers" else 5 * state)


def table(axis: str, growths: list[Growth]) -> str:
    """A Markdown table."""
    heads = (axis, "build, s", "pass, s", "us each", "peak, MiB", "must exist, MiB", "peak / must")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for one in growths:
        share = f"{one.share:.2f}" if one.share <= SLACK else f"**{one.share:.2f}**"
        lines.append(f"| {one.size:,} | {one.build:.3f} | {one.seconds:.4f} | {1e6 * one.seconds / one.size:.1f} "
                     f"| {one.peak / 2**20:.1f} | {one.must / 2**20:.1f} | {share} |")  # fmt: skip
    return "\n".join(lines)


def plot(axis: str, growths: list[Growth]) -> str:
    """Seconds and MiB against size, both axes in powers of ten."""
    plotext.clear_figure()
    sizes = [one.size for one in growths]
    plotext.plot(sizes, [one.seconds for one in growths], label="seconds")
    plotext.plot(sizes, [max(one.peak, 4096) / 2**20 for one in growths], label="MiB at the peak")
    plotext.xscale("log")
    plotext.yscale("log")
    plotext.plotsize(72, 18)
    plotext.theme("clear")
    plotext.title(f"time and memory against {axis}")
    return str(plotext.uncolorize(plotext.build()))


def steepest(growths: list[Growth]) -> float:
    """The largest factor of time for a factor of size, among sizes that are not all overhead."""
    large = [one for one in growths if one.seconds > 0.01]
    return max(((b.seconds / a.seconds) / (b.size / a.size) for a, b in pairwise(large)), default=1.0)


@click.command()
@click.option("--deepest", is_flag=True, help=f"Also a pass through {DEEPEST:,} layers.")
@click.option("--repeat", default=5, help="Passes of each size; the fastest counts.")
def main(deepest: bool, repeat: int) -> None:
    """Print tables and plots of time and memory."""
    print(describe())
    for axis, sizes in (("layers", DEPTHS), ("steps", STEPS)):
        growths = [measure(axis, size, repeat) for size in sizes]
        print(f"\n{table(axis, growths)}\n\nAt most {steepest(growths):.2f} times linear.\n")
        print(f"```\n{plot(axis, growths)}\n```", flush=True)
    if deepest:
        print(f"\nAt most {MOST} GiB are promised here:\n\n{table('layers', [measure('layers', DEEPEST, repeat)])}")


main()
