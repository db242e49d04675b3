"""`gradsim show`: one scenario with every default filled in."""

import click

from ..arguments import scenario_options
from ..completion import ScenarioName
from ..process.output import emit
from ..scenario_arguments import read, retitled


@click.command("show")
@click.argument("scenario", type=ScenarioName())
@scenario_options
def command(scenario: str, fixes: tuple[str, ...], changes: tuple[str, ...], seed: str | None) -> None:
    """Show a scenario as TOML, every default filled in.

    \b
    Examples:
      gradsim show relu_30
      gradsim show relu_30 --fix he_init > mine.toml
    """
    from ....sim.scenario.file import to_toml
    from ....sim.scenario.fixing import apply_fixes

    chosen, _ = read(scenario, changes, seed)
    text = to_toml(retitled(apply_fixes(chosen, fixes), changes, seed, fixes))
    emit(text if text.endswith("\n") else text + "\n")
