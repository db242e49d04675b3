"""A training run as an .npz, on disk or pickled: scenario, history, and states from which updates are recomputed."""

import json
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from ..errors import ScenarioError, refuse
from ..io.atomic import write_atomically
from ..io.npz import Archive, Header, open_archive
from ..numerics.kernel import Report
from ..registry import names
from ..results.nonfinite import Nonfinite
from ..scenario.file import to_toml
from ..scenario.quantities import BAD, BY_LAYER, COUNTED, NUMBERS
from ..scenario.scenario import Scenario, parse_scenario
from .checkpoints import State
from .memory import refuse_training_if_too_large
from .run import Run

MARK = "gradsim_run"  # the array that tells a saved run from data; holds VERSION
VERSION = 2
ADDED = {"bad_norm": 2, "bad_memory": 2, "lost_updates": 2}  # first form of a column, if not 1
OF_FORM_1 = {"parameter_norm": "weight_norm"}  # columns that form 1 had under another name
SHARES = (*COUNTED, *BAD, "lost_updates")  # columns of numbers from 0 to 1
STATES = 8  # states at most, besides the last
LONGEST = 1_000_000  # bytes of a text
ADVICE = "save the run again with gradsim train --save"
NO_RUN = f"is no saved run, or a damaged one; {ADVICE}"


def is_run(path: Path) -> bool:
    """Whether a file is a saved run, by its list of contents."""
    try:
        if not path.is_file():  # a pipe would wait for its writer, a device has no end
            return False
        with zipfile.ZipFile(path) as file:
            return f"{MARK}.npy" in file.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def save_run(run: Run, path: Path | str, scenario: Scenario | None = None) -> None:
    """Write a run, whole or not at all; the title and other words are those of `scenario`, if it is not None.

    Raises UserError if the file can't be written.
    """
    states = [*_some(sorted(run.checkpoints.states.values(), key=lambda state: state.iteration)), run.end]
    states = list({state.iteration: state for state in states}.values())
    first = None if run.first_nonfinite is None else asdict(run.first_nonfinite)
    arrays: dict[str, Any] = {
        MARK: np.array(VERSION),
        "scenario": _bytes(to_toml(scenario or run.scenario, resolved=False)),
        "first_nonfinite": _bytes(json.dumps(first)),
        "data": np.array(_digest(run)),
        "states": np.stack([state.values for state in states]),
        "moments": np.array([[s.iteration, s.count, s.loss_scale, s.clean] for s in states], np.float64),
    }
    arrays |= {f"history.{name}": column for name, column in run.history.numbers.items()}
    arrays |= {f"layers.{name}": table for name, table in run.history.layers.items()}
    write_atomically(Path(path), lambda file: np.savez_compressed(file, **arrays))


def load_run(path: Path | str, report: Report | None = None) -> Run:
    """A saved run, which can be continued; raises UserError that says what is wrong with the file."""
    path = Path(path)
    if not path.is_file():
        refuse(path, "no such file; give a run that gradsim train --save has written")
    with open_archive(path, NO_RUN, ADVICE) as archive:
        if MARK not in archive.names:
            refuse(path, f"holds no run of gradsim; {ADVICE}")
        _check(archive, MARK, (), "iu")
        if not 1 <= (version := int(archive.array(MARK))) <= VERSION:
            refuse(path, f"is a run in form {version}, and this gradsim reads forms 1 to {VERSION}; save it again")
        run = Run(_scenario(archive), report)
        _fill(run, archive, version)
    return run


def reduced(run: Run) -> tuple[Callable[..., Run], tuple[Any, ...]]:
    """The reduction of a run for pickle: the bytes of its file, or its scenario if it has no update yet."""
    if not len(run):
        return Run, (run.scenario,)
    with tempfile.TemporaryDirectory() as folder:
        save_run(run, path := Path(folder) / "run.npz")
        return restored, (path.read_bytes(),)


def restored(data: bytes) -> Run:
    """A run from the bytes of its file; raises UserError as `load_run` does."""
    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / "run.npz").write_bytes(data)
        return load_run(path)


