"""Scenario files: find, load and save them. Saving keeps the comments of the file that it changes."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from .presets import Preset, locate, presets
from .problems import Problem, ScenarioError
from .scenario import Scenario, parse_scenario
from .whole import write_whole

__all__ = ["Preset", "load_scenario", "locate", "presets", "save_scenario", "to_toml"]

LARGEST = 1_000_000  # bytes; a scenario file has some hundred


def load_scenario(path: Path | str) -> Scenario:
    """The scenario in a TOML file; raises ScenarioError with every problem, each naming the file."""
    path = Path(path)
    try:
        data = tomllib.loads(_read(path).decode("utf-8-sig"))  # some editors begin a file with a mark
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, f"is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise _unusable(path, f"is not UTF-8 text: byte {error.start}; save it as UTF-8") from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise _unusable(path, "holds a number with too many digits") from None
    except RecursionError:
        raise _unusable(path, "is nested too deeply for a scenario") from None
    section = data.get("data")
    if isinstance(section, dict) and isinstance(section.get("file"), str) and section["file"]:
        section["file"] = str(path.resolve().parent / section["file"])
    try:
        return parse_scenario(data)
    except ScenarioError as error:
        raise error.at(str(path)) from None


def save_scenario(scenario: Scenario, path: Path | str) -> None:
    """Write a scenario as TOML, whole or not at all; comments of an existing scenario file stay."""
    path = Path(os.path.realpath(path))
    plain = scenario.plain()
    if scenario.data.file is not None:
        plain["data"]["file"] = _relative(Path(scenario.data.file), path.parent)
    document = _existing(path)
    _update(document, plain)
    text = tomlkit.dumps(document)
    write_whole(path, lambda file: file.write(text.encode("utf-8")))


def to_toml(scenario: Scenario, resolved: bool = True) -> str:
    """The scenario as the text of a TOML file."""
    document = tomlkit.document()
    _update(document, scenario.plain(resolved))
    return tomlkit.dumps(document)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise _unusable(path, "is a folder; give a scenario file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _unusable(path, "no such file") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, f"can't be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise _unusable(path, f"is larger than {LARGEST:,} bytes; that is no scenario file")
    return content


def _unusable(path: Path, message: str) -> ScenarioError:
    return ScenarioError([Problem("", message, str(path))])


def _existing(path: Path) -> tomlkit.TOMLDocument:
    if not path.exists():
        return tomlkit.document()
    try:
        return tomlkit.parse(_read(path).decode("utf-8"))
    except (tomlkit.exceptions.TOMLKitError, UnicodeDecodeError):
        raise _unusable(path, "exists and is not a scenario file; choose another name") from None


def _update(table: Any, plain: Mapping[str, Any]) -> None:
    """Make a TOML table say what plain data say, touching only the values that differ."""
    for key in [key for key in table if key not in plain]:
        del table[key]
    for key, value in plain.items():
        old = table.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            _update(old, value)
        elif old is None or old != value:
            table[key] = _item(value, inline=not isinstance(table, tomlkit.TOMLDocument))


def _item(value: Any, inline: bool) -> Any:
    """A value as TOML writes it: the scenario's own tables as [sections], what stands in them in one line."""
    if isinstance(value, Mapping):
        item: Any = tomlkit.inline_table() if inline else tomlkit.table()
        _update(item, value)
        return item
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        tables = tomlkit.aot()
        for entry in value:
            tables.append(_item(entry, inline=False))
        return tables
    return list(value) if isinstance(value, tuple) else value


def _relative(target: Path, folder: Path) -> str:
    return str(target.relative_to(folder)) if target.is_relative_to(folder) else str(target)
