"""`gradsim advise`: every fix tried, and ranked by what came of it."""

import math

import click

from ....sim.errors import Problem, UserError
from ..arguments import OneOf, scenario_options, threads_option, width_option
from ..completion import ScenarioName
from ..process.output import emit
from ..process.signals import Stop
from ..scenario_arguments import read, retitled
from .run import report_compiling

SECONDS_HELP = "The most time to take; the least intrusive fixes are tried first. Default: 30."


@click.command("advise", short_help="Try the fixes, alone and in pairs, and rank them.")
@click.argument("scenario", type=ScenarioName())
@scenario_options
@threads_option
@width_option
@click.option("--seconds", metavar="S", default="30", help=SECONDS_HELP)
@click.option("--format", "form", type=OneOf("table", "json"), default="table", help="table (default) or json.")
def command(scenario: str, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, seconds: str,
            form: str) -> int:  # fmt: skip
    """Try every fix that applies, alone and in pairs, and rank them.

    Each fix is given a pass and 10 updates of training. Those that learn, and the better half of the rest, are given
    50, until five of them heal the network; where none does, what came nearest is given 300. To heal is to reach a loss
    below 90% of the best constant output's. What heals is listed first: with the scenario's own optimizer, against what
    is known to be the cause, by how little it changes and costs; then the rest by loss. Ctrl-C stops early and prints
    what is known.

    \b
    Examples:
      gradsim advise digits_20
      gradsim advise mine.toml --seconds 10 --format json
    """
    from ....sim.scenario.fixing import apply_fixes

    limit = _seconds(seconds)
    chosen, _ = read(scenario, changes, seed)
    wanted = apply_fixes(retitled(chosen, changes, seed), fixes)
    from ....sim.numerics.allocator import keep_freed_memory
    from ....sim.simulation import simulate
    from ..advice_loop import ask
    from ..report.advice import advice_json, advice_lines, concern_lines
    from ..report.table import heading

    keep_freed_memory()
    trace = simulate(wanted, report=report_compiling)
    with Stop() as stop:
        ranked, complete = ask(wanted, limit, stop)
    if form == "json":
        emit(advice_json(trace, ranked, complete))
    else:
        fine = trace.verdict.kind == "healthy" and wanted.loss.is_probe
        before = ["nothing is wrong with the gradient of this pass; with the fixes it is so:"] if fine else []
        lines = [*heading(trace), *concern_lines(trace), "", *before, *advice_lines(wanted, ranked, complete=complete)]
        over = f"{limit:g} s were over; --seconds gives more"
        lines += [] if complete else [f"not all was tried: {'stopped' if stop.number else over}"]
        emit("\n".join(lines) + "\n")
    return stop.status


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UserError([Problem(text, "give a number of seconds above 0", "--seconds")])
    return seconds
