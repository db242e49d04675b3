"""A fault of the program's own: one line, a status that nothing else has, and the details in a file."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradsim.tui.terminal import error_report
from gradsim.tui.terminal.error_report import INTERNAL, write_report

BROKEN = """
import sys
from gradsim.sim import simulation; from gradsim.sim.engine import passes
def simulate(*_, **__):
    raise OverflowError("a\\x1b[31m number\\nis too large")
simulation.simulate = simulate
from gradsim.tui.cli.entry import main
main()
"""
NOT_IMPORTABLE = """
import sys
sys.modules["gradsim.tui.cli.main"] = None
from gradsim.tui.cli.entry import main
main()
"""


def started(code: str, state: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120,
                          env=os.environ | {"XDG_STATE_HOME": str(state)} | env)  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [(BROKEN, "OverflowError"), (NOT_IMPORTABLE, "ModuleNotFoundError")])
def test_a_fault_is_one_line_and_a_status_of_its_own(tmp_path: Path, code: str, name: str) -> None:
    """Status 1 would be a verdict of --fail-on to whoever reads it."""
    ended = started(code, tmp_path, "run", "relu_30", "--fail-on", "nonfinite")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (INTERNAL, "", 1)
    assert ended.stderr.startswith("gradsim: internal error")
    assert name in ended.stderr
    assert "\x1b" not in ended.stderr
    match = re.search(r"in (/.*\.txt)", ended.stderr)
    assert match is not None
    report = Path(match[1])
    assert report.is_relative_to(tmp_path)
    text = report.read_text()
    assert all(word in text for word in ("Traceback", name, "'run', 'relu_30'", "numpy"))
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_the_status_is_no_other_s() -> None:
    assert INTERNAL not in (0, 1, 2)
    assert INTERNAL < 128


def test_without_a_state_folder_the_details_are_temporary(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    ended = started(BROKEN, tmp_path / "file", "run", "relu_30", TMPDIR=str(tmp_path))
    assert ended.returncode == INTERNAL
    assert f"in {tmp_path}/gradsim-error-" in ended.stderr


def test_where_nothing_can_be_written_the_line_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(error_report, "_folders", lambda: iter([tmp_path / "file"]))
    assert write_report(ValueError("x")) is None
    assert "could be written nowhere" in error_report.internal_error(ValueError("x"))


def test_only_the_newest_reports_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    paths = [write_report(ValueError(str(i))) for i in range(error_report.KEPT + 5)]
    kept = [path for path in paths if path is not None and path.exists()]
    assert len(kept) == error_report.KEPT
    assert paths[-1] in kept
