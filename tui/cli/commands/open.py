"""`gradsim [SCENARIO]`: the terminal interface."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ....sim.errors import Problem, ScenarioError, UserError, printable, quoted
from ....sim.io.toml_read import DATA, UNTITLED, read_toml
from ....sim.scenario.presets import FIRST, locate, preset_paths
from ...terminal.glyphs import fit
from ...workers.prefetch import Ahead, Request
from ..arguments import scenario_options, threads_option
from ..completion import ScenarioName
from ..process.output import has_screen, is_tty
from ..scenario_arguments import STDIN, chosen

if TYPE_CHECKING:
    from ....sim.scenario.scenario import Scenario


@click.command("open")
@click.argument("words", type=ScenarioName(), nargs=-1, metavar="[SCENARIO|RUN.npz]")
@scenario_options
@threads_option
@click.option(
    "--against",
    metavar="SCENARIO",
    type=ScenarioName(),
    help="Draw another scenario over the first: --fix applies to it, --set and --seed to both.",
)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--present", is_flag=True, help="Show an audience nothing but chart, verdict and lesson (key P).")
def command(words: tuple[str, ...], fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None,
            against: str | None, no_mouse: bool, present: bool) -> int:  # fmt: skip
    """Open a scenario, or a saved run of training, in the terminal interface."""
    if len(words) == 1 and words[0].lower().endswith(".npz"):
        return _reopen(Path(words[0]), fixes, changes, seed, against, no_mouse, present)
    name = words[0] if words else _first()
    if words:
        _check(words)

    def read() -> "tuple[Scenario, Path | None]":
        return chosen(name, () if against else fixes, changes, seed)

    def read_other() -> "tuple[Scenario, Path | None]":
        return chosen(against, fixes, changes, seed)

    if against:
        _check((against,))
    if not has_screen():
        read()
        raise _no_screen(name)
    title = _title(name)
    _prepare()
    request = Request(name, () if against else fixes, changes, seed) if name and locate(name).is_file() else None
    with _quickly(), Ahead(request) as ahead:
        from ...running import run_app

        return int(run_app(read, title, mouse=not no_mouse, fixes=fixes, ahead=ahead, present=present,
                           against=read_other if against else None))  # fmt: skip


def _reopen(path: Path, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, against: str | None,
            no_mouse: bool, present: bool) -> int:  # fmt: skip
    """Open a saved run where it stopped."""
    given_too = [option for option, value in (("--set", changes), ("--seed", seed), ("--against", against)) if value]
    if given_too:
        raise UserError(Problem("", "a saved run stays as it was made; leave this out", option) for option in given_too)
    from ....sim.scenario.fixing import apply_fixes
    from ....sim.training.run_file import load_run
    from .run import report_compiling

    run = load_run(path, report_compiling)
    apply_fixes(run.scenario, fixes)
    if not has_screen():
        raise _no_screen(str(path))
    _prepare()
    from ...running import run_saved

    return int(run_saved(run, mouse=not no_mouse, fixes=fixes, present=present))


@contextlib.contextmanager
def _quickly() -> Iterator[None]:
    """Look for no garbage in what is being imported, all of which stays; run_app looks for it again from then on."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _prepare() -> None:
    """What textual and NumPy read when they are imported."""
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "22")  # idle threads spin 2^22 cycles, not the 0.1 s of default
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def _first() -> str | None:
    """The preset that is open when none is asked for."""
    names = preset_paths()
    return FIRST if FIRST in names else next(iter(names), None)


def _title(name: str | None) -> str:
    """What the first paint calls a scenario, before it is validated; raises ScenarioError if it is no TOML at all."""
    path = locate(name) if name else None
    if path is None or path.suffix.lower() in DATA or (path.exists() and not path.is_file()):  # a pipe is read once
        return path.name if path else UNTITLED
    title = read_toml(path).get("title", UNTITLED)
    return fit(printable(title), 60) if isinstance(title, str) else path.name


def _check(words: tuple[str, ...]) -> None:
    """Refuse what is neither scenario nor command, with the nearest of both."""
    from ..main import COMMANDS, refuse_slip

    name, *others = words
    if name == STDIN:
        raise UserError(["- is a scenario on standard input, where the interface reads keys; gradsim run - takes it"])
    if name in COMMANDS:
        raise UserError([f"the command comes first and its options follow: gradsim {name} ... (see gradsim --help)"])
    if others:
        refuse_slip(name)
        raise UserError([f"one scenario at a time; {quoted(others[0])} is one too many"])
    try:
        locate(name)
    except ScenarioError as error:
        if "did you mean" not in str(error):
            refuse_slip(name)
        raise


def _no_screen(name: str | None) -> UserError:
    term = os.environ.get("TERM") or "not set"
    piped = not (is_tty(sys.stdin) and is_tty(sys.stdout))
    reason = "there is none" if piped else f"TERM is {term}"
    return UserError([f"the interface needs a terminal, and {reason}; "
                      f"without a screen: gradsim run {name or 'SCENARIO'}"])  # fmt: skip
