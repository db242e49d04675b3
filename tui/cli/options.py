"""Options that several commands share, and the scenario that they make."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...sim.problems import Problem, ScenarioError, UserError, unknown
from ...sim.threads import limit_threads

if TYPE_CHECKING:
    from ...sim.scenario import Scenario

MOST_THREADS = 1024
F = TypeVar("F", bound=Callable[..., Any])


class OneOf(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """One word of a few; a wrong one is answered with the nearest."""

    name = "word"

    def __init__(self, *words: str):
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        """The words, as the help shows them."""
        return "|".join(self.words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """The word, if it is one of them."""
        if value not in self.words:
            option = param.opts[0] if param else ""
            raise UserError([Problem("", unknown(option.lstrip("-"), value, self.words), option)])
        return value


def scenario_options(function: F) -> F:
    """Add --fix, --set and --seed to a command."""
    for option in (
        click.option("--seed", metavar="N", help="Seed of every random number."),
        click.option("--set", "changes", metavar="KEY=VALUE", multiple=True,
                     help="Change one key, as network.depth=50; the value is TOML. Repeatable."),
        click.option("--fix", "fixes", metavar="NAME", multiple=True,
                     help="Switch a fix on, as he_init; a wrong name lists them all. Repeatable."),
    ):  # fmt: skip
        function = option(function)
    return function


def threads_option(function: F) -> F:
    """Add --threads to a command, which takes effect by itself."""
    about = "Threads at most, for everything; the numbers are the same. Default: the processors there are."
    return click.option("--threads", metavar="N", callback=_limit, expose_value=False, help=about)(function)


def _limit(_context: click.Context, _parameter: click.Parameter, text: str | None) -> None:
    if text is None:
        return
    if not (text.isdecimal() and 1 <= int(text[:5]) <= MOST_THREADS):
        raise UserError([Problem(text, f"give a whole number of threads from 1 to {MOST_THREADS}", "--threads")])
    limit_threads(int(text))


def read(name: str, changes: Sequence[str] = (), seed: str | None = None) -> "tuple[Scenario, Path]":
    """The scenario of a preset or file with the changes of --set and --seed, and its path."""
    from ...sim.files import load_scenario, locate

    path = locate(name)
    refuse_run(path)
    return change(load_scenario(path), changes, seed), path


def kinds(text: str | None, allowed: Sequence[str]) -> tuple[str, ...]:
    """The verdicts of --fail-on; raises UserError with the nearest spelling."""
    words = tuple(word.strip() for word in text.split(",")) if text is not None else ()
    wrong = [word for word in words if word not in allowed]
    if wrong:
        raise UserError(Problem("", unknown("verdict", word, allowed), "--fail-on") for word in wrong)
    return words


def change(scenario: "Scenario", changes: Sequence[str] = (), seed: str | None = None) -> "Scenario":
    """A scenario with the changes of --set and --seed; raises ScenarioError that names the option."""
    edits = _edits(scenario, changes)
    if seed is not None:
        scenario = edit_by(scenario, "seed", seed, "--seed")
    try:
        return scenario.edit(edits) if edits else scenario
    except ScenarioError as error:
        raise error.at("--set") from None


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
