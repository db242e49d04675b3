"""Options that several commands share; the scenario that they make is read in reading.py."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ...sim.errors import Problem, UserError, unknown
from ...sim.numerics.threads import limit_threads
from .completion import FixName, Setting, starting
from .report.page import KEY, LEAST, MOST, WIDTH

MOST_THREADS = 1024
F = TypeVar("F", bound=Callable[..., Any])


class OneOf(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """One word of a few; a wrong one is answered with the nearest."""

    name = "word"

    def __init__(self, *words: str):
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        """The words, as the help shows them."""
        return "|".join(self.words)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The words that begin so."""
        return starting(self.words, incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """The word, if it is one of them."""
        if value not in self.words:
            option = param.opts[0] if param else ""
            raise UserError([Problem("", unknown(option.lstrip("-"), value, self.words), option)])
        return value


def change_options(function: F) -> F:
    """Add --set and --seed to a command."""
    seed = click.option("--seed", metavar="N", help="The seed of every random number.")
    about = "Change one key, such as network.depth=50; the value is TOML. Repeatable."
    change = click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, type=Setting(), help=about)
    return change(seed(function))


def scenario_options(function: F) -> F:
    """Add --fix, --set and --seed to a command."""
    about = "Switch a fix on, such as he_init; a wrong name lists them all. Repeatable."
    fix = click.option("--fix", "fixes", metavar="NAME", multiple=True, type=FixName(), help=about)
    return fix(change_options(function))


def threads_option(function: F) -> F:
    """Add --threads to a command, which takes effect by itself."""
    about = "The most threads to use; results stay the same. Default: one for each processor."
    return click.option("--threads", metavar="N", callback=_limit, expose_value=False, help=about)(function)


def width_option(function: F) -> F:
    """Add --width to a command, which takes effect by itself."""
    about = f"Print in N columns, {LEAST} to {MOST}. Default: {WIDTH}, for charts the terminal's."
    return click.option("--width", metavar="N", callback=_set_width, expose_value=False, help=about)(function)


def _set_width(context: click.Context, _parameter: click.Parameter, text: str | None) -> None:
    if text is None:
        return
    if not (text.isdecimal() and LEAST <= int(text[:5]) <= MOST):
        raise UserError([Problem(text, f"give a whole number of columns from {LEAST} to {MOST}", "--width")])
    context.meta[KEY] = int(text)


def _limit(_context: click.Context, _parameter: click.Parameter, text: str | None) -> None:
    if text is None:
        return
    if not (text.isdecimal() and 1 <= int(text[:5]) <= MOST_THREADS):
        raise UserError([Problem(text, f"give a whole number of threads from 1 to {MOST_THREADS}", "--threads")])
    limit_threads(int(text))


def kinds(text: str | None, allowed: Sequence[str]) -> tuple[str, ...]:
    """The verdicts of --fail-on; raises UserError with the nearest spelling."""
    words = tuple(word.strip() for word in text.split(",")) if text is not None else ()
    wrong = [word for word in words if word not in allowed]
    if wrong:
        from ...sim.scenario.verdict_words import OTHER_VERDICTS

        raise UserError(Problem("", unknown("verdict", word, allowed, OTHER_VERDICTS), "--fail-on") for word in wrong)
    return words
