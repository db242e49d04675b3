"""`gradsim run`: one forward and backward pass without a screen."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import OneOf, kinds, scenario_options, threads_option
from ..process.autosave import check_target
from ..process.output import emit, orderly
from ..scenario_arguments import read, told

if TYPE_CHECKING:
    from ....sim.results.trace import Trace
    from ....sim.scenario.scenario import Scenario

FORMATS = ("table", "plot", "json", "csv")
FORMAT_HELP = ("table (default) and plot show the network as it is beside the one with fixes, "
               "json and csv only the one with fixes.")  # fmt: skip
FAILURES = ("vanishing", "exploding", "nonfinite", "dead")
FAIL_HELP = f"End with status 1 on these verdicts (with fixes): {', '.join(FAILURES)}."


@click.command("run", short_help="Run one pass and print what happens to the gradient.")
@click.argument("scenario")
@scenario_options
@threads_option
@click.option("--format", "form", type=OneOf(*FORMATS), default="table", help=FORMAT_HELP)
@click.option("--dump", metavar="FILE.npz", help="Also write every array of the pass (with fixes).")
@click.option("--fail-on", metavar="KIND,...", help=FAIL_HELP)
def command(scenario: str, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None, form: str,
            dump: str | None, fail_on: str | None) -> int:  # fmt: skip
    """Run one forward and backward pass and print what happens to the gradient.

    \b
    Examples:
      gradsim run relu_30
      gradsim run relu_30 --fix he_init --format plot
      gradsim run relu_30 --set network.depth=100 --format csv > layers.csv
      gradsim run mine.toml --dump pass.npz --fail-on vanishing,nonfinite
    """
    from ....sim.scenario.fixing import apply_fixes

    failures = kinds(fail_on, FAILURES)
    check_target(dump, "--dump")
    chosen, _ = read(scenario, changes, seed)
    chosen = told(chosen, changes, seed)
    repaired = apply_fixes(chosen, fixes)
    everything = form in ("json", "csv")
    baseline = None if everything or not fixes else _pass(chosen)
    trace = _pass(repaired, spectral=everything, dump=dump)
    emit(_text(form, trace, baseline, fixes))
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


def report_compiling(done: int, total: int) -> None:
    """Say on a terminal what the first run of an installation waits for."""
    if sys.stderr is not None and sys.stderr.isatty():
        end = "\r\x1b[K" if done + 1 >= total else ""
        sys.stderr.write(f"\rcompiling kernels {done + 1}/{total}, first run only{end}")
        sys.stderr.flush()


def _text(form: str, trace: "Trace", baseline: "Trace | None", fixes: tuple[str, ...]) -> str:
    if form == "json":
        from ..report.records import to_json

        return to_json(trace)
    if form == "csv":
        from ..report.records import to_csv

        return to_csv(trace)
    from ..report.table import to_plot, to_table

    draw = to_table if form == "table" else to_plot
    return draw(trace, baseline, fixes)
