"""As a library, the simulator leaves its host's process as it was."""

import json
import subprocess
import sys

import pytest

WATCHED = """
import atexit, decimal, faulthandler, gc, json, locale, logging, multiprocessing, os, random, resource, signal, sys
import threading, warnings
import importlib.util, numba, numpy, pydantic, threadpoolctl
if importlib.util.find_spec("scipy"):  # which numba loads where it is
    import scipy.linalg


def state():
    from numba import config
    return {
        "blas": {pool["filepath"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()},
        "signals": {number: str(signal.getsignal(number)) for number in signal.valid_signals()},
        "filters": [str(one) for one in warnings.filters],
        "errors": [numpy.geterr(), str(numpy.geterrcall()), numpy.getbufsize()],
        "print": str(numpy.get_printoptions()),
        "numba": {key: str(value) for key, value in vars(config).items() if key.isupper()},
        "numba threads": numba.get_num_threads(),
        "environment": dict(os.environ),
        "threads": [thread.name for thread in threading.enumerate()],
        "limits": [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT")],
        "interpreter": [sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold(),
                        faulthandler.is_enabled(), str(sys.gettrace()), str(sys.getprofile())],
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.unraisablehook), str(sys.displayhook),
                  len(gc.callbacks), atexit._ncallbacks()],
        "imports": [list(sys.path), list(map(str, sys.meta_path)), len(sys.path_hooks)],
        "logs": [logging.root.level, logging.root.manager.disable, list(map(str, logging.root.handlers))],
        "words": [locale.setlocale(locale.LC_ALL), str(decimal.getcontext())],
        "process": [os.getcwd(), os.nice(0), sorted(os.sched_getaffinity(0)),
                    multiprocessing.get_start_method(allow_none=True), len(multiprocessing.active_children())],
        "files": sorted(os.listdir("/proc/self/fd")),
        "random": [str(numpy.random.get_state()), hash(random.getstate())],
    }

numpy.ones((4, 4)) @ numpy.ones((4, 4))
before = state()
from gradsim.sim import UserError, apply_fixes, fixes, load, simulate, train
simulate("relu_30", keep_arrays=True)
WIDE = {"network": {"depth": 4, "width": 600}}  # whose products and statistics are shared among threads
wide = simulate(WIDE).loss
simulate(apply_fixes("rnn_vanishing", ["orthogonal_recurrent"]))
try:
    load({"network": {"depth": -1}})
except UserError:
    pass
train("digits_20", iterations=3)
fixes("relu_30")
after = state()
after["blas"] = {path: after["blas"][path] for path in before["blas"]}  # numba may bring another along
from gradsim.sim.numerics import allocator
if (child := os.fork()) == 0:  # as multiprocessing does, of which no thread comes along
    signal.alarm(60)
    os._exit(simulate(WIDE).loss != wide)
assert os.waitpid(child, 0)[1] == 0, "a forked process can't simulate"
told = allocator.keep_freed_memory.cache_info().currsize
print(json.dumps([{key: [before[key], after[key]] for key in before if before[key] != after[key]}, told]))
"""


@pytest.mark.slow
def test_using_it_changes_nothing_for_others() -> None:
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True)
    changed, allocator_calls = json.loads(done.stdout)
    assert changed == {}
    assert allocator_calls == 0
    assert done.stderr == ""


def test_its_front_door_is_light() -> None:
    code = "import json, sys, gradsim.sim; dir(gradsim.sim); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "numba", "pydantic", "textual"} & set(json.loads(done.stdout))
