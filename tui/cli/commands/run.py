"""`gradsim run`: one forward and backward pass without a screen."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ....sim.errors import Cancelled, Problem, UserError
from ..arguments import OneOf, kinds, scenario_options, threads_option, width_option
from ..completion import ScenarioName
from ..process.autosave import check_target
from ..process.output import emit, orderly
from ..process.progress import say
from ..process.signals import Stop
from ..scenario_arguments import read, retitled, weights_note

if TYPE_CHECKING:
    from ....sim.results.trace import Trace
    from ....sim.scenario.scenario import Scenario
    from ....sim.training.trial import Trial

FORMATS = ("table", "plot", "json", "csv")
FORMAT_HELP = ("table (default) and plot show the network as it is beside the one with fixes; "
               "json and csv only the one with fixes.")  # fmt: skip
TRIAL_HELP = ("Also train for N updates (50) with the scenario's optimizer and with Adam at 0.001 and 0.01 (with "
              "fixes), six times as long if none has learned by then, and say which learns.")  # fmt: skip
WEIGHTS_HELP = "Also write the weights (with fixes) as .safetensors or .npz, for network.weights or another program."
MOST_UPDATES = 100_000
ADVICE_SECONDS = 10.0  # that the JSON of a trial may take for advice, where it needs any
FAILURES = ("vanishing", "exploding", "nonfinite", "dead")
FAIL_HELP = f"End with status 1 on these verdicts (with fixes): {', '.join(FAILURES)}."


@click.command("run", short_help="Run one pass and print what happens to the gradient.")
@click.argument("scenario", type=ScenarioName())
@scenario_options
@threads_option
@width_option
@click.option("--format", "form", type=OneOf(*FORMATS), default="table", help=FORMAT_HELP)
@click.option("--trial", metavar="[N]", is_flag=False, flag_value="50", help=TRIAL_HELP)
@click.option("--dump", metavar="FILE.npz", help="Also write every array of the pass (with fixes).")
@click.option("--save-weights", metavar="FILE", help=WEIGHTS_HELP)
@click.option("--fail-on", metavar="KIND,...", help=FAIL_HELP)
def command(scenario: str, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, form: str,
            trial: str | None, dump: str | None, save_weights: str | None, fail_on: str | None) -> int:  # fmt: skip
    """Run one forward and backward pass and print what happens to the gradient.

    \b
    Examples:
      gradsim run relu_30
      gradsim run relu_30 --fix he_init --format plot
      gradsim run relu_30 --set network.depth=100 --format csv > layers.csv
      gradsim run mine.toml --trial
      gradsim run mine.toml --dump pass.npz --fail-on vanishing,nonfinite
    """
    from ....sim.scenario.fixing import apply_fixes

    failures = kinds(fail_on, FAILURES)
    check_target(dump, "--dump")
    check_target(save_weights, "--save-weights", (".safetensors", ".npz"))
    updates = _updates(trial)
    chosen, _ = read(scenario, changes, seed)
    chosen = retitled(chosen, changes, seed)
    repaired = apply_fixes(chosen, fixes)
    if updates:
        from ....sim.data.probe import refuse_probe

        refuse_probe(repaired)
    everything = form in ("json", "csv")
    baseline = None if everything or not fixes else _pass(chosen)
    trace = _pass(repaired, spectral=everything, dump=dump)
    if text := weights_note(repaired):
        say(text)
    if save_weights is not None:
        _save_weights(repaired, Path(save_weights))
    with Stop() as stop:
        tried = _trial(repaired, updates, stop) if updates else None
        if tried is not None:
            trace = replace(trace, verdict=replace(trace.verdict, outlook=tried.outlook))
        emit(_text(form, trace, baseline, fixes, scenario, tried, stop))
    if stop.number:
        return stop.status
    return 1 if trace.verdict.kind in failures else 0


def _pass(scenario: "Scenario", *, spectral: bool = False, dump: str | None = None) -> "Trace":
    """One pass; the first of an installation says on a terminal what it waits for."""
    from ....sim.interop.arrays import dump as dump_arrays
    from ....sim.interop.arrays import save_dump
    from ....sim.numerics.allocator import keep_freed_memory
    from ....sim.simulation import simulate

    keep_freed_memory()
    if dump is None:
        return simulate(scenario, report=report_compiling, spectral=spectral)
    trace, arrays = dump_arrays(scenario, spectral=spectral)
    with orderly():
        save_dump(arrays, Path(dump))
    return trace


def _save_weights(scenario: "Scenario", path: Path) -> None:
    from ....sim.interop.weights import save_weights, weights

    arrays = weights(scenario)
    with orderly():
        save_weights(arrays, path)


def _updates(text: str | None) -> int:
    """The number of --trial; 0 without it."""
    if text is None:
        return 0
    if not (text.isdecimal() and 1 <= int(text[:7]) <= MOST_UPDATES):
        message = f"give a whole number of updates from 1 to {MOST_UPDATES}, after the scenario"
        raise UserError([Problem(text, message, "--trial")])
    return int(text)


def _trial(scenario: "Scenario", updates: int, stop: Stop) -> "Trial | None":
    """The trial, None if it was stopped."""
    from ....sim.training.trial import trial

    try:
        return trial(scenario, updates, stop.check)
    except Cancelled:
        return None


def report_compiling(done: int, total: int) -> None:
    """Say on a terminal what the first run of an installation waits for."""
    if sys.stderr is not None and sys.stderr.isatty():
        end = "\r\x1b[K" if done + 1 >= total else ""
        sys.stderr.write(f"\rcompiling kernels {done + 1}/{total}, first run only{end}")
        sys.stderr.flush()


def _text(form: str, trace: "Trace", baseline: "Trace | None", fixes: tuple[str, ...], name: str,
          tried: "Trial | None", stop: Stop) -> str:  # fmt: skip
    from ..report.advice import concern_lines, outlook_lines, trial_record

    if form == "json":
        from ..report.records import to_json

        if tried is None or trace.scenario is None:
            return to_json(trace)
        more: dict[str, object] = {"trial": trial_record(tried), "advice": []}
        if tried.outlook != "trains":
            from ..advice_loop import ask

            more["advice"] = [one.to_dict() for one in ask(trace.scenario, ADVICE_SECONDS, stop, tried)[0]]
        return to_json(trace, more)
    if form == "csv":
        from ..report.records import to_csv

        return to_csv(trace)
    from ....sim.scenario.fix_menu import in_words
    from ..report.page import AS_IT_IS
    from ..report.table import to_plot, to_table

    draw = to_table if form == "table" else to_plot
    return draw(
        trace,
        baseline,
        (AS_IT_IS, f"with {in_words(fixes)}"),
        [*concern_lines(trace), *outlook_lines(trace, tried, name)],
    )
