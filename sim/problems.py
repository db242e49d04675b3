"""What is wrong with a user's input: every problem in one clear line, all of them at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .menu import NOTHING, nearest

LONGEST_KEY = 200  # characters of a key that a message shows
DEEPEST = 10  # tables and lists in one another; a scenario has at most four
LONGEST = 1000  # bits of a whole number; more can be written (0xfff...) than Python will print or make a float of


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, what was given, what is allowed and what to do.

    `keys` are all that take part in it where it takes several.
    """

    key: str
    message: str
    where: str = ""
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        key = self.key if len(self.key) <= LONGEST_KEY else self.key[: LONGEST_KEY - 3] + "..."
        text = ": ".join(part for part in (self.where, key, self.message) if part)
        return printable(text).replace("\n", "\N{REPLACEMENT CHARACTER}")  # a line break would forge a second problem


class UserError(Exception):
    """A user's mistake, with all its problems; shown as it is, never as a traceback."""

    def __init__(self, problems: Iterable[Problem | str]):
        self.problems = tuple(p if isinstance(p, Problem) else Problem("", p) for p in problems)
        super().__init__("\n".join(map(str, self.problems)))

    def at(self, where: str) -> "UserError":
        """The same problems, told to stand in a named file or option."""
        return type(self)(replace(problem, where=where) for problem in self.problems)


class ScenarioError(UserError):
    """A scenario that can't be used."""


def given(value: Any) -> str:
    """A user's value as TOML would show it, cut to a readable length."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        text = "{ " + ", ".join(f"{k} = {given(v)}" for k, v in value.items()) + " }"
    elif isinstance(value, list):
        text = f"[{', '.join(map(given, value))}]"
    elif isinstance(value, str):
        text = f'"{value}"'
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def excess(value: Any) -> str:
    """What of plain data is more than any scenario needs, and more than Python can copy or print; else empty."""
    rest = [(value, 0)]
    while rest:
        item, depth = rest.pop()
        if depth > DEEPEST:
            return "is nested too deeply for a scenario"
        if isinstance(item, int) and item.bit_length() > LONGEST:
            return "holds a number with too many digits"
        inner = item.values() if isinstance(item, Mapping) else item if isinstance(item, (list, tuple)) else ()
        rest += [(part, depth + 1) for part in inner]
    return ""


def unknown(kind: str, word: str, allowed: Iterable[str], also: Mapping[str, str] = NOTHING) -> str:
    """The message for a name that is not on a list, with the one that it may mean; `also` are other words for them."""
    allowed = tuple(allowed)
    near = nearest(word, allowed, also)
    hint = f"did you mean {near}? " if near else ""
    return f"no {kind} {given(word)}; {hint}allowed: {', '.join(allowed) or 'none'}"


def printable(text: str) -> str:
    """Text from a file without control characters, so that it cannot steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
