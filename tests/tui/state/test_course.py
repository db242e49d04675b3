"""The presets as a course, and how they are found."""

import os
from collections import Counter
from pathlib import Path

import pytest

from gradsim.sim.ops import activations
from gradsim.sim.scenario.presets import presets
from gradsim.tui.screens.dialogs.gallery import entries, matching
from gradsim.tui.state import course
from gradsim.tui.state.newcomer import Newcomer


def test_every_preset_has_one_place() -> None:
    assert Counter(preset.name for preset in course.course()) == Counter(preset.name for preset in presets())
    assert course.OTHERS not in [topic.title for topic in course.topics()]


def test_each_lesson_leads_to_the_next_and_the_last_to_none() -> None:
    order = course.course()
    assert [course.following(preset.path) for preset in order] == [*order[1:], None]
    assert course.following(Path("mine.toml")) is None
    assert course.following(None) is None


@pytest.mark.parametrize(("typed", "name"), [
    ("resnet", "identity_skip"), ("fp16", "float16_underflow"), ("batchnorm", "batch_norm_explodes"),
    ("nan", "learning_rate_too_high"), ("vanishing", "sigmoid_20"), ("dying relu", "dying_relu"),
    ("lstm", "lstm_bias_0"),
    ("kaiming", "relu_30"), ("dead", "born_dead"), ("stuck", "early_layers_stall"),
    ("transformers", "rank_collapse"), ("sigmiod", "sigmoid_20"), ("warmup", "warm_up"),
])  # fmt: skip
def test_presets_are_found_by_symptom_term_and_synonym(typed, name) -> None:
    names = [row.name for row in matching(entries(), typed)[0]]
    assert name in names
    assert len(names) < len(presets())


def test_nothing_found_names_the_nearest_or_nothing() -> None:
    rows, meant = matching(entries(), "explodnig")
    assert rows
    assert "explod" in meant
    assert matching(entries(), "qqqqqqqqqqqq") == ([], "")
    assert matching(entries(), "./none.toml") == ([], "")
    assert matching(entries(), "")[0] == entries()


def test_names_come_before_what_they_mean() -> None:
    rows = matching(entries(), "float16")[0]
    assert {row.name for row in rows[:2]} == {"float16_overflow", "float16_underflow"}


def test_a_word_of_two_menus_means_a_choice_of_each() -> None:
    assert course.meanings("resnet") >= {"resnet", "identity", "residual", "conv"}


def test_a_choice_that_is_added_is_meant_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert course.meanings("hinge") == {"hinge"}
    relu = Path(activations.__path__[0], "relu.py").read_text()
    (tmp_path / "cut.py").write_text(relu.replace("ALSO = (", 'ALSO = ("hinge", '))
    monkeypatch.setattr(activations, "__path__", [*activations.__path__, str(tmp_path)])
    assert course.meanings("hinge") == {"hinge", "cut"}


def test_a_file_that_can_t_be_read_has_no_words(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[")
    assert course.words_of(path) == (frozenset(), frozenset())
    assert course.words_of(tmp_path / "none.toml") == (frozenset(), frozenset())


def test_the_words_of_a_file_are_those_it_has_now(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for change, name in enumerate(("relu", "selu")):
        path.write_text(f'[network]\nactivation = "{name}"\n')
        os.utime(path, ns=(change, change))
        assert course.words_of(path) == (frozenset({name}), frozenset())


def test_one_is_new_once(tmp_path: Path) -> None:
    first = Newcomer(tmp_path)
    assert first.new
    first.used()
    assert not first.new
    assert not Newcomer(tmp_path).new
    assert not Newcomer(known=True).new


def test_nowhere_to_remember_it_is_no_fault(tmp_path: Path) -> None:
    blocked = Newcomer(tmp_path / "file" / "state")
    (tmp_path / "file").write_text("")
    blocked.used()
    assert not blocked.new
