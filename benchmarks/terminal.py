"""A program on a pseudo terminal that answers what Textual asks of one, and logs what is sent to it."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

FRAME = b"\x1b[?2026l"  # the end of a synchronised frame
ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y"}  # yes, frames can be synchronised


class Terminal:
    """A child process and the log of its output as (seconds, bytes)."""

    def __init__(self, command: Sequence[str], columns: int, lines: int, environment: dict[str, str] | None = None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        own = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | (environment or {})
        own.pop("COLORTERM", None)
        self.log: list[tuple[float, bytes]] = []
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=own,
                                        start_new_session=True)  # fmt: skip
        os.close(slave)

    def read(self, seconds: float) -> bytes:
        """What comes within some time, empty if nothing does."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        data = b""
        with contextlib.suppress(OSError):  # the other end is closed
            data = os.read(self.master, 1 << 20)
        self.log.append((time.perf_counter(), data))
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self.master, answer)
        return data

    def settle(self, quiet: float = 0.5, most: float = 60.0) -> list[tuple[float, bytes]]:
        """All that comes until nothing has come for some seconds."""
        first, end = len(self.log), time.perf_counter() + most
        while time.perf_counter() < end and self.read(quiet):
            pass
        return self.log[first:]

    def until(self, text: bytes, most: float = 60.0) -> float:
        """The seconds from the start until a text has been sent."""
        end = time.perf_counter() + most
        while time.perf_counter() < end:
            if text in b"".join(data for _, data in self.log):
                return self.log[-1][0] - self.started
            self.read(1.0)
        raise TimeoutError(f"{text!r} never came")

    def press(self, key: bytes, quiet: float = 0.5) -> list[tuple[float, bytes]]:
        """What a key makes the program send, times counted from the key."""
        start = time.perf_counter()
        os.write(self.master, key)
        return [(at - start, data) for at, data in self.settle(quiet)]

    def processor_time(self) -> float:
        """Seconds of processor time that the child has used."""
        with open(f"/proc/{self.process.pid}/stat") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the child."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
