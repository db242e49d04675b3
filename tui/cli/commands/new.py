"""`gradsim new`: a scenario file with comments, from options or from questions."""

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from ....sim.errors import Problem, UserError
from ....sim.io.toml_read import toml_value
from ..arguments import scenario_options
from ..completion import ChoiceOf
from ..process.autosave import check_target
from ..process.output import emit, is_tty
from ..process.progress import say
from ..scenario_arguments import STDIN, edits

KEYS = {
    "kind": "network.kind", "depth": "network.depth", "width": "network.width", "steps": "time.steps",
    "activation": "network.activation", "init": "network.init", "norm": "network.norm", "skip": "network.skip",
    "task": "data.task", "batch": "data.batch", "loss": "loss.name", "optimizer": "training.optimizer",
    "title": "title",
}  # fmt: skip
"""The options, each with the key that it sets; on a terminal they are the questions, as far as they apply."""
ANY_ENDING = ("",)
OUT_HELP = f"Write to this file; {STDIN}, the default unless it asks, is standard output."


def _key_options(function: Any) -> Any:
    for name, key in reversed(KEYS.items()):
        about = f"Set {key}."
        function = click.option(f"--{name}", metavar=name.upper(), type=ChoiceOf(key), help=about)(function)
    return function


@click.command("new", short_help="Write a scenario file with comments, from options or questions.")
@_key_options
@scenario_options
@click.option("--out", metavar="FILE", help=OUT_HELP)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def command(out: str | None, force: bool, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None,
            **given: str | None) -> int:  # fmt: skip
    """Write a scenario file in which every key has its value and a comment that says what it is and allows.

    Without options, on a terminal, it asks for the most important keys; '?' lists the choices of a key.

    \b
    Examples:
      gradsim new                                        asks
      gradsim new --kind lstm --steps 100 --task adding --out mine.toml
      gradsim new --depth 50 --activation relu --set precision.format=float16
    """
    from ....sim.scenario.file import Change, make_scenario
    from ....sim.scenario.fixing import apply_fixes
    from ...state.commented_file import commented

    answers = {name: text for name, text in given.items() if text is not None}
    asks = not (answers or changes or fixes or seed is not None) and is_tty(sys.stdin) and is_tty(sys.stderr)
    if out is not None:
        refuse_target(out, force)
    if asks:
        from ..questions import ask_file, ask_scenario

        scenario = ask_scenario(KEYS.values())
        out = ask_file(scenario) if out is None and is_tty(sys.stdout) else out
    else:
        named = [Change(KEYS[name], text if name == "title" else toml_value(text), f"--{name}")
                 for name, text in answers.items()]  # fmt: skip
        scenario = apply_fixes(make_scenario({}, [*named, *edits(changes, seed)]), fixes)
    write(commented(scenario), out)
    return 0


def refuse_target(name: str, force: bool) -> None:
    """Refuse a file that can't be written, or is there and may not be replaced; raises UserError."""
    if name != STDIN:
        check_target(name, "--out", ANY_ENDING)
    if name != STDIN and not force and os.path.lexists(name):
        raise UserError([Problem(name, "is there already; choose another name, or --force replaces it", "--out")])


def write(text: str, out: str | None) -> None:
    """Write the file, whole or not at all, and say what to do with it; or print it."""
    if out in (None, STDIN):
        emit(text)
        return
    from ....sim.io.atomic import write_atomically

    assert out is not None
    write_atomically(Path(out), lambda file: file.write(text.encode("utf-8")))
    shown = shlex.quote(out)
    say(f"wrote {out}: 'gradsim {shown}' opens it, 'gradsim run {shown}' makes one pass of it")
