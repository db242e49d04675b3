"""What tests of the interface share."""

from pathlib import Path

import pytest

from gradsim.tui.screens.common.curing import Curing


@pytest.fixture(autouse=True)
def _folders_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent files and rescued runs of a test are its own, and what it saves without a folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _nothing_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixes are tried only where a test says so, however many processors there are."""
    monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: False))
