"""`gradsim compare`: a pass of each of two scenarios, side by side."""

import click

from ..arguments import OneOf, change_options, threads_option, width_option
from ..completion import ScenarioName
from ..process.output import emit
from ..scenario_arguments import STDIN, read, retitled

SHORT = 11  # columns of a name above its numbers


@click.command("compare", short_help="Run one pass of two scenarios and print them side by side.")
@click.argument("scenario", type=ScenarioName())
@click.argument("other", type=ScenarioName())
@change_options
@threads_option
@width_option
@click.option("--format", "form", type=OneOf("table", "plot"), default="table", help="table (default) or plot.")
def command(scenario: str, other: str, changes: tuple[str, ...], seed: str | None, form: str) -> int:
    """Run one pass of any two scenarios and print both side by side: verdicts, then layers or time steps.

    --set and --seed change both.

    \b
    Examples:
      gradsim compare sigmoid_20 relu_30
      gradsim compare mine.toml yours.toml --format plot
      gradsim compare post_norm_48 deepnorm_100 --set network.depth=24
    """
    from ....sim.errors import UserError
    from ....sim.numerics.allocator import keep_freed_memory
    from ....sim.simulation import simulate
    from ..report.table import to_plot, to_table
    from .run import report_compiling

    if scenario == other == STDIN:
        raise UserError(["standard input is one scenario; give the other as a preset or a file"])
    both = [retitled(read(name, changes, seed)[0], changes, seed) for name in (scenario, other)]
    keep_freed_memory()
    first, second = (simulate(one, report=report_compiling) for one in both)
    draw = to_table if form == "table" else to_plot
    emit(draw(second, first, names(scenario, other)))
    return 0


def names(scenario: str, other: str) -> tuple[str, str]:
    """What the two are called: their files' names, or where these are the same, first and second."""
    stems = [name.replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".toml") for name in (scenario, other)]
    return (stems[0], stems[1]) if stems[0][:SHORT] != stems[1][:SHORT] else ("the first", "the second")
