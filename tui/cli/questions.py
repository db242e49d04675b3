"""The questions of `gradsim new`, on stderr: the form's keys one by one, Enter for what stands in brackets."""

from collections.abc import Iterable
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap

import click

from ...sim import registry
from ...sim.errors import UserError, printable
from ...sim.scenario.file import make_scenario
from ...sim.scenario.scenario import Scenario
from ..state.form_fields import MENUS, Field, changes, fields
from ..state.recent_files import is_there
from ..state.save import slug
from .main import complain

LIST = "?"


def ask_scenario(keys: Iterable[str]) -> Scenario:
    """The scenario that answers make, beginning with all defaults; keys that do not apply are not asked for."""
    _say(f"Enter takes what stands in brackets, {LIST} lists what there is, Ctrl+C leaves.")
    scenario = make_scenario({})
    for key in keys:
        field = next((field for field in fields(scenario) if field.key == key), None)
        if field is not None:
            scenario = _answered(scenario, field)
    return scenario


def ask_file(scenario: Scenario) -> str:
    """Where to write it; a file that is there is not taken."""
    while True:
        name = _ask("file", f"{slug(scenario.title)}.toml")
        if not is_there(Path(name)):
            return name
        complain(f"{name} is there already; choose another name")


def _answered(scenario: Scenario, field: Field) -> Scenario:
    """The scenario with one more answer; a wrong one is explained and asked for again."""
    while True:
        text = _ask(f"{field.label}, {field.about}", field.value)
        if text == LIST:
            _list(field)
            continue
        try:
            return scenario.edit(changes(scenario, {field.key: text}))
        except UserError as error:
            complain(str(error))


def _ask(words: str, default: str) -> str:
    return str(click.prompt(printable(words), default=default, err=True)).strip()


def _list(field: Field) -> None:
    menu = MENUS.get(field.key)
    widest, width = max(map(len, field.options), default=0) + 4, get_terminal_size().columns
    for name in field.options:
        words = f"  {name:<{widest - 4}}  {registry.entry(menu, name).summary if menu else ''}".rstrip()
        _say("\n".join(wrap(words, max(width - 1, 2 * widest), subsequent_indent=" " * widest, drop_whitespace=True)))
    if not field.options:
        _say(f"  {field.about}")


def _say(text: str) -> None:
    click.echo(printable(text), err=True)
