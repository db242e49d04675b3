"""What a shell completes: names of scenarios, fixes, keys and choices. Imports a scenario's tables only for --set."""

import os
from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

VARIABLE = "_GRADSIM_COMPLETE"  # as click names it


def asked() -> bool:
    """Whether a shell asks for its completion script, or for what completes a line."""
    return VARIABLE in os.environ


def answer(cli: click.Command) -> int:
    """Print what the shell asks for; returns the exit status."""
    from click.shell_completion import shell_complete

    return shell_complete(cli, {}, "gradsim", VARIABLE, os.environ[VARIABLE])


class Word(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """Any word, as it is; what completes it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """The word."""
        return value


class ScenarioName(Word):
    """A preset's name or a file; the first word may be a command, too."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Presets, commands where one may stand, else files."""
        from ...sim.scenario.presets import preset_paths

        names = list(preset_paths())
        if ctx.parent is not None and ctx.info_name == "open" and not ctx.params.get("words"):
            names = [*ctx.parent.command.list_commands(ctx), *names]  # type: ignore[attr-defined]
        return starting(names, incomplete) or [CompletionItem(incomplete, type="file")]


class FixName(Word):
    """The name of a fix."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Fixes, each with its title."""
        from ...sim import registry

        fixes = registry.names("fixes")
        return [CompletionItem(name, help=registry.entry("fixes", name).summary) for name in fixes
                if name.startswith(incomplete)]  # fmt: skip


class Setting(Word):
    """KEY=VALUE of a scenario."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Keys up to the =, then the choices of the key's menu."""
        key, equals, value = incomplete.partition("=")
        known = _options()
        if not equals:
            return starting([f"{name}=" for name in known], incomplete)
        return starting([f"{key}={option}" for option in known.get(key, ())], f"{key}={value}")


class ChoiceOf(Word):
    """The value of one key of a scenario."""

    def __init__(self, key: str):
        self.key = key

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The choices of the key's menu."""
        return starting(_options().get(self.key, ()), incomplete)


class AxisSpec(Setting):
    """KEY=SPEC of a sweep: a key of a scenario, or fix, and values."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Keys up to the =, then the choices of the key's menu after the last comma."""
        if incomplete.startswith("fix="):
            from ...sim import registry

            done, _, last = incomplete.rpartition(",") if "," in incomplete else ("fix=", "", incomplete[4:])
            start = done if done == "fix=" else f"{done},"
            return starting([f"{start}{name}" for name in ("none", *registry.names("fixes"))], f"{start}{last}")
        items = super().shell_complete(ctx, param, incomplete)
        return [*items, *starting(["fix="], incomplete)] if "=" not in incomplete else items


class QuantityName(Word):
    """What a sweep tells of each point."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The words of the menu, and what is measured at a layer."""
        from ...sim import registry

        measured = (f"{name}@1" for name in registry.names("quantities"))
        return starting([*registry.names("sweep_quantities"), *measured], incomplete)


def _options() -> dict[str, tuple[str, ...]]:
    """By key of a scenario, what it may be chosen from."""
    from ...sim.scenario.file import make_scenario
    from ...tui.state.form_fields import fields

    return {field.key: field.options for field in fields(make_scenario({}))}


def starting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those that begin as what is typed."""
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
