"""`gradsim train`: not yet."""

import click

from ...sim.problems import Problem, UserError


@click.command("train", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("scenario", required=False)
def command(scenario: str | None) -> None:
    """Train without a screen (not yet: comes with a later version)."""
    message = f"not yet: comes with a later version; for one pass: gradsim run {scenario or 'SCENARIO'}"
    raise UserError([Problem("train", message)])
