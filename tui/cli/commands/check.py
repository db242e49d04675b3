"""`gradsim check`: validate scenario files."""

from dataclasses import replace

import click

from ....sim.errors import Problem, UserError, printable
from ..arguments import scenario_options
from ..completion import ScenarioName
from ..process.output import emit
from ..scenario_arguments import read

ALSO = ("validate", "lint", "verify")


@click.command("check", short_help="Check scenario files and report all problems at once.")
@click.argument("scenarios", type=ScenarioName(), nargs=-1, required=True, metavar="SCENARIO...")
@scenario_options
def command(scenarios: tuple[str, ...], fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None) -> None:
    """Check scenario files and report every problem; the status is 2 if any file is bad.

    \b
    Examples:
      gradsim check mine.toml
      gradsim check scenarios/*.toml
      gradsim check mine.toml --set data.batch=2
    """
    from ....sim.data.batches import load_samples
    from ....sim.network.stored_weights import check_weights
    from ....sim.scenario.fixing import apply_fixes

    problems: list[Problem] = []
    for name in scenarios:
        try:
            scenario = apply_fixes(read(name, changes, seed)[0], fixes)
            if scenario.network.weights is not None:
                check_weights(scenario, load_samples(scenario))
            elif scenario.data.file is not None:
                load_samples(scenario)
            if scenario.sweep is not None:
                from ....sim.sweeps.sweep import own_sweep

                own_sweep(scenario)
        except UserError as error:
            problems += (replace(one, where=one.where or name) for one in error.problems)
    if problems:
        raise UserError(problems)
    emit("".join(f"{printable(name)}: ok\n" for name in scenarios))
