"""`gradsim train`: update after update without a screen."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ....sim.errors import Problem, UserError
from ..arguments import OneOf, kinds, scenario_options, threads_option, width_option
from ..completion import ScenarioName
from ..process.autosave import check_run_target
from ..process.progress import say
from ..process.signals import Stop
from ..scenario_arguments import read, retitled, weights_note
from .run import FORMATS

if TYPE_CHECKING:
    from ....sim.scenario.scenario import Scenario

FORMAT_HELP = ("table (default) and plot are printed at the end and show the run as it is beside the one with fixes; "
               "json and csv print a line for each update as it is made, of the run with fixes only.")  # fmt: skip
OF_A_PASS = ("vanishing", "exploding", "dead")
FAILURES = ("nonfinite", *OF_A_PASS, "stalled", "diverging", "undecided")
FAIL_HELP = ("End with status 1 on these verdicts (with fixes): nonfinite of any update; vanishing, exploding, dead of "
             "the last; stalled, diverging, undecided of the whole run.")  # fmt: skip
SAVE_HELP = "Save the run (with fixes) at the end, every half minute, and when it is stopped."
FIXED = "a saved run goes on as it was made; leave this out, or train its scenario anew"


@click.command("train", short_help="Train, update by update, and print what becomes of it.")
@click.argument("scenario", type=ScenarioName(), metavar="SCENARIO|RUN.npz")
@scenario_options
@threads_option
@width_option
@click.option("--iterations", metavar="N", help="Make N updates, whatever the scenario says; of a saved run N in all.")
@click.option("--format", "form", type=OneOf(*FORMATS), default="table", help=FORMAT_HELP)
@click.option("--save", metavar="RUN.npz", help=SAVE_HELP)
@click.option("--fail-on", metavar="KIND,...", help=FAIL_HELP)
def command(scenario: str, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None,
            iterations: str | None, form: str, save: str | None, fail_on: str | None) -> int:  # fmt: skip
    """Train, update by update, and print what becomes of loss and gradient.

    A saved RUN.npz is continued up to its number of updates, or that of --iterations, and printed. Ctrl-C stops
    early, and saves and prints what there is.

    \b
    Examples:
      gradsim train digits_20
      gradsim train digits_20 --fix relu --fix he_init --format plot
      gradsim train mine.toml --iterations 1000 --format json > updates.jsonl
      gradsim train mine.toml --save run.npz --fail-on nonfinite,stalled
      gradsim train run.npz --iterations 2000 --save run.npz
    """
    failures = kinds(fail_on, FAILURES)
    check_run_target(save, "--save")
    from ....sim.errors import Cancelled
    from ..train_loop import Work

    with Stop() as stop:
        work = Work(form, save, stop)
        with contextlib.suppress(Cancelled):
            if _is_run(scenario):
                _refuse({"--fix": fixes, "--set": changes, "--seed": seed})
                work.reopen(Path(scenario), iterations)
            else:
                baseline, repaired = _scenarios(scenario, fixes, changes, seed, iterations)
                if text := weights_note(repaired):
                    say(text)
                work.begin(retitled(baseline, changes, seed), retitled(repaired, changes, seed, fixes))
            work.train()
    work.show(fixes)
    return stop.status or (2 if work.unsaved else 0) or int(work.failed(failures))


def _is_run(name: str) -> bool:
    """Whether it is to be read as a saved run, which a file may be or not that is named like one."""
    from ....sim.training.run_file import is_run

    return name.lower().endswith(".npz") or is_run(Path(name))


def _refuse(options: dict[str, object]) -> None:
    if fixed := [name for name, value in options.items() if value not in (None, ())]:
        raise UserError(Problem("", FIXED, name) for name in fixed)


def _scenarios(name: str, fixes: Sequence[str], changes: Sequence[str], seed: str | None,
               iterations: str | None) -> "tuple[Scenario, Scenario]":  # fmt: skip
    """The scenario as it is and with fixes."""
    from ....sim.scenario.fixing import apply_fixes

    chosen, _ = read(name, changes, seed, iterations)
    return chosen, apply_fixes(chosen, fixes)
