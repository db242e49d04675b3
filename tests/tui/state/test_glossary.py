"""The glossary holds every word of the screen, and search finds it by what people call it."""

import re
from collections import defaultdict
from dataclasses import replace

import pytest

from gradsim.sim import registry
from gradsim.sim.errors import letters
from gradsim.sim.results.factors import through_time as through_time_of
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.kind_keys import all_keys, declared
from gradsim.sim.scenario.quantities import quantities
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.scenario.schema import LessonStep
from gradsim.sim.simulation import simulate
from gradsim.tui.charts.plot.bands import HEALTHY
from gradsim.tui.charts.plot.canvas import MARKS
from gradsim.tui.charts.plot.legend import NAMES
from gradsim.tui.screens.single_pass.keys import hints as pass_hints
from gradsim.tui.screens.training.keys import hints as training_hints
from gradsim.tui.state.glossary import NOTHING, OTHERS, Term, on_screen, search, terms
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.widgets.layer_cells import chain_columns, state_columns
from gradsim.tui.widgets.time_cells import state, through_time
from gradsim.tui.widgets.update_table import clipping, learning
from runs import trained

TRACES = (
    {"network": {"depth": 3, "width": 8, "activation": "relu", "norm": "batch", "skip": "identity"}},
    {"network": {"kind": "rnn", "depth": 2, "width": 8}, "time": {"steps": 4}},
    {"network": {"kind": "lstm", "depth": 1, "width": 8}, "time": {"steps": 4}},
    {"network": {"kind": "gru", "depth": 2, "width": 8}, "time": {"steps": 4}},
    {"network": {"kind": "transformer", "depth": 2, "width": 8, "heads": 2}, "time": {"steps": 4}},
)
SESSION = replace(begin(parse_scenario(TRACES[0])), lesson=(LessonStep(text="a step"),))
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


def test_no_word_takes_more_than_two_sentences() -> None:
    texts = {term: re.sub(r"torch[.]|[.]\d", "", term.text) for term in terms()}
    assert [term.word for term, text in texts.items() if len(re.findall(r"[.](?: (?=[A-Z0-9])|$)", text)) > 2] == []


def test_a_paper_has_the_same_first_author_and_year_wherever_it_is_cited() -> None:
    papers = defaultdict(set)
    for term in terms():
        for author, year, title in re.findall(r"([A-Z][\w'-]+)[^;:]*? (\d{4}), ([A-Z][^;,:(]+)", term.source):
            papers[title.strip().lower()].add((author, year))
    assert len(papers) > 50
    assert {title: cited for title, cited in papers.items() if len(cited) > 1} == {}


@pytest.mark.parametrize(("typed", "word"), [
    ("resnet", "residual connection"), ("fp16", "float16"), ("batchnorm", "batch norm"), ("vansihing", "vanishing"),
    ("R", "R"), ("spectral norm", "spectral norm"), ("dying relu", "dead"), ("nan", "nonfinite"), ("lstm", "lstm"),
    ("forget gate", "forget gate"), ("arrives", "gradient left"),
])  # fmt: skip
def test_search_knows_what_people_call_it(typed, word) -> None:
    assert word in [term.word for term in search(typed, terms())[:4]]


def test_an_empty_search_is_everything_and_nonsense_is_nothing() -> None:
    assert search("  ", terms()) == terms()
    assert search("qqqqqqqqqqqqqq", terms()) == ()


def test_words_on_the_screen_are_whole_words() -> None:
    words = {term.word for term in on_screen("VANISHING  the spectral norm of deadlines", terms())}
    assert {"vanishing", "spectral norm"} <= words
    assert "dead" not in words


def drawn_words() -> set[str]:
    """The fixed words of the screens, from what draws them: headings, legends, strips, verdicts, marks and keys."""
    heads: set[str] = set()
    for table in TRACES:
        trace = simulate(parse_scenario(table))
        for cursor in ((1, 2), (trace.depth, trace.steps)):
            step = min(cursor[1], trace.steps)
            over_time = through_time_of(trace)
            for brief in (False, True):
                columns = (through_time, state) if over_time else (chain_columns, state_columns)
                heads |= {head for column in columns for head in column(trace, cursor[0], step, brief)}
    run = trained(3).snapshot()
    heads |= set(learning(run, 1, [run])) | set(clipping(run, 1, [run]))
    runs = {word for names in NAMES for word in names} | {"signal", "gradient"}
    marks = {*MARKS} - {"-inf"} | {HEALTHY, "median", "20 seeds", "log scale", "linear scale", "relative"}
    keys = {
        word for hints in (pass_hints(SESSION, False), training_hints(SESSION, False, True)) for _, word, _ in hints
    }
    return heads | runs | marks | keys | {*glyphs().kinds} | {"outlook", "concern", "layer", "step", "update", "R"}


def test_each_word_that_stands_on_the_screens_is_found_at_once() -> None:
    known = {letters(word) for term in terms() for word in term.words}
    lost = {word for word in drawn_words() if letters(re.sub(r"^gates .*", "gates", word)) not in known}
    assert not lost
    assert all(term.text.count(".") >= 2 and term.source for term in terms() if not term.sort)
