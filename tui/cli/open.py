"""`gradsim [SCENARIO]`: the terminal interface."""

import os
import sys
from pathlib import Path

import click

from ...sim.menu import nearest
from ...sim.presets import FIRST, locate, presets
from ...sim.problems import Problem, ScenarioError, UserError, given
from .options import change, read, scenario_options, threads_option
from .output import has_screen, is_tty


@click.command("open")
@click.argument("words", nargs=-1, metavar="[SCENARIO|RUN.npz]")
@scenario_options
@threads_option
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def command(words: tuple[str, ...], fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None,
            no_mouse: bool) -> int:  # fmt: skip
    """Open a scenario, or a saved run of training, in the terminal interface."""
    if len(words) == 1 and words[0].lower().endswith(".npz"):
        return _reopen(Path(words[0]), fixes, changes, seed, no_mouse)
    name = words[0] if words else _first()
    if words:
        _check(words)
    if name:
        chosen, path = read(name, changes, seed)
    else:
        from ...sim.scenario import Scenario

        chosen, path = change(Scenario(), changes, seed), None
    from ...sim.fixing import apply_fixes

    apply_fixes(chosen, fixes)
    _require_screen(name)
    _prepare()
    from ..app import run_app

    return int(run_app(chosen, path, mouse=not no_mouse, fixes=fixes))


def _reopen(path: Path, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, no_mouse: bool) -> int:
    """Open a saved run where it stopped."""
    given_too = [option for option, value in (("--set", changes), ("--seed", seed)) if value]
    if given_too:
        raise UserError(Problem("", "a saved run stays as it was made; leave this out", option) for option in given_too)
    from ...sim.fixing import apply_fixes
    from ...sim.run_file import load_run
    from .run import report_compiling

    run = load_run(path, report_compiling)
    apply_fixes(run.scenario, fixes)
    _require_screen(str(path))
    _prepare()
    from ..app import run_app

    return int(run_app(run.scenario, None, mouse=not no_mouse, fixes=fixes, run=run))


def _prepare() -> None:
    """What textual reads when it is imported."""
    os.environ.setdefault("TEXTUAL_FPS", "30")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def _first() -> str | None:
    """The preset that is open when none is asked for."""
    names = [preset.name for preset in presets()]
    return FIRST if FIRST in names else (names[0] if names else None)


def _check(words: tuple[str, ...]) -> None:
    """Refuse what is neither scenario nor command, with the nearest of both."""
    from .main import COMMANDS

    name, *others = words
    if name in COMMANDS:
        raise UserError([f"the command comes first and its options follow: gradsim {name} ... (see gradsim --help)"])
    if others:
        raise UserError([f"one scenario at a time; {given(others[0])} is one too many"])
    try:
        locate(name)
    except ScenarioError as error:
        near = nearest(name, COMMANDS)
        if near is None or "did you mean" in str(error):
            raise
        message = f"no command, preset or file \"{name}\"; did you mean gradsim {near}? see 'gradsim --help'"
        raise UserError([Problem("", message)]) from None


def _require_screen(name: str | None) -> None:
    if not has_screen():
        term = os.environ.get("TERM") or "not set"
        piped = not (is_tty(sys.stdin) and is_tty(sys.stdout))
        reason = "there is none" if piped else f"TERM is {term}"
        raise UserError([f"the interface needs a terminal, and {reason}; "
                         f"without a screen: gradsim run {name or 'SCENARIO'}"])  # fmt: skip
