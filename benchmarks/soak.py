"""`python -m benchmarks.soak`: an hour of play, train, edit and open in a terminal, and whether memory stays flat."""

import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import click

from benchmarks.machine import describe
from benchmarks.terminal import Terminal
from gradsim.sim.scenario.presets import preset_paths

ESCAPE, ENTER = b"\x1b", b"\r"
RIGHT, LEFT, END = (b"\x1b[" + letter for letter in (b"C", b"D", b"F"))
OPEN, PLAY, TRAIN, LESSON = b"o", b" ", b"t", b"n"
LOOK = (RIGHT, LEFT, END, b"v", b"c", b"w", ESCAPE, LESSON)
EDIT = (b"1", b"2", b"3", b"0", b"+", b"-", b"r", b"a")
GROWN = 1.1  # times the most that was resident in the rounds before, up to which memory is flat


def hands(chance: random.Random, name: str) -> Iterator[tuple[bytes, float]]:
    """Keys and the seconds that are waited after each: open a preset, walk, look, edit, train, play, go back."""
    for key in (ESCAPE, ESCAPE, OPEN, name.encode(), ENTER, PLAY):
        yield key, 0.3
    for key in (*chance.choices(LOOK, k=5), *chance.choices(EDIT, k=4)):
        yield key, 0.3
    yield TRAIN, 0.5
    yield ESCAPE, 0.3  # the question that a probe brings up, or nothing
    yield PLAY, 4.0
    for key in (*chance.choices(LOOK, k=4), *chance.choices(EDIT, k=2), PLAY):
        yield key, 0.5
    yield TRAIN, 0.3
    yield ESCAPE, 0.3


def memory(pid: int) -> float:
    """Resident MiB of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@click.command()
@click.option("--minutes", default=60.0, help="How long.")
@click.option("--seed", default=0, help="Of what is done.")
def main(minutes: float, seed: int) -> None:
    """Use the interface without pause, all presets in the same way round after round, and print its memory.

    Ends with 1 if a later round holds more than those before, but for the first, or the program told of an error or
    ended. A round takes some ten minutes.
    """
    print(f"{describe()}\n\n| minutes | presets opened | resident, MiB | most in this round | errors told |")
    print("|---|---|---|---|---|")
    state = Path(tempfile.mkdtemp(prefix="gradsim-soak-"))
    words = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", "digits_20"]
    terminal = Terminal(words, 80, 24, {"XDG_STATE_HOME": str(state)})
    terminal.until(b"VANISH")
    start, names, most = time.monotonic(), list(preset_paths()), list[float]()
    for opened in count():
        past, place = time.monotonic() - start, opened % len(names)
        if terminal.process.poll() is not None or past > 60 * minutes:
            break
        if not place:
            chance = random.Random(seed)  # what is done is the same in every round
            most.append(0.0)
        now = memory(terminal.process.pid)
        most[-1] = max(most[-1], now)
        if place % 10 == 0 or place == len(names) - 1:
            print(f"| {past / 60:.0f} | {opened} | {now:.0f} | {most[-1]:.0f} | {len(_errors(state))} |", flush=True)
        for key, seconds in hands(chance, names[place]):
            _press(terminal, key, seconds)
    ended, errors = terminal.process.poll(), _errors(state)
    terminal.close()
    half = 1 + len(most) // 2
    grew = max(most[half:], default=0.0) / max(most[1:half], default=1.0)
    print(f"\nended by itself: {ended is not None}; errors: {len(errors)}; later rounds over those before: {grew:.2f}")
    sys.exit(int(ended is not None or bool(errors) or grew > GROWN))


def _errors(state: Path) -> list[Path]:
    return list((state / "gradsim" / "errors").glob("*"))


def _press(terminal: Terminal, key: bytes, seconds: float) -> None:
    """Type it, and take what comes meanwhile."""
    with contextlib.suppress(OSError):  # it has ended
        os.write(terminal.master, key)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    terminal.log.clear()


if __name__ == "__main__":
    main()
