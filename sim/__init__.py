"""The simulator: a scenario in, a trace out. A library without a screen; see docs/python.md.

A name is imported when it is asked for: `import gradsim.sim` loads neither NumPy nor numba.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import Cancelled, UserError
    from .library import (
        advise,
        apply_fixes,
        choices,
        fixes,
        load,
        save_weights,
        simulate,
        sweep,
        train,
        trial,
        weights,
    )  # fmt: skip
    from .results.factors import Chain, LayerInfo
    from .results.nonfinite import Nonfinite
    from .results.trace import Concern, Trace, Verdict
    from .scenario.choice import Choice
    from .scenario.presets import presets
    from .scenario.scenario import Scenario
    from .sweeps.results import Results
    from .training.history import History, Update
    from .training.run import Run
    from .training.run_file import load_run, save_run
    from .training.trial import Trial
    from .training.tried import Tried
    from .training.verdict import RunVerdict

__all__ = [
    "Cancelled", "Chain", "Choice", "Concern", "History", "LayerInfo", "Nonfinite", "Results", "Run", "RunVerdict",
    "Scenario", "Trace", "Trial", "Tried", "Update", "UserError", "Verdict", "advise", "apply_fixes", "choices",
    "fixes", "load", "load_run", "presets", "save_run", "save_weights", "simulate", "sweep", "train", "trial",
    "weights",
]  # fmt: skip

_HOME = {
    "Cancelled": "errors",
    "UserError": "errors",
    "Chain": "results.factors",
    "LayerInfo": "results.factors",
    "Concern": "results.trace",
    "Tried": "training.tried",
    "Trial": "training.trial",
    "Nonfinite": "results.nonfinite",
    "Trace": "results.trace",
    "Verdict": "results.trace",
    "Choice": "scenario.choice",
    "presets": "scenario.presets",
    "Scenario": "scenario.scenario",
    "Results": "sweeps.results",
    "History": "training.history",
    "Update": "training.history",
    "Run": "library",
    "load_run": "training.run_file",
    "save_run": "training.run_file",
    "RunVerdict": "training.verdict",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME.get(name, 'library')}"), name)


def __dir__() -> list[str]:
    return __all__
