"""The presets as a course: by topic, in order, searched by symptom, term and synonyms. Imports nothing heavy."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ...sim import registry
from ...sim.errors import letters, nearest
from ...sim.scenario.presets import Preset, presets

OTHERS = "Others"


@dataclass(frozen=True)
class Topic:
    """A heading and its presets in order."""

    title: str
    presets: tuple[Preset, ...]


def topics() -> tuple[Topic, ...]:
    """All presets by topic; those that no topic names are others."""
    return _topics(presets())


@cache
def _topics(shipped: tuple[Preset, ...]) -> tuple[Topic, ...]:
    order = tomllib.loads(resources.files(__package__ or "").joinpath("course.toml").read_text(encoding="utf-8"))
    left = {preset.name: preset for preset in shipped}
    named = [Topic(topic["title"], tuple(left.pop(name) for name in topic["presets"] if name in left))
             for topic in order["topic"]]  # fmt: skip
    return tuple(topic for topic in (*named, Topic(OTHERS, tuple(left.values()))) if topic.presets)


def course() -> tuple[Preset, ...]:
    """All presets in the order of the course."""
    return tuple(preset for topic in topics() for preset in topic.presets)


def following(path: Path | None) -> Preset | None:
    """The preset whose lesson comes after that of a file; None after the last, and of what is no preset."""
    order = course()
    here = next((i for i, preset in enumerate(order) if preset.path == path), len(order))
    return order[here + 1] if here + 1 < len(order) else None


def words_of(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """As `letters` writes them, names in a scenario's file: of its choices and verdicts, and of fixes it speaks of."""
    try:
        return _words_of(path, path.stat().st_mtime_ns)
    except OSError:
        return frozenset(), frozenset()


@cache
def _words_of(path: Path, _changed: int) -> tuple[frozenset[str], frozenset[str]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return frozenset(), frozenset()
    expect = data.pop("expect", {})
    lessons = data.pop("lesson", ())
    tables = [value for value in data.values() if isinstance(value, Mapping)]  # title and summary are searched as text
    choices = {*_texts(tables), *(word for word in expect.values() if isinstance(word, str))}
    fixes = {name for table in ("with", "trained_with") for key in expect.get(table, {}) for name in key.split("+")}
    fixes |= set(_texts([lesson.get("fixes", ()) for lesson in lessons]))
    return frozenset(map(letters, choices)), frozenset(map(letters, fixes))


def _texts(value: Any) -> Iterator[str]:
    """All texts in plain data, but keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def meanings(word: str) -> frozenset[str]:
    """What a word may mean, as `letters` writes it: itself, and the choices (of all menus) and verdicts it names."""
    return _meanings(letters(word), tuple(registry.folders(menu) for menu in registry.MENUS))


@cache
def _meanings(word: str, _folders: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    from .glossary import terms

    choices = (pair for menu in registry.MENUS for pair in registry.also(menu).items())
    verdicts = (term for term in terms() if not term.sort)  # and other terms that are no choice
    names = {name for synonym, name in choices if letters(synonym) == word}
    names |= {term.word for term in verdicts if word in map(letters, term.words)}
    return frozenset({word, *map(letters, names)})


def nearest_word(word: str, known: Sequence[str]) -> str | None:
    """The word among titles, names, terms and their synonyms that comes nearest to one that finds nothing."""
    from .glossary import terms

    return nearest(word, [*known, *(other for term in terms() for other in term.words)])
