"""The scenario that a command's words and options make. Imports neither click nor, until it reads, pydantic."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...sim.problems import Problem, ScenarioError, UserError

if TYPE_CHECKING:
    from ...sim.scenario import Scenario


def chosen(name: str | None, fixes: Sequence[str], changes: Sequence[str], seed: str | None,
           ) -> "tuple[Scenario, Path | None]":  # fmt: skip
    """The scenario that is to be opened, and its path; raises UserError, also of fixes that do not apply."""
    from ...sim.fixing import apply_fixes
    from ...sim.scenario import Scenario

    scenario, path = read(name, changes, seed) if name else (change(Scenario(), changes, seed), None)
    apply_fixes(scenario, fixes)
    return scenario, path


def read(name: str, changes: Sequence[str] = (), seed: str | None = None) -> "tuple[Scenario, Path]":
    """The scenario of a preset or file with the changes of --set and --seed, and its path."""
    from ...sim.files import load_scenario, locate

    path = locate(name)
    refuse_run(path)
    return change(load_scenario(path), changes, seed), path


def change(scenario: "Scenario", changes: Sequence[str] = (), seed: str | None = None) -> "Scenario":
    """A scenario with the changes of --set and --seed; raises ScenarioError that names the option."""
    edits = _edits(scenario, changes)
    if seed is not None:
        scenario = edit_by(scenario, "seed", seed, "--seed")
    try:
        return scenario.edit(edits) if edits else scenario
    except ScenarioError as error:
        raise error.at("--set") from None


def told(scenario: "Scenario", changes: Sequence[str] = (), *others: object) -> "Scenario":
    """A scenario that says if options have changed what its file tells of."""
    from ...sim.retold import edited

    own = [text.partition("=")[0].strip() for text in changes]
    return edited(scenario, own) if any((*others, {*own} - {"title", "summary"})) else scenario


def edit_by(scenario: "Scenario", key: str, text: str, option: str) -> "Scenario":
    """A scenario with the one key that an option sets; raises ScenarioError that names the option."""
    try:
        return scenario.edit({key: toml_value(text)})
    except ScenarioError as error:
        raise ScenarioError(replace(problem, key="", where=option) for problem in error.problems) from None


def refuse_run(path: Path) -> None:
    """Tell a saved run, which is no scenario file, and what to do with it."""
    if path.suffix.lower() != ".npz":
        return
    from ...sim.run_file import is_run

    if is_run(path):
        message = (
            f"is a saved run of training: 'gradsim train {path}' prints or continues it, 'gradsim {path}' opens it"
        )
        raise ScenarioError([Problem("", message, str(path))])


def toml_value(text: str) -> Any:
    """A value as TOML reads it; a bare word, or anything else that is no TOML, is text."""
    try:
        found = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return found["value"] if len(found) == 1 else text


def _edits(scenario: "Scenario", changes: Sequence[str]) -> dict[str, Any]:
    """Dotted keys and values; a parameter of a choice (network.init.std) joins the choice that is there."""
    from ...sim.choice import Choice
    from ...sim.scenario import get

    edits: dict[str, Any] = {}
    for text in changes:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not all(key.split(".")):
            message = "give KEY=VALUE, such as network.depth=50 or network.activation=relu"
            raise UserError([Problem(text, message, "--set")])
        parent, _, last = key.rpartition(".")
        try:
            choice = edits.get(parent, get(scenario, parent) if parent else None)
        except AttributeError:
            choice = None
        plain = choice.plain() if isinstance(choice, Choice) else choice
        if isinstance(choice, (Choice, str)) or (isinstance(choice, dict) and parent in edits):
            table = plain if isinstance(plain, dict) else {"name": plain}
            edits[parent] = table | {last: toml_value(value)}
        else:
            edits[key] = toml_value(value)
            if key == "data.file" and edits[key] and isinstance(edits[key], str):
                edits[key] = _absolute(edits[key])
    return edits


def _absolute(name: str) -> str:
    """A file's name from the shell's folder, not the scenario's; as it is if that folder is gone."""
    try:
        return str(Path(name).absolute())
    except OSError:
        return name
