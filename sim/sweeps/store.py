"""Saved sweeps: an .npz of the points so far, replaced atomically, from which the same sweep resumes."""

import json
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import quoted, refuse
from ..io.atomic import write_atomically
from ..io.npz import Archive, open_archive
from ..scenario.schema import FILES
from .point import Point
from .results import Results
from .sweep import Sweep

MARK, VERSION = "gradsim_sweep", 1  # the array that tells a sweep from other files; holds VERSION
MISSING, MADE, FAILED = 0, 1, 2
LONGEST = 50_000_000  # bytes of a text
ADVICE = "give another name, or delete it to begin anew"
NO_SWEEP = f"exists and is no saved sweep, or a damaged one; {ADVICE}"
COLUMNS = {"state": "i1", "kind": "i4", "word": "i4", "value": "f8"}


def identity(sweep: Sweep) -> dict[str, Any]:
    """All that decides a sweep's points, as plain data."""
    fields: dict[str, Any] = {
        "gradsim": version("gradsim"), "scenario": sweep.scenario.plain(resolved=True), "--fix": list(sweep.fixes),
        "--x": [sweep.x.key, *sweep.x.values], "--y": None if sweep.y is None else [sweep.y.key, *sweep.y.values],
        "--seeds": sweep.seeds, "--quantity": sweep.quantity.name, "--train": sweep.updates,
    }  # fmt: skip
    for key in FILES:
        table, name = key.split(".")
        if (path := getattr(getattr(sweep.scenario, table), name)) is not None and Path(path).is_file():
            fields[f"content of {key}"] = zlib.crc32(Path(path).read_bytes())
    plain: dict[str, Any] = json.loads(json.dumps(fields))
    return plain


def save(results: Results, path: Path) -> None:
    """Replace the file by the current results in one step; on UserError the file stays as it was."""
    words: dict[str, int] = {}
    size = len(results.points)
    columns = {name: np.zeros(size, dtype) for name, dtype in COLUMNS.items()}
    columns["value"][:] = np.nan
    for number, point in enumerate(results.points):
        if point is None:
            continue
        columns["state"][number] = MADE if point.error is None else FAILED
        columns["kind"][number] = words.setdefault(point.kind or point.error or "", len(words))
        if isinstance(point.value, str):
            columns["word"][number] = 1 + words.setdefault(point.value, len(words))
        elif point.value is not None:
            columns["value"][number] = point.value
    texts = {"identity": _bytes(identity(results.sweep)), "words": _bytes(list(words))}
    arrays: dict[str, Any] = {MARK: np.array(VERSION), **texts, **columns}
    write_atomically(path, lambda file: np.savez(file, **arrays))


def load(results: Results, path: Path) -> None:
    """Load the points of a saved sweep; raises UserError if the file is of another."""
    if not path.exists():
        return
    if not path.is_file():
        refuse(path, f"is not a regular file; {ADVICE}")
    with open_archive(path, NO_SWEEP, ADVICE) as archive:
        if MARK not in archive.names or archive.header(MARK).shape != () or archive.array(MARK).tolist() != VERSION:
            refuse(path, NO_SWEEP)
        there, here = _text(archive, "identity", dict), identity(results.sweep)
        if there != here:
            refuse(path, f"holds another sweep: {_difference(there, here)}; {ADVICE}")
        results.add(_points(archive, len(results.points)))


def _points(archive: Archive, size: int) -> Iterator[tuple[int, Point]]:
    words = _text(archive, "words", list)
    columns = {name: _column(archive, name, size) for name in COLUMNS}
    for number in np.flatnonzero(columns["state"] != MISSING).tolist():
        kind, word = int(columns["kind"][number]), int(columns["word"][number])
        if not (0 <= kind < len(words) and 0 <= word <= len(words)):
            refuse(archive.path, NO_SWEEP)
        if columns["state"][number] == FAILED:
            yield number, Point(None, None, str(words[kind]))
        else:
            value = str(words[word - 1]) if word else float(columns["value"][number])
            yield number, Point(str(words[kind]), value)


def _column(archive: Archive, name: str, size: int) -> Any:
    if name not in archive.names or (header := archive.header(name)).shape != (size,) or header.dtype != COLUMNS[name]:
        refuse(archive.path, NO_SWEEP)
    return archive.array(name)


def _text(archive: Archive, name: str, kind: type) -> Any:
    header = archive.header(name) if name in archive.names else None
    if header is None or len(header.shape) != 1 or header.dtype != np.uint8 or header.shape[0] > LONGEST:
        refuse(archive.path, NO_SWEEP)
    try:
        value = json.loads(bytes(archive.array(name)).decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        refuse(archive.path, NO_SWEEP)
    return value


def _bytes(plain: Any) -> Any:
    return np.frombuffer(json.dumps(plain).encode("utf-8"), np.uint8)


def _difference(there: Any, here: Any, key: str = "") -> str:
    """The first difference between two plain values, in words."""
    if isinstance(there, dict) and isinstance(here, dict):
        part = next(part for part in {**here, **there} if there.get(part) != here.get(part))
        return _difference(there.get(part), here.get(part), f"{key}.{part}".lstrip(".").removeprefix("scenario."))
    if isinstance(there, list) and isinstance(here, list) and there[:1] == here[:1]:
        return f"{key} has other values of {there[0]} there"
    return f"{key} is {_given(there)} there and {_given(here)} here"


def _given(value: Any) -> str:
    return "not given" if value is None else quoted(value)
