"""Scenario files: find, load and save them. Saving keeps the comments of the file that it changes."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Problem, ScenarioError
from ..io.atomic import real_path, write_atomically
from ..io.toml_read import read_bytes, read_toml, unusable
from .presets import Preset, locate, presets
from .scenario import Scenario, changed, parse_scenario
from .schema import FILES

__all__ = ["Change", "Preset", "load_scenario", "locate", "make_scenario", "presets", "save_scenario", "to_toml"]

SET = "--set"
CHANGES = "changes"  # those of a program


class Change(NamedTuple):
    """One dotted key of a scenario that an option of the command line sets; None takes the key away."""

    key: str
    value: Any
    option: str = SET


def load_scenario(path: Path | str, changes: Sequence[Change] = ()) -> Scenario:
    """The scenario in a TOML file with changes; raises ScenarioError with every problem, naming file or option."""
    path = Path(path)
    data = read_toml(path)
    for table, name in (key.split(".") for key in FILES):
        section = data.get(table)
        if isinstance(section, dict) and isinstance(section.get(name), str) and section[name]:
            section[name] = str(path.resolve().parent / section[name])
    return make_scenario(data, changes, str(path))


def make_scenario(data: Mapping[str, Any], changes: Sequence[Change] = (), where: str = "") -> Scenario:
    """The scenario of plain TOML data with changes, which may mend what is wrong with the data."""
    try:
        return parse_scenario(changed(data, [(change.key, change.value) for change in changes]))
    except ScenarioError as error:
        raise ScenarioError(_located(problem, changes, where) for problem in error.problems) from None


def _located(problem: Problem, changes: Sequence[Change], where: str) -> Problem:
    """The problem with where it comes from: the last option that set its key, or one that takes part, or the data."""
    for change in reversed(changes):
        if _overlap(change.key, problem.key):  # --seed names its key itself
            return replace(problem, where=change.option, key=problem.key if _takes_any(change.option) else "")
    for change in reversed(changes):
        if any(_overlap(change.key, key) for key in problem.keys):
            by = f"{change.option} {change.key}" if _takes_any(change.option) else change.option
            return replace(problem, where=f"{where} with {by}" if where else by)
    return replace(problem, where=where)


def _takes_any(option: str) -> bool:
    """Whether an option changes any key, so that a message must say which."""
    return option in (SET, CHANGES)


def _overlap(one: str, other: str) -> bool:
    """Whether two dotted keys are the same, or one stands within the table or the list of the other."""
    one, other = one.replace("[", "."), other.replace("[", ".")
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def save_scenario(scenario: Scenario, path: Path | str) -> None:
    """Write a scenario as TOML, whole or not at all; comments of an existing scenario file stay."""
    from ..io.toml_write import edited, fresh

    path = real_path(path)
    plain = _lists(scenario.plain())
    for table, name in (key.split(".") for key in FILES):
        if name in plain.get(table, {}):
            plain[table][name] = _relative(Path(plain[table][name]), path.parent)
    text = edited(_existing(path), fresh(plain), plain)
    write_atomically(path, lambda file: file.write(text.encode("utf-8")))


def to_toml(scenario: Scenario, resolved: bool = True) -> str:
    """The scenario as the text of a TOML file."""
    from ..io.toml_write import fresh

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
