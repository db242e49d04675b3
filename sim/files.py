"""Scenario files: find, load and save them. Saving keeps the comments of the file that it changes."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .presets import Preset, locate, presets
from .problems import ScenarioError
from .scenario import Scenario, parse_scenario
from .toml_file import read_bytes, read_toml, unusable
from .whole import real_path, write_whole

__all__ = ["Preset", "load_scenario", "locate", "presets", "save_scenario", "to_toml"]


def load_scenario(path: Path | str) -> Scenario:
    """The scenario in a TOML file; raises ScenarioError with every problem, each naming the file."""
    path = Path(path)
    data = read_toml(path)
    section = data.get("data")
    if isinstance(section, dict) and isinstance(section.get("file"), str) and section["file"]:
        section["file"] = str(path.resolve().parent / section["file"])
    try:
        return parse_scenario(data)
    except ScenarioError as error:
        raise error.at(str(path)) from None


def save_scenario(scenario: Scenario, path: Path | str) -> None:
    """Write a scenario as TOML, whole or not at all; comments of an existing scenario file stay."""
    from .toml_text import edited, fresh

    path = real_path(path)
    plain = _lists(scenario.plain())
    if scenario.data.file is not None:
        plain["data"]["file"] = _relative(Path(scenario.data.file), path.parent)
    text = edited(_existing(path), fresh(plain), plain)
    write_whole(path, lambda file: file.write(text.encode("utf-8")))


def to_toml(scenario: Scenario, resolved: bool = True) -> str:
    """The scenario as the text of a TOML file."""
    from .toml_text import fresh

    return fresh(_lists(scenario.plain(resolved)))


def _existing(path: Path) -> str:
    """The text of the scenario file that is to be changed, empty if there is none; raises ScenarioError."""
    if not os.path.exists(path):  # noqa: PTH110 (Path's raises if the name is too long)
        return ""
    if not (path.is_file() or path.is_dir()):
        raise unusable(path, "is not a regular file; choose another name")
    try:
        text = read_bytes(path).decode("utf-8-sig")
        if set(tomllib.loads(text)) <= set(Scenario.model_fields):
            return text
    except (ValueError, RecursionError):
        pass
    raise unusable(path, "exists and is not a scenario file; choose another name")


def _lists(value: Any) -> Any:
    """Plain data with lists for tuples, as TOML has them: otherwise no list of a file would equal its own."""
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _relative(target: Path, folder: Path) -> str:
    return str(target.relative_to(folder)) if target.is_relative_to(folder) else str(target)
