"""`gradsim doctor`: whether this machine and terminal are fit for gradsim, with a remedy where not."""

import textwrap
from collections.abc import Callable, Iterator

import click

from ....sim.errors import printable
from ..doctor_checks import CHECKS, Finding
from ..process.output import emit


@click.command("doctor", short_help="Check terminal, compile cache, BLAS and threads.")
def command() -> None:
    """Check the terminal, the compile cache, BLAS and threads, and say what could be better."""
    emit("".join(line + "\n" for check in CHECKS for line in examine(check)))


def examine(check: Callable[[], Finding]) -> Iterator[str]:
    """The lines of one finding, or of what kept the check from finding anything."""
    try:
        finding = check()
    except Exception as error:  # the doctor must outlive whatever it finds
        name = check.__name__.replace("_", " ")
        lacking = isinstance(error, ImportError)
        remedy = "reinstall: pip install --force-reinstall gradsim" if lacking else "please report this line"
        finding = Finding(name, f"can't be examined: {error or type(error).__name__}", remedy)
    mark = "!" if finding.remedy else " "
    yield from _wrap(f"{mark} {finding.name:<14} ", finding.fact)
    if finding.remedy:
        yield from _wrap(f"{'':<17}-> ", finding.remedy)


def _wrap(first: str, text: str) -> list[str]:
    return textwrap.wrap(
        printable(text), 80, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False
    )
