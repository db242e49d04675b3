"""`python -m benchmarks.soak`: an hour of play, train, edit and open in a terminal, and whether memory stays flat."""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.machine import describe
from benchmarks.terminal import Terminal

ESCAPE, ENTER = b"\x1b", b"\r"
DOWN, RIGHT, LEFT, END = (b"\x1b[" + letter for letter in (b"B", b"C", b"D", b"F"))
OPEN, PLAY, TRAIN, LESSON = b"o", b" ", b"t", b"n"
LOOK = (RIGHT, LEFT, END, b"v", b"c", b"w", ESCAPE, LESSON)
EDIT = (b"1", b"2", b"3", b"0", b"+", b"-", b"r", b"a")
ROWS = 20
GROWN = 1.15  # times the most that was resident in the second quarter, up to which memory is flat


def hands(chance: random.Random) -> Iterator[tuple[bytes, float]]:
    """Keys and the seconds that are waited after each: open a preset, walk, look, edit, train, play, go back."""
    while True:
        yield OPEN, 0.3
        for _ in range(chance.randrange(1, 40)):
            yield DOWN, 0.02
        for key in (ENTER, PLAY, *chance.choices(LOOK, k=5), *chance.choices(EDIT, k=4)):
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
    """Use the interface without pause, and print its memory; ends with 1 if it grew or the program ended."""
    print(f"{describe()}\n\n| minutes | things done | resident, MiB | errors told |\n|---|---|---|---|")
    state = Path(tempfile.mkdtemp(prefix="gradsim-soak-"))
    words = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", "digits_20"]
    terminal = Terminal(words, 80, 24, {"XDG_STATE_HOME": str(state)})
    terminal.until(b"VANISH")
    start, found, due = time.monotonic(), [0.0], 0.0
    for done, (key, seconds) in enumerate(hands(random.Random(seed)), 1):
        _press(terminal, key, seconds)
        past = time.monotonic() - start
        if terminal.process.poll() is not None or past > 60 * minutes:
            break
        if past >= due:
            due += 60 * minutes / ROWS
            found.append(memory(terminal.process.pid))
            print(f"| {past / 60:.0f} | {done} | {found[-1]:.0f} | {len(_errors(state))} |", flush=True)
    ended, errors = terminal.process.poll(), _errors(state)
    terminal.close()
    quarter, half = len(found) // 4, len(found) // 2
    grew = max(found[half:]) / max(found[quarter:half], default=1.0)
    print(f"\nended by itself: {ended is not None}; errors: {len(errors)}; second half over second quarter: {grew:.2f}")
    sys.exit(int(ended is not None or bool(errors) or grew > GROWN))


def _errors(state: Path) -> list[Path]:
    return list((state / "gradsim" / "errors").glob("*"))


def _press(terminal: Terminal, key: bytes, seconds: float) -> None:
    """Type it, and take what comes meanwhile."""
    os.write(terminal.master, key)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    terminal.log.clear()


if __name__ == "__main__":
    main()
