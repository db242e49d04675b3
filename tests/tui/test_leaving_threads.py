"""The end of the process when threads go on."""

import threading

import pytest

from gradsim.tui import app


def test_a_thread_that_reads_a_lost_terminal_does_not_hold_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        monkeypatch.setattr(app, "is_lost", lambda: False)
        app._leave_threads(0)
        assert left == []
        monkeypatch.setattr(app, "is_lost", lambda: True)
        app._leave_threads(app.LOST)
        assert left == [app.LOST]
        with pytest.raises(OSError, match="gone"), app._unhindered():
            raise OSError("gone")
        assert left == [app.LOST] * 2
    finally:
        over.set()
        thread.join()
