"""`python -m benchmarks.start`: how long gradsim takes to start, what its imports and its compilations cost."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from benchmarks.machine import describe
from benchmarks.terminal import Terminal

MAIN = "from gradsim.tui.cli.main import main; main()"
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("an empty app is here")
Empty().run()
"""
COMMANDS = (("list",), ("--help",), ("run", "--help"))
IMPORTS = ("numpy", "numba", "pydantic", "tomlkit", "click", "textual", "plotext", "gradsim.sim.scenario.scenario",
           "gradsim.tui.running", "gradsim.tui.startup", "gradsim.sim.engine.passes")  # fmt: skip
COMPILE = """
import time
from gradsim.sim.engine.build import build
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.numerics import kernel
import importlib, pkgutil, gradsim.sim
for found in pkgutil.walk_packages(gradsim.sim.__path__, "gradsim.sim."):
    importlib.import_module(found.name)
start = time.perf_counter()
count = kernel.compile_pending("float32")
print(f"{count} {time.perf_counter() - start}")
"""
REPEAT = 9


def command(*words: str) -> list[str]:
    """The program in a process of its own."""
    return [sys.executable, "-c", MAIN, *words]


def seconds(run: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ended(words: list[str], cache: str | None = None) -> float:
    """Seconds from start to end of a command."""
    own = {"XDG_CACHE_HOME": cache} if cache else {}
    return seconds(lambda: subprocess.run(["env", *(f"{k}={v}" for k, v in own.items()), *words], check=True,
                                          stdout=subprocess.DEVNULL))  # fmt: skip


def painted(words: list[str], text: bytes, cache: str) -> float:
    """Seconds until a program has sent a text to its terminal."""
    terminal = Terminal(words, 80, 24, {"XDG_CACHE_HOME": cache, "XDG_STATE_HOME": cache})
    try:
        return terminal.until(text)
    finally:
        terminal.close()


def keys_while_compiling(cache: str) -> tuple[float, float]:
    """From a cold cache: seconds to the first chart, and the longest that a key waits for its answer till then."""
    terminal = Terminal(command(), 80, 24, {"XDG_CACHE_HOME": cache, "XDG_STATE_HOME": cache})
    terminal.until(b"fixes")
    longest = 0.0
    while not any(b"VANISHING" in data for _, data in terminal.log):
        received = terminal.press(b"\x1b[B", 0.05)
        longest = max([longest, *(at for at, _ in received[:1])])
    first = next(at for at, data in terminal.log if b"VANISHING" in data) - terminal.started
    terminal.close()
    return first, longest


def main() -> None:
    """Print the tables."""
    print(f"{describe()}; medians of {REPEAT} rounds\n\n| what | seconds | at most |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as warm:
        ended(command("run", "sigmoid_20"), warm)
        for words in COMMANDS:
            _row(f"gradsim {' '.join(words)}", median(ended(command(*words)) for _ in range(REPEAT)), 0.25)
        pairs = [(painted([sys.executable, "-c", EMPTY], b"an empty app", warm), painted(command(), b"loading", warm),
                  painted(command(), b"VANISHING", warm)) for _ in range(REPEAT)]  # fmt: skip
        empty, first, chart = (median(column) for column in zip(*pairs, strict=True))
        _row("first paint of an empty Textual app", empty)
        _row("first paint of gradsim", first, 1.25 * empty)
        _row("first chart, warm compile cache", chart, 1.0)
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cold:
            first, longest = keys_while_compiling(cold)
            _row("first chart, cold compile cache", first, 4.0)
            _row("longest wait of a key meanwhile", longest, 0.1)
    with tempfile.TemporaryDirectory() as cache:
        for name in ("compiled", "loaded from the cache"):
            compiled = subprocess.run(["env", f"XDG_CACHE_HOME={cache}", sys.executable, "-c", COMPILE], check=True,
                                   stdout=subprocess.PIPE, text=True).stdout.split()  # fmt: skip
            _row(f"all {compiled[0]} kernels {name}", float(compiled[1]))
    bare = median(ended([sys.executable, "-c", "pass"]) for _ in range(REPEAT))
    for name in IMPORTS:
        _row(f"import {name}", median(ended([sys.executable, "-c", f"import {name}"]) for _ in range(5)) - bare)


def _row(what: str, took: float, most: float | None = None) -> None:
    shown = f"{took:.2f}" if most is None or took <= most else f"**{took:.2f}**"
    print(f"| {what} | {shown} | {'' if most is None else f'{most:.2f}'} |", flush=True)


if __name__ == "__main__":
    main()
