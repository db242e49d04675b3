"""The process that makes the first runs: the same numbers, nothing left behind, and never needed."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gradsim.sim.numerics.threads import cores, limit_threads
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.fixing import apply_fixes
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.app import GradsimApp
from gradsim.tui.cli.scenario_arguments import chosen
from gradsim.tui.state.session import Session, begin, train
from gradsim.tui.workers import prefetch
from gradsim.tui.workers.prefetch import Ahead, Request
from pilot import until
from terminal import Session as Terminal

FOR_EVER = "import sys; sys.stdin.buffer.read()"
needs_two = pytest.mark.skipif(cores() < 2, reason="one processor does all by itself")


@pytest.fixture(autouse=True)
def _processors_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of the tests has one thread, with which nothing is made ahead."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def request(*, fixes: tuple[str, ...] = (), depth: int = 4) -> Request:
    return Request("sigmoid_20", fixes, (f"network.depth={depth}", "network.width=8"), "3")


def never() -> bool:
    return False


def silent(_text: str) -> None:
    return


def bits(trace: Trace) -> list[bytes]:
    arrays = (*trace.profile.values(), *trace.weights.values(), trace.input_gradient_norm)
    return [array.tobytes() for array in arrays]


@pytest.mark.slow
@needs_two
@pytest.mark.parametrize("fixes", [(), ("relu", "he_init")])
def test_it_computes_what_this_process_would_bit_for_bit(fixes: tuple[str, ...]) -> None:
    asked = request(fixes=fixes)
    with Ahead(asked) as ahead:
        traces = ahead.traces(never, silent)
    scenario, _ = chosen(*asked[:4])
    expected = [scenario, *([apply_fixes(scenario, fixes)] if fixes else [])]
    assert [trace.scenario for trace in traces] == expected
    for trace, alone in zip(traces, map(simulate, expected), strict=True):
        assert bits(trace) == bits(alone)
        assert (trace.verdict, trace.loss) == (alone.verdict, alone.loss)


@needs_two
@pytest.mark.parametrize("program", [
    "",
    "print('garbage that is no answer')",
    "import sys; sys.stdout.buffer.write(bytes(3))",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "import sys; from multiprocessing.connection import Connection as C; C(1, readable=False).send(7)",
])  # fmt: skip
def test_whatever_goes_wrong_with_it_gives_no_traces(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(prefetch, "PROGRAM", program)
    with Ahead(request()) as ahead:
        assert ahead.traces(never, silent) == ()
        assert ahead.traces(never, silent) == ()  # and may be asked again


def test_a_scenario_that_is_wrong_gives_no_traces() -> None:
    with Ahead(request(depth=0)) as ahead:
        assert ahead.traces(never, silent) == ()


def test_data_that_can_be_read_only_once_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.csv")
    (tmp_path / "own.toml").write_text('[data]\nfile = "data.csv"\n')
    with Ahead(Request(str(tmp_path / "own.toml"), (), (), None)) as ahead:
        assert ahead.traces(never, silent) == ()


@needs_two
def test_it_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = "from multiprocessing.connection import Connection as C; c = C(1, readable=False)"
    monkeypatch.setattr(prefetch, "PROGRAM", f"{connect}; c.send('half'); c.send('more'); c.send([])")
    reports: list[str] = []
    with Ahead(request()) as ahead:
        assert ahead.traces(never, reports.append) == ()
    assert reports == ["half", "more"]


@needs_two
def test_one_who_stops_waiting_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "PROGRAM", FOR_EVER)
    ahead = Ahead(request())
    process = ahead._process
    assert process is not None
    assert ahead.traces(lambda: True, silent) == ()
    assert process.returncode == -signal.SIGKILL  # and waited for, so it is no zombie


def test_without_a_second_process_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert Ahead(request()).traces(never, silent) == ()
    monkeypatch.undo()
    monkeypatch.setattr("gradsim.sim.numerics.threads._limits", [])
    for name in ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "2")
    limit_threads(1)
    assert Ahead(request())._process is None
    assert Ahead(None).traces(never, silent) == ()


PARENT = """
import os
from gradsim.tui.workers.prefetch import Ahead, Request
found = Ahead(Request("sigmoid_20", (), ("network.depth=100000",), None))
print(found._process.pid, flush=True)
%s
"""


@needs_two
@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)", ""])
def test_it_ends_with_this_process(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", PARENT % end], stdout=subprocess.PIPE, text=True)
    try:
        left = os.pidfd_open(int(done.stdout))
    except ProcessLookupError:
        return
    assert select.select([left], [], [], 60)[0]  # readable once it has ended
    os.close(left)


OPEN = "from gradsim.tui.cli.main import main; main([%r])"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("key", "status"), [(b"q", 0), (b"\x03", 130)])
def test_leaving_at_once_leaves_no_process(tmp_path: Path, key: bytes, status: int) -> None:
    terminal = Terminal.of(OPEN % "sigmoid_20", tmp_path)
    try:
        terminal.read_until(b"loading")
        os.write(terminal.master, key)
        assert terminal.status() == status
        assert b"Traceback" not in terminal.seen
        assert not [path for path in Path("/proc").glob("[0-9]*/environ") if _holds(path, str(tmp_path).encode())]
    finally:
        terminal.end()


def _holds(path: Path, text: bytes) -> bool:
    try:
        return b"XDG_STATE_HOME=" + text in path.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return False


class Known(Ahead):
    """Has what a test gives it."""

    def __init__(self, *traces: Trace):
        super().__init__(None)
        self.known, self.asked, self.ended = traces, 0, 0

    def traces(self, stopped: object, tell: object) -> tuple[Trace, ...]:
        self.asked += 1
        return self.known

    def end(self) -> None:
        self.ended += 1


SMALL = parse_scenario({"title": "Small", "network": {"depth": 4, "width": 8}})


def opened(session: Session, known: Ahead) -> GradsimApp:
    return GradsimApp(start=lambda: (session, ""), ahead=known)


async def test_the_interface_shows_what_was_made_ahead() -> None:
    trace = simulate(SMALL)
    app = opened(begin(SMALL), Known(trace))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: hasattr(app, "main") and app.main.runs is not None)
        assert app.main.runs is not None
        assert app.main.runs.baseline is trace
        await pilot.press("+")
        await until(lambda: app.main.runs is not None and app.main.runs.baseline.depth == 5)


@pytest.mark.parametrize("depths", [(), (2,)])
async def test_the_interface_computes_what_was_not(depths: tuple[int, ...]) -> None:
    known = Known(*(simulate(SMALL.edit({"network.depth": depth})) for depth in depths))
    app = opened(begin(SMALL), known)
    async with app.run_test(size=(80, 24)):
        await until(lambda: hasattr(app, "main") and app.main.runs is not None)
        assert app.main.runs is not None
        assert app.main.runs.baseline.scenario == SMALL
        assert known.asked == 1


async def test_a_start_on_the_training_wants_no_pass() -> None:
    known = Known()
    task = SMALL.edit({"loss.name": "cross_entropy", "data.task": "digits"})
    app = opened(train(begin(task)), known)
    async with app.run_test(size=(80, 24)):
        await until(lambda: hasattr(app, "main") and app.training.records.made > 0)
        assert (known.asked, known.ended) == (0, 1)


PREPARED = """
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.fixing import apply_fixes, obstacle
from gradsim.sim.engine.build import build
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.workers.passes import prepare
scenario = parse_scenario({"network": {"kind": %r, "depth": 4, "width": 8}})
if %r:
    prepare(scenario, lambda: False)
for fix in fixes():
    if not obstacle(fix.name, scenario):
        build(apply_fixes(scenario, [fix.name]), lambda *done: print(fix.name, *done))
"""


@pytest.mark.long
@pytest.mark.parametrize("kind", ["mlp", "lstm"])
def test_after_the_first_runs_no_fix_has_kernels_to_load(kind):
    processes = [subprocess.run([sys.executable, "-c", PREPARED % (kind, prepared)], check=True, stdout=subprocess.PIPE)
             for prepared in (False, True)]  # fmt: skip
    before, after = (done.stdout for done in processes)
    assert before
    assert after == b""
