"""`python -m benchmarks.screen`: key to finished frame, bytes to the terminal, a slow line, idle processor time."""

import os
import sys
import tempfile
import time

from benchmarks.machine import describe
from benchmarks.terminal import FRAME, Terminal

RIGHT, LEFT = b"\x1b[C", b"\x1b[D"
SIZES = ((80, 24), (200, 50))
TARGETS = {(80, 24): (1500, 12_000), (200, 50): (3000, 40_000)}  # bytes of a cursor step and of a full change
STEP, FIX = 0.050, 0.100  # seconds, 95th percentile
RATE, HELD, QUEUE = 100_000, 30, 0.5  # bytes a second of the slow line, keys a second, seconds in its queue at most
SCENARIO = ("--set", "network.depth=100", "--set", "network.width=64")
PAUSE = 0.2  # seconds without output after which a frame is surely finished; histograms come later
TRIED = 5.0  # seconds without output after which all fixes are surely tried: their marks are frames of their own


def started(columns: int, lines: int) -> Terminal:
    """The program on 100 x 64, its chart on the screen."""
    state = {"XDG_STATE_HOME": tempfile.mkdtemp(prefix="gradsim-bench-")}
    words = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", "sigmoid_20", *SCENARIO]
    terminal = Terminal(words, columns, lines, state)
    terminal.until(b"VANISHING")
    terminal.settle(TRIED)
    return terminal


def size(received: list[tuple[float, bytes]]) -> int:
    """Bytes in all."""
    return sum(len(data) for _, data in received)


def finished(received: list[tuple[float, bytes]]) -> float:
    """Seconds until the last frame ended."""
    ends = [at for at, data in received if FRAME in data]
    return ends[-1] if ends else received[-1][0]


def percentile(values: list[float], share: float = 0.95) -> float:
    """The value that so large a share does not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def measure(columns: int, lines: int, rounds: int) -> list[str]:
    """The rows of the table for one size."""
    terminal = started(columns, lines)
    steps = [terminal.press(key, PAUSE) for key in [RIGHT] * rounds + [LEFT] * rounds]
    terminal.settle(1.0)
    rest = terminal.press(RIGHT, 1.5)
    fresh = [_alone(terminal, key) for key in b"1 2 3 4 5".split()]
    fixes = [_alone(terminal, b"1") for _ in range(rounds)]  # off and on; after the first round both are known
    full = [_alone(terminal, b"v") for _ in range(6)]
    queue = _held(terminal)
    idle = _idle(terminal)
    terminal.close()
    step, change = TARGETS[columns, lines]
    moved, back, anew = (1e3 * percentile([finished(f) for f in received], share)
                         for received, share in ((steps, 0.95), (fixes[2:], 0.95), (fresh, 1.0)))  # fmt: skip
    name = f"{columns} x {lines}"
    return [
        _row(name, "cursor step, bytes (median)", f"{percentile([size(f) for f in steps], 0.5):.0f}", f"{step}"),
        _row(name, "cursor step and histograms at rest, bytes", f"{size(rest)}", ""),
        _row(name, "fix, bytes (largest)", f"{max(map(size, fixes + fresh))}", f"{change}"),
        _row(name, "another quantity, bytes (largest)", f"{max(map(size, full))}", f"{change}"),
        _row(name, "cursor step, ms (95%)", f"{moved:.0f}", f"{STEP * 1e3:.0f}"),
        _row(name, "fix that was on before, ms (95%)", f"{back:.0f}", ""),
        _row(name, "new fix, ms (largest)", f"{anew:.0f}", f"{FIX * 1e3:.0f}"),
        _row(name, "held arrow at 100 kB/s, s in the queue", f"{queue:.2f}", f"{QUEUE}"),
        _row(name, "idle, % of a processor", f"{100 * idle:.1f}", "0"),
    ]


def _alone(terminal: Terminal, key: bytes) -> list[tuple[float, bytes]]:
    """What a key makes the program send till its frame is finished, and not the histograms that come later."""
    received = terminal.press(key, PAUSE)
    terminal.settle(0.6)
    return received


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _held(terminal: Terminal, seconds: float = 4.0) -> float:
    """The longest that a byte waits on a slow line while an arrow key is held."""
    first, start = len(terminal.log), time.perf_counter()
    pressed = 0
    while (now := time.perf_counter() - start) < seconds:
        if pressed < now * HELD:
            os.write(terminal.master, LEFT if pressed // 40 % 2 else RIGHT)
            pressed += 1
        terminal.read(1 / HELD / 4)
    terminal.settle(0.5)
    free, longest = 0.0, 0.0
    for at, data in terminal.log[first:]:
        free = max(free, at) + len(data) / RATE
        longest = max(longest, free - at)
    return longest


def _idle(terminal: Terminal, seconds: float = 5.0) -> float:
    """The share of a processor that the program uses while nothing happens."""
    terminal.settle(2.0)
    before = terminal.processor_time()
    terminal.settle(seconds)
    return (terminal.processor_time() - before) / seconds


def main() -> None:
    """Print the table for both sizes."""
    print(f"{describe()}\n\n| terminal | what | found | at most |\n|---|---|---|---|")
    for columns, lines in SIZES:
        for row in measure(columns, lines, 15):
            print(row, flush=True)


if __name__ == "__main__":
    main()
