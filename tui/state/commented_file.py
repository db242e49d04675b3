"""A scenario as the text of a file with comments: what each key is, what it allows, what its choice does. Pure."""

import textwrap
from collections.abc import Iterator

from ...sim import registry
from ...sim.errors import printable
from ...sim.io.toml_write import line
from ...sim.scenario.choice import Choice
from ...sim.scenario.network import Network
from ...sim.scenario.scenario import Scenario, get
from .form_fields import TABLES, Field, fields, value_of

WIDTH = 100  # columns of a comment
DESCRIBED = {"network": Network, **TABLES}
HEAD = """\
# A scenario of gradsim. 'gradsim check FILE' looks for mistakes, 'gradsim run FILE' makes one pass,
# 'gradsim train FILE' trains it, 'gradsim FILE' opens it in the interface.
# Every key has a default, which it takes again if you remove it.
"""


def commented(scenario: Scenario) -> str:
    """The text: each key that says something of this kind of network with its value, or as a comment if it has none."""
    known = [field for field in fields(scenario) if not field.parameter]
    lines = [HEAD]
    for table in ("", "network", *TABLES):
        rows = [field for field in known if field.key.rpartition(".")[0] == table]
        if table and rows:
            lines += [f"[{table}]  # {_doc(table)}", ""]
        for field in rows:
            lines += [*_comment(field, scenario), _line(field, scenario), ""]
    return "\n".join(lines)


def _doc(table: str) -> str:
    doc = DESCRIBED[table].__doc__ or ""
    return f"{doc[:1].lower()}{doc[1:].splitlines()[0].rstrip('.')}"


def _line(field: Field, scenario: Scenario) -> str:
    """The key and its value; as a comment where it is not given and follows from others."""
    table, _, name = field.key.rpartition(".")
    whole = scenario.plain(resolved=True)
    value = (whole[table] if table else whole).get(name)
    if value is None:
        return f"# {name} ="
    return line(name, value) if get(scenario, field.key) is not None else f"# {line(name, value)}"


def _comment(field: Field, scenario: Scenario) -> Iterator[str]:
    """What the key is and allows; of a choice also its summary and its parameters."""
    chosen = value_of(scenario, field.key)
    allowed = f": {', '.join(field.options)}" if field.options else ""
    yield from _wrapped(f"{field.about}{allowed}", "# ", "#   ")
    if not isinstance(chosen, Choice):
        return
    yield from _wrapped(f"{chosen.name}: {chosen.entry.summary}", "#   ", "#     ")
    for name, parameter in chosen.entry.parameters.items():
        unless = " (unless given, a rule decides)" if parameter.default is None else f" ({_plain(parameter.default)})"
        yield from _wrapped(f"{name}: {parameter.allowed}{unless}", "#     ", "#       ")


def _plain(value: registry.Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrapped(text: str, first: str, more: str) -> list[str]:
    return textwrap.wrap(printable(text), WIDTH, initial_indent=first, subsequent_indent=more, break_on_hyphens=False)
