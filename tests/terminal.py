"""gradsim in a terminal of its own."""

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


START = """
import sys
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.running import run_app
sys.exit(run_app(lambda: (parse_scenario({"network": {"depth": %d, "width": %d}}), None)))
"""


class Session:
    """gradsim on a pseudo-terminal of its own."""

    def __init__(self, depth: int, width: int, tmp_path: Path):
        self._run(START % (depth, width), tmp_path)

    @classmethod
    def of(cls, code: str, tmp_path: Path) -> "Session":
        """Any code on a terminal."""
        session = cls.__new__(cls)
        session._run(code, tmp_path)
        return session

    def _run(self, code: str, tmp_path: Path) -> None:
        self.master, slave = pty.openpty()
        env = os.environ | {"TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path), "COLUMNS": "80", "LINES": "24"}
        self.process = subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=slave,
                                        stderr=slave, env=env, start_new_session=True)  # fmt: skip
        os.close(slave)
        self.seen = b""

    def read_until(self, wanted: bytes, seconds: float = 120) -> None:
        """Until something was painted; the first run of an installation compiles before."""
        end = time.monotonic() + seconds
        while wanted not in self.seen:
            assert time.monotonic() < end, f"{wanted!r} did not come; last: {self.seen[-300:]!r}"
            self.read(0.1)

    def read(self, seconds: float) -> None:
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:
                return

    def status(self, seconds: float = 30) -> int:
        """The exit status; the terminal must have been left before."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "it did not end"
            self.read(0.05)
        self.read(0.1)
        return self.process.returncode

    def waiting(self) -> int:
        """How many bytes it has written that were not read yet."""
        return int.from_bytes(fcntl.ioctl(self.master, termios.FIONREAD, bytes(4)), sys.byteorder)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.master)
