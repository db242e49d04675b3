"""Ours and the peers side by side: a table of ratios, in Markdown."""

import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.cases import CASES, Case
from benchmarks.peers import FLOOR, NAMES, Unfit
from benchmarks.timing import Run, interleaved
from gradsim.sim.engine.build import Network, build
from gradsim.sim.engine.facts import batch_facts
from gradsim.sim.numerics.allocator import keep_freed_memory
from gradsim.sim.numerics.threads import limit_threads, threads
from gradsim.sim.simulation import trace


def tables(groups: Iterable[str], repeat: int) -> Iterable[str]:
    """Lines of the table, each as soon as it is known."""
    modules = dict(peers())
    heads = [f"{'ours / ' if name == FLOOR else ''}{modules[name].LABEL}" for name in NAMES if name in modules]  # type: ignore[attr-defined]
    yield f"| forward + backward, float32 | ours, ms | {' | '.join(heads)} |"
    yield f"|---|---|{'---|' * len(heads)}"
    for group in groups:
        for case in CASES[group]:
            yield alone(_row, case, repeat)
    missing = [name for name in NAMES if name not in modules]
    if missing:
        yield f"\nNot installed, so left out: {', '.join(missing)} (pip install '.[bench]')."


def peers() -> Iterable[tuple[str, object]]:
    """The peers whose libraries are installed."""
    for name in NAMES:
        try:
            yield name, importlib.import_module(f".peers.{name}", __package__)
        except ImportError:
            continue


def alone(function: Callable[..., str], *arguments: object) -> str:
    """What a function returns in a process of its own: what ran before leaves memory that not all profit from alike."""
    with ProcessPoolExecutor(1, get_context("spawn"), limit_threads, (threads(),)) as process:
        return process.submit(function, *arguments).result()


def _row(case: Case, repeat: int) -> str:
    keep_freed_memory()
    network, modules = build(case.scenario), dict(peers())
    facts = batch_facts(network)
    runs: dict[str, Run] = {"ours": lambda: trace(network, facts=facts)}
    runs |= {name: run for name, module in modules.items() if (run := _prepared(module, network))}
    times = interleaved(runs, repeat)
    cells = [_cell(name, times, case.targets.get(name)) for name in modules]
    return f"| {case.label} | {times['ours'] * 1e3:.1f} | {' | '.join(cells)} |"


def _prepared(module: object, network: Network) -> Run | None:
    try:
        return module.prepare(network)  # type: ignore[attr-defined, no-any-return]
    except Unfit:
        return None


def _cell(name: str, times: dict[str, float], target: float | None) -> str:
    """How many times as fast ours is; of the floor, ours / floor. Bold where a target is missed."""
    if name not in times:
        return ""
    ratio = times["ours"] / times[FLOOR] if name == FLOOR else times[name] / times["ours"]
    if target is None:
        return f"{ratio:.2f}x"
    met = ratio <= target if name == FLOOR else ratio >= target
    shown = f"{ratio:.2f}x" if met else f"**{ratio:.2f}x**"
    return f"{shown} ({'at most ' if name == FLOOR else ''}{target:g})"
