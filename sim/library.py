"""The public functions of gradsim.sim, for programs, notebooks and tests."""

import copyreg
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from . import registry, simulation
from .errors import ScenarioError, UserError, quoted, unknown
from .interop.arrays import dump
from .interop.weights import save_weights as _save_weights
from .interop.weights import weights as _weights
from .numerics.blas import one_blas_thread
from .results.trace import Trace
from .scenario import fix_menu, fixing
from .scenario.file import CHANGES, Change, load_scenario, make_scenario
from .scenario.fix_menu import Fix
from .scenario.presets import locate
from .scenario.scenario import Scenario, edited, without_stale_words
from .sweeps.executors import Resources
from .sweeps.quantity import USUAL
from .sweeps.results import Results
from .sweeps.sweep import make_sweep, own_sweep
from .sweeps.sweeping import advance, begin
from .training.advice import SECONDS
from .training.advice import advise as _advise
from .training.run import Run
from .training.run_file import reduced
from .training.trial import UPDATES, Trial
from .training.trial import trial as _trial
from .training.tried import Tried, rank

copyreg.pickle(Run, reduced)

Source = Scenario | Mapping[str, Any] | str | os.PathLike[str]


def load(source: Source = MappingProxyType({}), *, fixes: str | Iterable[str] = (), **changes: Any) -> Scenario:
    """The scenario of a preset's name, a file's path, a mapping as in its TOML, or another scenario.

    `changes` are dotted keys: `load("sigmoid_20", seed=7, **{"network.depth": 50})`; None takes a key away. Raises
    UserError that lists every problem.
    """
    wanted = [Change(key, _plain(value), CHANGES) for key, value in changes.items()]
    if not isinstance(source, (str, os.PathLike, Scenario, Mapping)):
        message = "is no network; give a preset's name, a file's path, a mapping as in its TOML, or a Scenario"
        raise UserError([f"{quoted(source)} {message}"])
    if isinstance(source, Scenario):
        scenario = without_stale_words(make_scenario(source.plain(), wanted), source)
    elif isinstance(source, Mapping):
        scenario = make_scenario(_plain(source), wanted)
    else:
        scenario = _of_file(locate(source) if isinstance(source, str) else Path(source), wanted)
    return fixing.apply_fixes(scenario, _names(fixes))


def _of_file(path: Path, changes: Sequence[Change]) -> Scenario:
    """The scenario of a file with changes, which may mend what is wrong with it, and with the words that still hold."""
    scenario = load_scenario(path, changes)
    try:
        return without_stale_words(scenario, load_scenario(path)) if changes else scenario
    except ScenarioError:  # the file by itself
        return edited(scenario, [change.key for change in changes])


def _plain(value: Any) -> Any:
    """A value as TOML has it, with NumPy's scalars and arrays as numbers and lists."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def _names(names: str | Iterable[str]) -> Iterable[str]:
    """Names of fixes, of which one may stand by itself."""
    return (names,) if isinstance(names, str) else names


def _at_least(least: int, name: str, number: float) -> None:
    """Raise UserError if an argument is too small."""
    if not number >= least:
        raise UserError([f"{name} = {number}: give at least {least}"])


def simulate(source: Source, *, spectral: bool = False, keep_arrays: bool = False) -> Trace:
    """One forward and backward pass; `spectral` adds the weights' largest singular values, `keep_arrays` all arrays.

    Arrays are copies under PyTorch's names ("layers.1.grad_weight"), as `--dump` writes them. Raises UserError.
    """
    scenario = load(source)
    if not keep_arrays:
        return simulation.simulate(scenario, spectral=spectral)
    trace, arrays = dump(scenario, spectral=spectral)
    return replace(trace, arrays=arrays)


def weights(source: Source) -> dict[str, Any]:
    """The initial parameters by PyTorch's names ("layers.1.weight"); raises UserError."""
    return _weights(load(source))


def save_weights(source: Source, path: str | os.PathLike[str]) -> None:
    """Write them as .safetensors or .npz, for `network.weights` or another program; raises UserError."""
    _save_weights(weights(source), Path(path))


def train(source: Source, iterations: int | None = None) -> Run:
    """A run of `iterations` updates, by default as many as the scenario says; raises UserError, also for a probe."""
    wanted: dict[str, Any] = {} if iterations is None else {"training.iterations": iterations}
    scenario = load(source, **wanted)
    run = Run(scenario)
    with one_blas_thread():
        for _ in range(scenario.training.iterations):
            run.advance()
    return run


def trial(source: Source, updates: int = UPDATES) -> Trial:
    """Whether the network learns on its batches with its optimizer, or else Adam; raises UserError for a probe."""
    _at_least(1, "updates", updates)
    return _trial(load(source), updates)


def advise(source: Source, seconds: float = SECONDS) -> tuple[Tried, ...]:
    """The fixes that apply, each simulated and, where the pass is healthy, put to a trial; the best first.

    Stops after so many seconds, which must be more than 0. Raises UserError.
    """
    if not seconds > 0:
        raise UserError([f"seconds = {seconds}: give more than 0"])
    return rank(_advise(load(source), seconds))


def sweep(
    source: Source, x: str | None = None, y: str | None = None, *, seeds: int = 1, quantity: str = USUAL,
    updates: int = 0, jobs: int = 1, dask: str = "", out: str | os.PathLike[str] | None = None,
) -> Results:  # fmt: skip
    """All points of one or two axes, each KEY=SPEC as `gradsim sweep` takes it; without x the scenario's [sweep].

    With `out` they go to a file, from which the same call resumes. With several jobs a script must call it below
    `if __name__ == "__main__":`, as its processes import the script. Raises UserError.
    """
    _at_least(1, "jobs", jobs)
    scenario = load(source)
    if x is None and scenario.sweep is None:
        raise UserError(['sweep needs x, a key and its values, such as "network.depth=1..100"'])
    wanted = own_sweep(scenario) if x is None else make_sweep(
        scenario, x, y, seeds=seeds, quantity=quantity, updates=updates)  # fmt: skip
    path = None if out is None else Path(out)
    results = begin(wanted, path)
    for _ in advance(results, Resources(jobs, dask), path):
        pass
    return results


def fixes(source: Source | None = None) -> tuple[Fix, ...]:
    """All fixes, or those that apply to a scenario."""
    menu = fix_menu.fixes()
    if source is None:
        return menu
    scenario = load(source)
    return tuple(fix for fix in menu if not fixing.obstacle(fix.name, scenario))


def apply_fixes(source: Source, names: str | Iterable[str]) -> Scenario:
    """The scenario with fixes applied, in any order; raises UserError with every reason why not."""
    return fixing.apply_fixes(load(source), _names(names))


def choices(menu: str) -> dict[str, str]:
    """What a menu offers, each name with its one line: `choices("activations")`; raises UserError of no such menu."""
    if menu not in registry.MENUS:
        raise UserError([unknown("menu", menu, registry.MENUS)])
    return {name: registry.entry(menu, name).summary for name in registry.names(menu)}
