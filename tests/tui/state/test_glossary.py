"""The glossary holds every word of the screen, and search finds it by what people call it."""

import re

import pytest

from gradsim.sim import registry
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.kind_keys import all_keys, declared
from gradsim.sim.scenario.quantities import quantities
from gradsim.tui.state.glossary import NOTHING, OTHERS, Term, on_screen, search, terms
from gradsim.tui.terminal.glyphs import glyphs

EXPLAINED = {
    "verdict": {*glyphs().kinds},
    "quantity": {one.title for one in quantities().values()},
    "quantity of training": {registry.entry("update_quantities", n).metadata["TITLE"]
                             for n in registry.names("update_quantities")},
    "fix": {fix.label for fix in fixes()},
    **{sort: set(registry.names(menu)) - {NOTHING} for menu, sort in OTHERS.items()},
    "key of [network]": {declared(key).label or key.replace("_", " ") for key in all_keys()},
}  # fmt: skip
WORDS = [(sort, word) for sort, words in EXPLAINED.items() for word in sorted(words)]


def of(sort: str, word: str) -> Term:
    """The term of a sort; verdicts are terms of the file, which have none."""
    return next(term for term in terms() if term.word == word and term.sort == ("" if sort == "verdict" else sort))


@pytest.mark.parametrize(("sort", "word"), WORDS)
def test_every_word_has_two_sentences_and_their_source(sort, word) -> None:
    term = of(sort, word)
    if sort not in ("verdict", "quantity", "quantity of training", "fix", "concern", "kind of layer"):
        assert len(re.findall(r"[.](?: |$)", re.sub(r"torch[.]|[.]\d", "", term.text))) >= 2, term.text
    assert len(re.findall(r"[.;:](?: |$)", term.text)) >= 2, term.text
    assert term.text.endswith(".")
    assert re.search(r"\d{4}|CS231n|torch|keras|OCP|measured|this list", term.source), term.source


@pytest.mark.parametrize(("typed", "found"), [
    ("resnet", "residual connection"), ("fp16", "float16"), ("batchnorm", "batch norm"), ("vansihing", "vanishing"),
    ("R", "R"), ("spectral norm", "spectral norm"), ("dying relu", "dead"), ("nan", "nonfinite"), ("lstm", "lstm"),
    ("forget gate", "forget gate"), ("arrives", "gradient left"),
])  # fmt: skip
def test_search_knows_what_people_call_it(typed, found) -> None:
    assert found in [term.word for term in search(typed, terms())[:4]]


def test_an_empty_search_is_everything_and_nonsense_is_nothing() -> None:
    assert search("  ", terms()) == terms()
    assert search("qqqqqqqqqqqqqq", terms()) == ()


def test_words_on_the_screen_are_whole_words() -> None:
    found = {term.word for term in on_screen("VANISHING  the spectral norm of deadlines", terms())}
    assert {"vanishing", "spectral norm"} <= found
    assert "dead" not in found
