"""One number bounds all threads, and no number depends on it."""

import json
import os
import platform
import subprocess
import sys
import threading

import numpy as np
import pytest

from gradsim.sim.engine.build import build
from gradsim.sim.engine.overlap import OverlapWorker
from gradsim.sim.errors import Cancelled
from gradsim.sim.numerics import threads
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.simulation import trace
from gradsim.tui.cli import main

PASS = """
import hashlib, json, sys
from gradsim.sim.numerics.threads import limit_threads
limit_threads(int(sys.argv[1]))
from gradsim.sim.simulation import simulate
from gradsim.sim.scenario.scenario import Scenario
import threading, threadpoolctl
def blas():
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
before = blas()
mlp = {"network.depth": 3, "network.width": 256, "data.batch": 300, "network.activation": "gelu"}
deep = mlp | {"network.depth": 100, "network.width": 64, "data.batch": 200}
lstm = {"network.kind": "lstm", "network.depth": 1, "network.width": 128, "data.batch": 64, "time.steps": 20}
overflow = {"network.kind": "rnn", "network.activation": "linear", "network.depth": 1, "network.width": 128,
            "data.batch": 64, "time.steps": 100, "network.recurrent_init": {"name": "normal", "std": 1e3}}
images = {"network.kind": "conv", "network.depth": 2, "network.width": 16, "data.batch": 30, "data.image": [16, 16]}
bits, own = b"", set()
for changes in (mlp, deep, lstm, overflow, images, images | {"network.padding": "zeros"}):
    trace = simulate(Scenario().edit(changes), watch=lambda *_: own.add(threading.active_count() - 1), spectral=True)
    bits += b"".join(array.tobytes() for array in (*trace.profile.values(), *trace.weights.values()))
print(json.dumps([hashlib.sha256(bits).hexdigest(), blas() == before, max(own), threading.active_count() - 1]))
"""


def passed(count: int) -> list:
    words = [sys.executable, "-W", "error::RuntimeWarning", "-c", PASS, str(count)]
    process = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(process.stdout)


@pytest.mark.slow
def test_a_pass_has_the_same_bits_on_any_number_of_threads():
    (one, as_it_was, own, _), (three, _, others, left) = passed(1), passed(3)
    assert one == three
    assert others > 0
    assert as_it_was, "the BLAS has its own number of threads again"
    assert own == 0  # no thread of our own beside the one that asked
    assert left == 0  # nor, afterwards, any at all


@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("count", [1, 2])  # with two, statistics are taken beside the next layers
def test_a_pass_that_was_stopped_leaves_the_next_as_it_was(monkeypatch, phase, count):
    monkeypatch.setattr(threads, "_limits", [count])
    network = build(Scenario().edit({"network.depth": 100, "network.width": 64, "data.batch": 200}))
    whole = trace(network)

    def watch(now: str, layer: int, _part: object) -> None:
        if (now, layer) == (phase, 50):
            raise Cancelled

    with pytest.raises(Cancelled):
        trace(network, watch)
    again = trace(network)
    assert all(np.array_equal(again.profile[key], values, equal_nan=True) for key, values in whole.profile.items())


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(threads, "_limits", [2])


def test_overlapped_jobs_are_done_when_the_block_is_left(two_threads):
    go, done = threading.Event(), []

    def job():
        go.wait()
        done.append("job")

    def leave():
        with OverlapWorker() as overlap:
            overlap.do(job, done.append, overlapped=True)
            threading.Timer(0.01, go.set).start()
            raise Cancelled

    with pytest.raises(Cancelled):
        leave()
    assert done == ["job"]


def test_an_exception_of_an_overlapped_job_is_raised(two_threads):
    def leave():
        with OverlapWorker() as overlap:
            overlap.do(lambda: {}["missing"], print, overlapped=True)

    with pytest.raises(KeyError):
        leave()


def test_what_waits_is_done_by_the_caller_and_all_is_noted_in_order(two_threads):
    begun, go, noted = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        go.wait()
        return threading.current_thread()

    def other():
        go.set()
        return threading.current_thread()

    with OverlapWorker() as overlap:
        overlap.do(job, noted.append, overlapped=True)
        begun.wait()
        overlap.do(other, noted.append, overlapped=True)
        assert not noted
    first, second = noted
    assert first is not second
    assert second is threading.current_thread()


def test_an_exception_of_a_job_that_the_caller_runs_waits_for_the_others(two_threads):
    begun, go, done = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        go.wait()
        done.append("job")

    def other():
        threading.Timer(0.01, go.set).start()
        raise KeyError(threading.current_thread())

    def leave():
        with OverlapWorker() as overlap:
            overlap.do(job, done.append, overlapped=True)
            begun.wait()
            overlap.do(other, done.append, overlapped=True)

    with pytest.raises(KeyError) as raised:
        leave()
    assert raised.value.args == (threading.current_thread(),)
    assert done == ["job"]


FAULTS = """
import resource
from gradsim.sim.numerics.allocator import keep_freed_memory
keep_freed_memory()
from gradsim.sim.engine.build import build
from gradsim.sim.simulation import trace
from gradsim.sim.scenario.scenario import Scenario
network = build(Scenario().edit({"network.depth": 60, "network.width": 128, "data.batch": 64}))
found = []
for _ in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    trace(network)
    found.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(min(found[2:]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators can't be told")
def test_a_pass_uses_the_memory_of_the_one_before():
    pages = subprocess.run([sys.executable, "-c", FAULTS], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert int(pages) < 200  # of some 3,500 in all


@pytest.mark.parametrize(("wish", "expected"), [("1", 1), ("100000", None), ("", None), ("2,1", None), ("0", None)])
def test_the_default_is_the_processors_or_fewer_by_omp_num_threads(monkeypatch, wish, expected):
    monkeypatch.setattr(threads, "_limits", [])
    monkeypatch.setenv("OMP_NUM_THREADS", wish)
    assert threads.threads() == (expected or threads.cores())


def test_a_bound_wins(monkeypatch):
    monkeypatch.setattr(threads, "_limits", [])
    for name in ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "9")
    threads.limit_threads(3)
    assert threads.threads() == 3
    assert os.environ["NUMBA_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == "3"


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "", "1025", "9" * 5000])
def test_a_wrong_number_of_threads_is_one_message(capsys, text):
    assert main.run(["run", "sigmoid_20", "--threads", text]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("gradsim: --threads: ")
    assert "from 1 to 1024" in captured.err
    assert captured.err.count("\n") == 1