def _fill(run: Run, archive: Archive, version: int) -> None:
    """Read history and states into a run; each header is checked against the scenario's network before its numbers."""
    _check(archive, "data", (), "iu")
    if int(archive.array("data")) != _digest(run):
        refuse(archive.path, "was made on other data or weights than there are now; put them back as they were")
    updates = next(iter(_header(archive, "history.loss").shape), 0)
    if not 1 <= updates <= LONGEST:
        refuse(archive.path, f"has a history of {updates} updates; a run has 1 to {LONGEST:,}")
    refuse_training_if_too_large(run.scenario, updates)
    depth, size = run.scenario.depth, run.start.values.size
    missing = [name for name in NUMBERS if ADDED.get(name, 1) > version]
    numbers = {name: _read(archive, f"history.{name}", (updates,)) for name in NUMBERS if name not in missing}
    numbers |= {name: np.full(updates, np.nan) for name in missing}
    for name in [share for share in SHARES if share not in missing]:
        if not ((numbers[name] >= 0) & (numbers[name] <= 1)).all():
            refuse(archive.path, f"history.{name} has numbers that are not from 0 to 1; {ADVICE}")
    stored = OF_FORM_1 if version == 1 else {}
    tables = {name: _read(archive, f"layers.{stored.get(name, name)}", (updates, depth)) for name in BY_LAYER}
    count = next(iter(_header(archive, "moments").shape), 0)
    if not 1 <= count <= STATES + 1:
        refuse(archive.path, f"has {count} states; a saved run has 1 to {STATES + 1}")
    moments = _read(archive, "moments", (count, 4))
    if not _possible(moments, updates):
        refuse(archive.path, f"has states that belong to no update of it; {ADVICE}")
    with np.errstate(over="ignore"):
        values = _read(archive, "states", (count, size)).astype(run.start.values.dtype)
    for (iteration, done, scale, clean), state in zip(moments.tolist(), values, strict=True):
        run.checkpoints.states[int(iteration)] = State(int(iteration), state, int(done), scale, int(clean))
    run.restore(numbers, tables, _nonfinite(archive, updates, depth))


def _possible(moments: Any, updates: int) -> bool:
    """Whether moments (states, 4) are of updates from 1 to the last, and their counts are possible there."""
    iteration, counts, scale = moments[:, :1], moments[:, [1, 3]], moments[:, 2]
    whole = np.isfinite(moments).all() and (moments[:, [0, 1, 3]] % 1 == 0).all()
    counted = (counts >= 0).all() and (counts <= iteration).all() and (scale >= 0).all()
    return bool(whole and counted and iteration.min() >= 1 and iteration.max() == updates)


def _scenario(archive: Archive) -> Scenario:
    try:
        return parse_scenario(tomllib.loads(_text(archive, "scenario")))
    except ScenarioError as error:
        raise error.at(str(archive.path)) from None
    except (ValueError, RecursionError) as error:
        refuse(archive.path, f"its scenario is not valid TOML ({error}); {ADVICE}")


def _nonfinite(archive: Archive, updates: int, depth: int) -> Nonfinite | None:
    try:
        first: Nonfinite | None = TypeAdapter(Nonfinite | None).validate_json(_text(archive, "first_nonfinite"))
    except ValidationError:
        refuse(archive.path, f"first_nonfinite can't be read; {ADVICE}")
    if first is not None:
        at = -1 if first.iteration is None else first.iteration
        known = first.format in names("formats")
        if not (known and 0 <= at < updates and 1 <= first.layer <= depth + 1):  # + 1: the readout
            refuse(archive.path, f"first_nonfinite is of no update or layer of it; {ADVICE}")
    return first


def _text(archive: Archive, name: str) -> str:
    header = _header(archive, name)
    if len(header.shape) != 1 or header.dtype != np.uint8 or header.shape[0] > LONGEST:
        refuse(archive.path, f"{name} is not a text of at most {LONGEST:,} bytes; {ADVICE}")
    try:
        return bytes(archive.array(name)).decode("utf-8")
    except UnicodeDecodeError:
        refuse(archive.path, f"{name} is not UTF-8 text; {ADVICE}")


def _read(archive: Archive, name: str, shape: tuple[int, ...]) -> Any:
    _check(archive, name, shape, "f")
    return archive.array(name)


def _check(archive: Archive, name: str, shape: tuple[int, ...], kinds: str) -> None:
    header = _header(archive, name)
    if header.shape != shape or header.dtype.kind not in kinds or header.dtype.itemsize > 8:
        refuse(archive.path, f"{name} is {header.dtype} {header.shape}, and this run has {shape}; {ADVICE}")


def _header(archive: Archive, name: str) -> Header:
    if name not in archive.names:
        refuse(archive.path, f"has no array {name}; {ADVICE}")
    return archive.header(name)


def _some(states: list[State]) -> list[State]:
    """At most STATES of them, evenly spaced."""
    return states if len(states) <= STATES else states[:: -(-len(states) // STATES)]


def _digest(run: Run) -> int:
    """CRC-32 of the samples, and of the initial parameters if they come from a file."""
    samples = run.trainer.samples
    digest = zlib.crc32(samples.target.tobytes(), zlib.crc32(samples.input.tobytes()))
    from_file = run.scenario.network.weights is not None
    return zlib.crc32(run.start.values.tobytes(), digest) if from_file else digest


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode("utf-8"), np.uint8)
