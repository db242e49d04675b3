"""`gradsim check`: validate scenario files."""

import click

from ...sim.problems import Problem, UserError, printable
from .output import emit
from .reading import refuse_run


@click.command("check", short_help="Validate scenario files, all problems at once.")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
def command(scenarios: tuple[str, ...]) -> None:
    """Validate scenario files and report every problem; the status is 2 if any file is bad.

    \b
    Examples:
      gradsim check mine.toml
      gradsim check scenarios/*.toml
    """
    from ...sim.data import load_samples
    from ...sim.files import load_scenario, locate

    problems: list[Problem] = []
    for name in scenarios:
        try:
            path = locate(name)
            refuse_run(path)
            scenario = load_scenario(path)
            if scenario.data.file is not None:
                load_samples(scenario)
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    emit("".join(f"{printable(name)}: ok\n" for name in scenarios))
