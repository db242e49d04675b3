"""As a library, the simulator leaves its host's process as it was."""

import json
import subprocess
import sys

WATCHED = """
import json, os, resource, signal, sys, threading, warnings
import numba, numpy, threadpoolctl


def state():
    from numba import config
    return {
        "blas": {pool["filepath"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()},
        "signals": {number: str(signal.getsignal(number)) for number in signal.valid_signals()},
        "filters": [str(one) for one in warnings.filters],
        "errors": numpy.geterr(),
        "print": str(numpy.get_printoptions()),
        "numba": {key: str(value) for key, value in vars(config).items() if key.isupper()},
        "numba threads": numba.get_num_threads(),
        "environment": dict(os.environ),
        "threads": threading.active_count(),
        "limits": [sys.getrecursionlimit(), resource.getrlimit(resource.RLIMIT_AS)],
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.unraisablehook)],
        "folder": os.getcwd(),
        "random": str(numpy.random.get_state()),
    }

numpy.ones((4, 4)) @ numpy.ones((4, 4))
before = state()
from gradsim.sim import apply_fixes, fixes, load, simulate, train
simulate("relu_30", keep_arrays=True)
simulate(apply_fixes("rnn_vanishing", ["orthogonal_recurrent"]))
train("digits_20", iterations=3)
fixes("relu_30")
after = state()
after["blas"] = {path: after["blas"][path] for path in before["blas"]}  # numba may bring another along
from gradsim.sim.numerics import allocator
told = allocator.keep_freed_memory.cache_info().currsize
print(json.dumps([{key: [before[key], after[key]] for key in before if before[key] != after[key]}, told]))
"""


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
