"""Every way out of the interface, on a real pseudo-terminal: the terminal restored, the right status."""

import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradsim.sim.training.run_file import load_run
from terminal import ENTER, LEAVE, START, Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    found = Session(10, 16, tmp_path)
    try:
        found.read_until(ENTER)
        found.read_until(b"HEALTHY")
        yield found
    finally:
        found.end()


@pytest.mark.slow
@pytest.mark.parametrize(("key", "status"), [(b"q", 0), (b"\x11", 0), (b"\x03", 130)])
def test_keys(session: Session, key: bytes, status: int) -> None:
    os.write(session.master, key)
    assert session.status() == status
    assert LEAVE in session.seen


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals(session: Session, name: str) -> None:
    session.process.send_signal(getattr(signal, name))
    assert session.status() == 128 + getattr(signal, name)
    assert LEAVE in session.seen


SHELL = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # as shells do
modes = termios.tcgetattr(0)
job = subprocess.Popen([sys.executable, "-c", %r], process_group=0)
os.tcsetpgrp(0, job.pid)

def wait(word):
    status = os.waitpid(job.pid, os.WUNTRACED)[1]
    os.tcsetpgrp(0, os.getpgrp())
    assert os.WIFSTOPPED(status) and termios.tcgetattr(0) == modes, status
    print(word, flush=True)

wait("STOPPED")
os.killpg(job.pid, signal.SIGCONT)
wait("AGAIN")
os.tcsetpgrp(0, job.pid)
os.killpg(job.pid, signal.SIGCONT)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(job.pid, 0)[1]))
"""


@pytest.mark.slow
def test_a_shell_gets_its_terminal_back_until_it_calls(tmp_path: Path) -> None:
    shell = Session.of(SHELL % (START % (4, 8)), tmp_path)
    try:
        shell.read_until(b"HEALTHY")
        os.write(shell.master, b"\x1a")
        shell.read_until(b"STOPPED")
        assert shell.seen.count(ENTER) == shell.seen.count(LEAVE) == 1
        shell.read_until(b"AGAIN")
        shell.seen = b""
        shell.read_until(b"HEALTHY")
        os.write(shell.master, b"q")
        assert shell.status() == 0
        assert shell.seen.count(ENTER) == shell.seen.count(LEAVE) == 1
    finally:
        shell.end()


@pytest.mark.slow
def test_a_lost_terminal(session: Session) -> None:
    os.close(session.master)
    assert session.process.wait(30) == 129
    session.master = os.open(os.devnull, os.O_RDONLY)


BUSY = """
import sys
from gradsim.tui.cli import main
sys.exit(main.run(%r))
"""


@pytest.mark.slow
@pytest.mark.parametrize("keys", [b" ", b"\x10\x1b[6~", b"t"], ids=["walk", "palette", "train"])
@pytest.mark.parametrize("how", ["closed", "signal"])
def test_a_lost_terminal_in_every_phase(session: Session, keys: bytes, how: str) -> None:
    os.write(session.master, keys)
    session.read(0.5)
    if how == "signal":
        session.process.send_signal(signal.SIGHUP)
    os.close(session.master)
    assert session.process.wait(30) == 129
    session.master = os.open(os.devnull, os.O_RDONLY)


def lose_terminal(args: list[str], until: bytes, tmp_path: Path) -> None:
    """Close the terminal of a command as soon as it has printed something; it has to end as after a hangup."""
    busy = Session.of(BUSY % args, tmp_path)
    try:
        busy.read_until(until)
        os.close(busy.master)
        assert busy.process.wait(60) == 129
        busy.master = os.open(os.devnull, os.O_RDONLY)
    finally:
        busy.end()


@pytest.mark.slow
def test_results_that_a_lost_terminal_can_t_take(tmp_path: Path) -> None:
    """It has no hangup from the system, only errors in writing."""
    args = ["train", "digits_20", "--iterations", "100000", "--format", "csv", "--save", str(tmp_path / "run.npz")]
    lose_terminal(args, b"\n3,", tmp_path)
    assert (tmp_path / "run.npz").is_file()


@pytest.mark.slow
def test_a_bar_that_a_lost_terminal_can_t_take(tmp_path: Path) -> None:
    """Who disowned it wants the run; only its table has nowhere to go."""
    args = ["train", "digits_20", "--iterations", "200", "--save", str(tmp_path / "run.npz")]
    lose_terminal(args, b"/200 ", tmp_path)
    assert len(load_run(tmp_path / "run.npz")) == 200


@pytest.mark.slow
def test_a_hangup_saves_the_run(tmp_path: Path) -> None:
    busy = Session.of(BUSY % ["digits_20", "--set", "training.iterations=100000"], tmp_path)
    try:
        busy.read_until(b"VANISH")
        os.write(busy.master, b"t")
        busy.read_until(b"playing: ")
        busy.process.send_signal(signal.SIGHUP)
        assert busy.status() == 129
        assert len(list((tmp_path / "gradsim" / "rescued").glob("*.npz"))) == 1
    finally:
        busy.end()


@pytest.mark.slow
def test_a_running_pass_does_not_hold_up_the_end(tmp_path: Path) -> None:
    busy = Session(100_000, 16, tmp_path)  # takes a minute, were it not stopped
    try:
        busy.read_until(ENTER)
        busy.read_until(b"of 100000")
        os.write(busy.master, b"q")
        assert busy.status() == 0
        assert LEAVE in busy.seen
    finally:
        busy.end()


@pytest.mark.slow
def test_a_terminal_that_takes_nothing_any_more(session: Session) -> None:
    """Output piles up because nobody reads it, as after Ctrl+S; a signal ends the program all the same."""
    for _ in range(200):
        os.write(session.master, b"?\x1b")
    before, end = -1, time.monotonic() + 30
    while (now := session.waiting()) != before or not now:  # until no more fits in
        assert time.monotonic() < end
        before = now
        select.select([], [], [], 0.5)
    session.process.terminate()
    assert session.process.wait(30) == 143
    session.read(0.1)
    assert LEAVE not in session.seen  # the orderly way was stuck


EARLY = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == %r:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
sys.argv = ["gradsim", "sigmoid_20"]
from gradsim.tui.cli.entry import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    [
        "gradsim.tui.cli.main",
        "click",
        "gradsim.tui.cli.commands.open",
        "textual.app",
        "gradsim.tui.screens.dialogs.opening",
        "textual.drivers.linux_driver",
        "gradsim.tui.startup",
        "gradsim.tui.screens.single_pass.screen",
        "numba",
    ],
)
def test_an_interrupt_while_it_is_imported_is_no_traceback(module: str, tmp_path: Path) -> None:
    early = Session.of(EARLY % module, tmp_path)
    try:
        assert early.status() in (130, -signal.SIGINT)
        assert b"Traceback" not in early.seen
        assert early.seen.count(ENTER) == early.seen.count(LEAVE)
    finally:
        early.end()
