"""The end of the process when threads go on."""

import threading

import pytest

from gradsim.tui import running


def test_a_thread_that_reads_a_lost_terminal_does_not_hold_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        monkeypatch.setattr(running, "is_lost", lambda: False)
        running._leave_threads(0)
        assert left == []
        monkeypatch.setattr(running, "is_lost", lambda: True)
        running._leave_threads(running.LOST)
        assert left == [running.LOST]
        with pytest.raises(OSError, match="gone"), running._unhindered():
            raise OSError("gone")
        assert left == [running.LOST] * 2
    finally:
        over.set()
        thread.join()
