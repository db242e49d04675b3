"""The entry point: `gradsim [SCENARIO]` opens the interface, `gradsim COMMAND` works without a screen.

A command is one file of the folder `commands`; listing or helping imports no numpy, pydantic, numba or textual.
"""

import contextlib
import errno
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from ...sim.errors import ScenarioError, UserError, nearest, printable, quoted
from ...sim.scenario.presets import locate
from ..terminal.guard import LOST, is_hangup, let_go
from . import completion
from .process.output import ClosedError, emit

COMMANDS = ("list", "show", "check", "run", "train", "advise", "compare", "sweep", "new", "doctor")
ALSO = {
    "ls": "list", "presets": "list", "gallery": "list", "print": "show", "cat": "show", "validate": "check",
    "lint": "check", "simulate": "run", "pass": "run", "fit": "train", "learn": "train",
    "advice": "advise", "recommend": "advise", "suggest": "advise", "map": "sweep", "grid": "sweep", "scan": "sweep",
    "diff": "compare", "versus": "compare", "vs": "compare", "init": "new", "create": "new", "make": "new",
    "info": "doctor",
}  # fmt: skip
"""Other words for the commands."""
DEFAULT = "open"
SURPLUS = re.compile(r"unexpected extra arguments? \((.*)\)")  # as click says it
TAKES = ("no arguments", "one scenario", "two scenarios")
OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)  # what writing to stdout fails with

EXAMPLES = """
\b
Examples:
  gradsim                              open the first preset in the interface
  gradsim list                         list what there is to see
  gradsim relu_30 --fix he_init        open a preset with a fix switched on
  gradsim my.toml --set network.depth=50
  gradsim run my.toml --fix residual --format table
  gradsim run my.toml --format json --fail-on vanishing,exploding,nonfinite
  gradsim compare sigmoid_20 relu_30   print two scenarios side by side
  gradsim sigmoid_20 --against relu_30 draw them in the interface
  gradsim train digits_20 --fix relu --fix he_init --format plot
  gradsim advise my.toml               try what heals it
  gradsim new --kind lstm --out my.toml
  gradsim sweep my.toml --x network.depth=1..100
  gradsim train my.toml --save run.npz --fail-on nonfinite,stalled
  gradsim show relu_30 | gradsim run - --set network.depth=90

'gradsim COMMAND --help' explains a command and its options.
"""


class CommandGroup(click.Group):
    """A group whose first word may also be a scenario: what is no command goes to the command `open`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of a first acquaintance."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of one file, imported now."""
        if name not in (*COMMANDS, DEFAULT):
            return None
        command: click.Command = importlib.import_module(f".commands.{name}", __package__).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Send everything but a command and the options of the group itself to `open`."""
        if not args or args[0] not in (*COMMANDS, "--help", "-h", "--version"):
            if len(args) > 1 and not args[0].startswith("-"):
                refuse_slip(args[0])
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The two ways to call the program."""
        formatter.write_usage("gradsim", "[SCENARIO] [OPTIONS]")
        formatter.write_usage("gradsim", "COMMAND [ARGUMENTS]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the interface and of the group, then the commands."""
        opening = self.get_command(ctx, DEFAULT)
        assert opening is not None
        own = [record for p in (*opening.params, *self.get_params(ctx)) if isinstance(p, click.Option)
               and (record := p.get_help_record(ctx))]  # fmt: skip
        with formatter.section("Options"):
            formatter.write_dl(own)
        self.format_commands(ctx, formatter)


def refuse_slip(word: str) -> None:
    """Refuse what is no scenario but, more or less, the name of a command: what follows it is the command's."""
    try:
        locate(word)
    except ScenarioError:
        if (near := nearest(word, COMMANDS, ALSO)) is not None:
            message = f"no command, preset or file {quoted(word)}; did you mean gradsim {near}? see 'gradsim --help'"
            raise UserError([message]) from None


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"gradsim {version('gradsim')}\n")
        ctx.exit()


@click.group(cls=CommandGroup, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Show the version and exit.")  # fmt: skip
def cli() -> None:
    """Watch gradients vanish, explode and heal, layer by layer.

    SCENARIO is a preset's name or a TOML file; without a command it opens in the terminal interface.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its status."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look for them in all that is installed
    if completion.asked():
        sys.exit(completion.answer(cli))
    sys.exit(run(sys.argv[1:] if argv is None else list(argv)))


def run(args: list[str]) -> int:
    """The exit status of a command line; every user's mistake is one message on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with cli.make_context("gradsim", args) as context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return complain(_usage(error))
    except UserError as error:
        return complain(str(error))
    except (ClosedError, BrokenPipeError):
        _drop_stdout()
        return 128 + 13  # as any program that SIGPIPE ends
    except OSError as error:
        return _refused(error)
    except (KeyboardInterrupt, click.Abort):
        return 128 + 2
    except MemoryError:
        return complain("out of memory; make network.depth, network.width or data.batch smaller")


def _refused(error: OSError) -> int:
    """Say what the system has refused; returns the exit status, that of a hangup where the terminal is gone."""
    if is_hangup(error):
        let_go()
        return LOST
    _drop_stdout()
    what = "can't write the output" if error.errno in OUTPUT and not error.filename else "the system refused"
    return complain(f"{what}: {': '.join(str(part) for part in (error.filename, error.strerror or error) if part)}")


def complain(message: str) -> int:
    """Say what is wrong on stderr, one line a problem; returns the exit status for it."""
    with contextlib.suppress(OSError, AttributeError):
        for line in message.splitlines():
            sys.stderr.write(f"gradsim: {printable(line)}\n")
        sys.stderr.flush()
    return 2


def _usage(error: click.ClickException) -> str:
    """A usage error of click in one line, with where to read on."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path.removesuffix(f" {DEFAULT}") if context else "gradsim"
    if isinstance(error, click.NoSuchOption):
        places = [context, context.parent if context.command.name == DEFAULT else None]
        known = [option for place in places if place for p in place.command.params for option in p.opts]
        near = nearest(error.option_name, [*known, "--help"])
        hint = f"did you mean {near}? " if near else ""
        return f"no option {error.option_name}; {hint}see '{path} --help'"
    if isinstance(error, click.MissingParameter):
        return _no_scenario(context)
    if surplus := SURPLUS.search(error.format_message()):
        return f"{quoted(surplus[1])} is too much: {path} takes {TAKES[_arguments(context)]}; see '{path} --help'"
    text = " ".join(error.format_message().split()).rstrip(".")
    return f"{text[:1].lower()}{text[1:]}; see '{path} --help'"


def _arguments(context: click.Context) -> int:
    """How many scenarios a command takes."""
    return sum(isinstance(one, click.Argument) for one in context.command.params)


def _no_scenario(context: click.Context) -> str:
    """What a command takes that was given nothing, or too little, with the examples of its help."""
    lines = (context.command.help or "").splitlines()
    examples = [line.strip() for line in lines if line.strip().startswith("gradsim ")]
    takes = "a preset's name ('gradsim list' shows them), a TOML file ('gradsim new' writes one), or - (standard input)"
    has_one = any(
        context.params.get(one.name or "") for one in context.command.params if isinstance(one, click.Argument)
    )
    lacking = "one more scenario is needed" if has_one else "no scenario given"
    each = f"{TAKES[2]}, each " if _arguments(context) == 2 else ""
    return "\n".join([f"{lacking}; {context.command_path} takes {each}{takes}:", *(f"  {one}" for one in examples)])


def _drop_stdout() -> None:
    """Let the interpreter's last flush go nowhere: it would print a complaint of its own."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
