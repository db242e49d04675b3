"""Errors in a user's input: every problem in one clear line, all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
NOTHING: Mapping[str, str] = MappingProxyType({})


def nearest(word: str, allowed: Iterable[str], also: Mapping[str, str] = NOTHING) -> str | None:
    """The allowed name that a word means: another word for it, a part of one name only, or a slip of the pen."""
    allowed = tuple(allowed)
    meant = {letters(name): name for name in allowed}
    meant |= {letters(other): name for other, name in also.items() if name in allowed}
    written = letters(word)
    if written in meant:
        return meant[written]
    parts = [name for name in allowed if word.lower() in name.lower().split("_")]
    if len(parts) == 1:
        return parts[0]
    slips = {other: _slips(written, other) for other in meant if abs(len(other) - len(written)) <= len(other) / 2}
    near = [other for other, count in slips.items() if count <= max(len(written), len(other)) // 3]
    return meant[min(near, key=lambda other: slips[other])] if near else None


def letters(word: str) -> str:
    """A word as people mean it, in whatever style it is written: LeakyReLU, leaky-relu and leaky_relu are one."""
    return "".join(c for c in word.lower() if c.isalnum())


def _slips(one: str, other: str) -> int:
    """How many letters were left out, put in or swapped with their neighbour; a wrong letter counts as two slips.

    Damerau 1964. Only so do three letters tell "rnu", which is run, from "mae", which is not mse.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(row[-1] + 1, last[j] + 1, last[j - 1] + 2 * (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and wanted == one[i - 2]:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


LONGEST_KEY = 200  # characters of a key that a message shows
DEEPEST = 10  # tables and lists in one another; a scenario has at most four
LONGEST = 1000  # bits of a whole number; more can be written (0xfff...) than Python will print or make a float of


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, the value, what is allowed and what to do.

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
        """The same problems, located in a named file or option."""
        return type(self)(replace(problem, where=where) for problem in self.problems)


class ScenarioError(UserError):
    """A scenario that can't be used."""


def quoted(value: Any) -> str:
    """A user's value as TOML would show it, cut to a readable length."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        text = "{ " + ", ".join(f"{k} = {quoted(v)}" for k, v in value.items()) + " }"
    elif isinstance(value, list):
        text = f"[{', '.join(map(quoted, value))}]"
    elif isinstance(value, str):
        text = f'"{value}"'
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def excess(value: Any) -> str:
    """What makes plain data too large or too deep to copy or print, in words; else empty."""
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
    return f"no {kind} {quoted(word)}; {hint}allowed: {', '.join(allowed) or 'none'}"


def choose(kind: str, name: str, known: Mapping[str, T]) -> T:
    """The value of a name in `known`; raises UserError with the nearest spelling."""
    if name not in known:
        raise UserError([unknown(kind, name, known)])
    return known[name]


def printable(text: str) -> str:
    """Text from a file without control characters, so that it cannot steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


class Cancelled(Exception):  # noqa: N818  it is no error
    """Raised by a watcher to stop a pass that is no longer wanted."""


def refuse(path: Path, *messages: str) -> NoReturn:
    """Raise UserError with a file's problems."""
    raise UserError(Problem("", message, str(path)) for message in messages) from None
