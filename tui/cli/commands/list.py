"""`gradsim list`: the presets."""

import json
import textwrap
from dataclasses import asdict

import click

from ....sim.errors import printable
from ....sim.scenario.presets import Preset, presets
from ...state.course import topics
from ..arguments import OneOf, width_option
from ..process.output import emit
from ..report.page import columns


@click.command("list", short_help="List the presets by topic, in the order of a course.")
@click.option("--format", "form", type=OneOf("table", "json"), default="table", help="table (default) or json.")
@width_option
def command(form: str) -> None:
    """List the presets (the scenarios that come with gradsim) by topic, in the order of a course.

    \b
    Examples:
      gradsim list
      gradsim list --format json
    """
    if form == "json":
        rows = [asdict(preset) | {"path": str(preset.path)} for preset in presets()]
        emit(json.dumps(rows, indent=2) + "\n")
    else:
        emit(_table())


def _table() -> str:
    if not presets():
        return "no presets are installed\n"
    lines = []
    for topic in topics():
        lines += ["", topic.title.upper()]
        for preset in topic.presets:
            lines += _preset_rows(preset)
    return "\n".join(lines[1:]) + "\n"


def _preset_rows(preset: Preset) -> list[str]:
    """Name and title, and below them what it is about."""
    head = textwrap.wrap(f"{preset.name:<26} {_line(preset.title)}", columns(), subsequent_indent=" " * 27)
    indent = " " * 4
    return [
        *head,
        *textwrap.wrap(_line(preset.summary), columns() - 4, initial_indent=indent, subsequent_indent=indent),
    ]


def _line(text: object) -> str:
    return printable(" ".join(str(text).split()))
