"""What all tests share."""

import atexit
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest
import textual._wait
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:  # the other processors have workers of their own; before NumPy is imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Recent files of the interface's tests never reach the user's own.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gradsim-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# A shell ignores signals for what it starts in the background, and every process started from there inherits that. The
# tests send signals, to themselves and to others, as to programs in the foreground; a hangup still leaves pytest alone.
FOREGROUND = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: lambda *_: None,  # a handler, which others do not inherit
}
for number, handler in FOREGROUND.items():
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: tests of screens and child processes wait for much of their time."""
    return len(os.sched_getaffinity(0)) * 3 // 2 if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# No test depends on how busy the machine is: examples take as long as they take. A test that wants more says so.
settings.register_profile("gradsim", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gradsim")

# Pilot looks whether the interface is idle by sleeping, 20 ms after every key; a fifth of that sees as much.
textual._wait.SLEEP_GRANULARITY /= 5
textual._wait.SLEEP_IDLE /= 5


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk moves when a test calls its `_tick`, and never by the clock."""
    monkeypatch.setattr("gradsim.tui.state.signal_walk.LEAST", 1e9)
    monkeypatch.setattr("gradsim.tui.state.signal_walk.MOST", 1e9)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Oracle tests need PyTorch: without it they are skipped, or fail where they are required."""
    if item.get_closest_marker("oracle") and importlib.util.find_spec("torch") is None:
        if os.environ.get("GRADSIM_ORACLE") == "required":
            pytest.fail("PyTorch is not installed, and the oracle tests are required")
        pytest.skip("PyTorch is not installed: pip install '.[oracle]'")


@pytest.fixture(autouse=True)
def _survived(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[list[BaseException]]:
    """Errors that the interface has survived: a test that does not ask for them fails with the first."""
    found: list[BaseException] = []
    if module := sys.modules.get("gradsim.tui.app"):
        fault = module.GradsimApp.fault
        monkeypatch.setattr(
            module.GradsimApp, "fault", lambda app, error, *told: found.append(error) or fault(app, error, *told)
        )
    yield found
    if found and "survived" not in request.fixturenames:
        raise found[0]


@pytest.fixture
def survived(_survived: list[BaseException]) -> list[BaseException]:
    """Errors that the interface has survived."""
    return _survived
