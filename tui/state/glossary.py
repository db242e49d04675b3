"""Every word of the screen in two sentences, with where they are shown: terms of a file, and of each choice its own."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ...sim import registry
from ...sim.errors import letters, nearest
from ...sim.scenario.fix_menu import fixes
from ...sim.scenario.kind_keys import all_keys, declared_keys, kinds_of
from ...sim.scenario.quantities import quantities

OTHERS = {
    "layers": "kind of layer", "activations": "activation", "inits": "initialisation", "norms": "norm",
    "skips": "skip", "losses": "loss", "tasks": "task", "formats": "number format", "optimizers": "optimizer",
    "clips": "clipping", "schedules": "learning rate", "loss_scales": "loss scale", "operations": "layer of a chain",
    "concerns": "concern",
}  # fmt: skip
"""Menus whose files are explained by their first line, and what one of them is called."""
NOTHING = "none"
FIRST = ("", "quantity", "quantity of training", "concern", "fix")


@dataclass(frozen=True)
class Term:
    """A word, what it is in a word, its sentences, their source, and other words for it."""

    word: str
    sort: str
    text: str
    source: str = ""
    also: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All words that mean it."""
        return (self.word, *self.also)


def terms() -> tuple[Term, ...]:
    """All of them by word; of several of one word those of the screen come first."""
    return _terms(tuple(registry.folders(menu) for menu in registry.MENUS))


@cache
def _terms(_folders: tuple[tuple[str, ...], ...]) -> tuple[Term, ...]:
    found = [*_own(), *_quantities(), *_update_quantities(), *_fixes(), *_choices(), *_keys()]
    return tuple(sorted(found, key=lambda term: term.word.lower()))


def _own() -> Iterator[Term]:
    told = tomllib.loads(resources.files(__package__ or "").joinpath("terms.toml").read_text(encoding="utf-8"))
    for word, term in told.items():
        yield Term(word, "", term["text"], term["source"], tuple(term.get("also", ())))


def _quantities() -> Iterator[Term]:
    for name, one in quantities().items():
        gate = f"gate {one.gate}" if one.gate else ""
        also = tuple(word for word in (name, one.heading, gate, *one.also) if word and word != one.title)
        yield Term(one.title, "quantity", f"{one.about} {one.read}", one.source, also)


def _update_quantities() -> Iterator[Term]:
    for name in registry.names("update_quantities"):
        entry = registry.entry("update_quantities", name)
        facts = entry.metadata
        yield Term(
            facts["TITLE"],
            "quantity of training",
            f"{entry.summary} {facts['READ']}",
            entry.source,
            (name, *facts.get("ALSO", ())),
        )


def _fixes() -> Iterator[Term]:
    for fix in fixes():
        entry = registry.entry("fixes", fix.name)
        also = (fix.name, *entry.metadata.get("ALSO", ()))
        yield Term(fix.label, "fix", f"Helps with: {fix.cures} {_rest(fix.name)}".strip(), entry.source, also)


def _rest(name: str) -> str:
    """What a fix does, after its label."""
    doc = registry.load("fixes", name).__doc__ or ""
    return " ".join(doc.split("\n", 1)[-1].split())


def _choices() -> Iterator[Term]:
    for menu, sort in OTHERS.items():
        for name in registry.names(menu):
            if name != NOTHING:
                entry = registry.entry(menu, name)
                text = f"{entry.summary} {entry.metadata.get('READ', '')}".strip()
                yield Term(name, sort, text, entry.source, tuple(entry.metadata.get("ALSO", ())))


def _keys() -> Iterator[Term]:
    for name in all_keys():
        for key in {own.about: own for own in (declared_keys(kind)[name] for kind in kinds_of(name))}.values():
            text = f"{key.about[:1].upper()}{key.about[1:]}. {key.read}".strip()
            yield Term(key.label or name.replace("_", " "), "key of [network]", text, key.source, (name, *key.also))


def search(text: str, found: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms for what is typed: those whose word it begins first, then others that hold it, else the nearest."""
    wanted = text.lower().strip()
    if not wanted:
        return found
    ranks = {term: rank for term in found if (rank := _rank(term, wanted)) is not None}
    if ranks:
        return tuple(sorted(ranks, key=lambda term: ranks[term]))
    near = nearest(wanted, [word for term in found for word in term.words])
    return tuple(term for term in found if near in term.words)


def _rank(term: Term, wanted: str) -> int | None:
    if any(letters(word) == letters(wanted) for word in term.words):
        return 0
    if any(word.lower().startswith(wanted) for word in term.words):
        return 1
    if any(wanted in word.lower() for word in term.words):
        return 2
    return 3 if all(word in f"{term.sort} {term.text}".lower() for word in wanted.split()) else None


def on_screen(text: str, found: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms of which a word stands in a text, as whole words: what is measured first, single choices last."""
    spaced = f" {' '.join(''.join(c if c.isalnum() or c in '-_' else ' ' for c in text.lower()).split())} "
    there = [term for term in found if any(f" {word.lower()} " in spaced for word in term.words)]
    return tuple(sorted(there, key=lambda term: FIRST.index(term.sort) if term.sort in FIRST else len(FIRST)))
