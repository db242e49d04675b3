"""Ctrl+Z: who can be stopped, and for how long."""

import os
import signal

import pytest

from gradsim.tui.app import GradsimApp
from gradsim.tui.terminal import job

OURS, THE_SHELL = 7, 3


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A terminal whose foreground goes from one of these groups to the next whenever something was stopped."""
    foreground = [OURS]
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(os, "getpgrp", lambda: OURS)
    monkeypatch.setattr(os, "getsid", lambda _: THE_SHELL)
    monkeypatch.setattr(os, "killpg", lambda group, number: stopped(foreground, group, number))
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: foreground[0])
    monkeypatch.setattr(job, "MOMENT", 0)
    return foreground


def stopped(foreground: list[int], group: int, number: int) -> None:
    assert (group, number) == (OURS, signal.SIGSTOP)
    foreground.pop(0)
    signal.raise_signal(signal.SIGCONT)


def test_what_the_shell_continues_in_the_background_is_stopped_again(terminal: list[int]) -> None:
    terminal += [THE_SHELL, THE_SHELL, OURS, THE_SHELL]
    before = signal.getsignal(signal.SIGCONT)
    job.stop_job(lambda: False)
    assert terminal == [OURS, THE_SHELL]
    assert signal.getsignal(signal.SIGCONT) is before


def test_what_is_to_end_in_the_background_does_not_touch_the_terminal(terminal: list[int]) -> None:
    terminal += [THE_SHELL, THE_SHELL]
    before = signal.getsignal(signal.SIGTTOU)
    try:
        with pytest.raises(job.EndedError):
            job.stop_job(lambda: True)
        assert signal.getsignal(signal.SIGTTOU) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTTOU, before)


def test_a_job_has_a_group_of_its_own(terminal: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert job.has_shell()
    monkeypatch.setattr(os, "getsid", lambda _: OURS)
    assert not job.has_shell(), "nobody could bring it back"


def test_where_there_is_no_shell_it_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    app = GradsimApp()
    monkeypatch.setattr(app, "notify", lambda text, **_: notes.append(text))
    assert app._bindings.key_to_bindings["ctrl+z"][0].action == "suspend_process"
    app.action_suspend_process()
    assert notes == ["Ctrl+Z: there is no shell here to go back to; Ctrl+Q quits"]
