"""The shipped scenarios by name. Imports nothing heavy, so that listing them is quick."""

import importlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import Problem, ScenarioError, nearest, quoted

FIRST = "sigmoid_20"  # what the interface shows when nothing is asked for


@dataclass(frozen=True)
class Preset:
    """A shipped scenario, as the gallery and `gradsim list` show it."""

    name: str
    title: str
    summary: str
    path: Path


def preset_paths() -> Mapping[str, Path]:
    """The files of all shipped presets by name, sorted; reads none of them."""
    package = importlib.import_module(f"{(__package__ or '').rsplit('.', 2)[0]}.scenarios")
    paths = [path for folder in package.__path__ for path in Path(folder).glob("*.toml")]
    return {path.stem: path for path in sorted(paths, key=lambda path: path.stem)}


@cache
def presets() -> tuple[Preset, ...]:
    """All shipped presets, sorted by name; reads their titles without validating them."""
    shipped = []
    for path in preset_paths().values():
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        shipped.append(Preset(path.stem, data.get("title", path.stem), data.get("summary", ""), path))
    return tuple(shipped)


def locate(name: str) -> Path:
    """The file of a preset's name or of a path; raises ScenarioError with the nearest preset's name."""
    named = preset_paths()
    if name in named:
        return named[name]
    if os.sep in name or name.endswith(".toml") or os.path.exists(name):  # noqa: PTH110 (Path's raises if too long)
        return Path(name)
    near = nearest(name, list(named))
    hint = f"did you mean {near}? " if near else ""
    message = f"no preset or file {quoted(name)}; {hint}'gradsim list' shows the presets"
    raise ScenarioError([Problem("", message)])
