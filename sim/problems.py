"""What is wrong with a user's input: every problem in one clear line, all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .menu import nearest


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, what was given, what is allowed and what to do."""

    key: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.where, self.key) if part)
        return printable(f"{place}: {self.message}" if place else self.message)


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


def unknown(kind: str, word: str, allowed: Iterable[str]) -> str:
    """The message for a name that is not on a list, with the nearest valid spelling."""
    allowed = tuple(allowed)
    near = nearest(word, allowed)
    hint = f"did you mean {near}? " if near else ""
    return f"no {kind} {given(word)}; {hint}allowed: {', '.join(allowed) or 'none'}"


def printable(text: str) -> str:
    """Text from a file without control characters, so that it cannot steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
