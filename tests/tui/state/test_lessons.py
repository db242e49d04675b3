"""The numbers in a lesson's text: how they are written, where they come from, and what stands there until they do."""

import contextlib
import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import made_trace
from gradsim.sim.errors import ScenarioError
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.placeholders import AXES, allowed, last_update
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.quantities import BY_LAYER, NUMBERS, over_updates
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.scenario.tables import LessonStep
from gradsim.sim.text import format_number
from gradsim.sim.training.run_snapshot import RunSnapshot
from gradsim.sim.training.verdict import RunVerdict
from gradsim.tui.app import GradsimApp
from gradsim.tui.state import session as state
from gradsim.tui.state.lesson_text import fill
from gradsim.tui.state.lessons import go_to_lesson_step
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.widgets.footer import LessonStrip
from pilot import settled

TRACE = made_trace([0.01, 0.1, 1.0], steps=2)
FIXED = made_trace([0.5, 0.5, 1.0], steps=2)
PLACE = Nonfinite("forward", 3, 1, "matrix product", "layers.3.preactivation", iteration=7)
MISTAKES = {
    "{lss@9}": 'no quantity "lss"; did you mean loss?',
    "{loss@last}": 'no place "last"; allowed: update N',
    "{update_ratio@layr 3}": 'no place "layr 3"; allowed: layer N',
    "{loss@9 | fixd}": 'no run "fixd"; did you mean fixed?',
    "{loss@9 | fixed}": "this step has no fixes",
    "{loss@layer 2}": 'no place "layer 2"; allowed: update N',
    "{gradient_rms@layers, steps}": 'no place "steps"',
    "{first_nonfinite.layer@3}": "is of the whole run; remove its place",
    "{update_ratio@layer 0}": "there is no layer 0; layers count from 1",
    "{loss@9 as percent}": 'no style "percent"; allowed: "as %"',
    "{loss@9 / }": 'no quantity ""',
    "{slope_factor}": 'no quantity "slope_factor"',
    "a { alone": "a lone {",
    "} alone": "write }} for a brace",
    "{}": 'no quantity ""',
}


def told(text: str, **more: Any) -> LessonStep:
    return LessonStep(text=text, **more)


def run(updates: int = 10, depth: int = 3) -> RunSnapshot:
    """A run whose losses are 10, 11, ...; every layer's numbers are its update times its layer."""
    numbers = {name: np.arange(updates) + 10.0 for name in NUMBERS}
    numbers["clipped"] = (np.arange(updates) % 2).astype(float)
    table = np.outer(np.arange(updates), np.arange(1, depth + 1)).astype(float)
    layers = dict.fromkeys(BY_LAYER, table)
    verdict = RunVerdict("learning", 1.0, 0.5, "made by hand")
    return RunSnapshot(Scenario(), MappingProxyType(numbers), layers, table / 100, verdict, PLACE)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (told("{gradient_rms}", layer=2, step=1), "0.10"),
        (told("{gradient_rms@layer 3}", layer=2, step=1), "1.00"),
        (told("{gradient_rms@3}", layer=2), "1.00"),
        (told("{gradient_rms}"), "0.10"),  # the geometric mean over layers and steps
        (told("{gradient_rms@layers}", layer=3), "0.10"),
        (told("{zero_fraction as %}"), "37.0%"),  # of shares the arithmetic one
        (told("{gradient_rms / gradient_rms@layer 3}", layer=1), "0.010"),
        (told("{ratio | fixed / ratio} times", fixes=["relu"]), "50.00 times"),
        (told("{ratio} of {loss}, {factor_per_layer}"), "0.010 of 1.00, 0.50"),
        (told("{{{ratio}}}"), "{0.010}"),
        (told("{gradient_rms@layer 4}"), "..."),
        (told("{gate_f_mean}"), "..."),
        (told("{spectral_norm@2}"), "0.10"),
        (told("{memory_horizon} {first_nonfinite.layer}"), "... ..."),
    ],
)
def test_a_number_of_a_pass_is_the_one_on_the_screen(step: LessonStep, expected: str) -> None:
    assert fill(step, TRACE, FIXED) == expected.replace("...", glyphs().ellipsis)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (told("{loss}", update=4), "14.00"),
        (told("{loss@0} {loss@9}", update=4), "10.00 19.00"),
        (told("{loss@10}", update=4), "..."),
        (told("{loss / loss@0}", update=5), "1.50"),
        (told("{clipped} of {clipped@9}", update=4), "2 of 5"),
        (told("{update_ratio as %}", update=4, layer=2), "8.0%"),
        (told("{weight_norm@2, layer 3}", update=4, layer=1), "6.00"),
        (told("{weight_norm}", update=1), format_number(6 ** (1 / 3))),
        (told("{first_nonfinite.layer} at {first_nonfinite.iteration}", update=1), "3 at 7"),
        (told("{loss / loss@0 | fixed}", update=1, fixes=["relu"]), "..."),
    ],
)
def test_a_number_of_a_run_is_that_of_its_update(step: LessonStep, expected: str) -> None:
    assert fill(step, run(), None) == expected.replace("...", glyphs().ellipsis)


def test_a_number_that_is_not_finite_is_told_as_such() -> None:
    broken = replace(TRACE, loss=float("nan"), verdict=replace(TRACE.verdict, ratio=float("inf"), factor_per_layer=0.0))
    assert fill(told("{loss} {ratio} {ratio / factor_per_layer}"), broken, None) == "NaN inf inf"


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_its_place(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario({"lesson": [{"text": "Fine."}, {"text": text, "update": 1}]})
    assert str(caught.value).startswith("lesson[2].text: ")
    assert MISTAKES[text] in str(caught.value)
    assert len(caught.value.problems) == 1


@given(st.text("{}@|/ ,.%as\n\x1b[loss1layer2fixed0gradient_rms", max_size=40), st.sampled_from([None, 0, 3]))
def test_no_text_of_a_file_breaks_the_screen(text: str, update: int | None) -> None:
    """It is refused when it is read, or can be shown whatever has been made; unchecked, it is shown as it is."""
    step = told(text or "x", update=update, fixes=["relu"])
    for found in (None, TRACE if update is None else run()):
        assert isinstance(fill(step, found, found), str)
    with contextlib.suppress(ScenarioError):
        parse_scenario({"lesson": [step.model_dump(exclude_none=True)]})


@pytest.mark.parametrize("update", [None, 2])
def test_every_name_that_is_allowed_can_be_shown(update: int | None) -> None:
    for name, axes in allowed(told("x", update=update)).items():
        place = ", ".join(f"{axis} 1" for axis in axes)
        step = told(f"{{{name}{f'@{place}' if place else ''}}}", update=update)
        parse_scenario({"lesson": [step.model_dump(exclude_none=True)]})
        assert "{" not in fill(step, TRACE if update is None else run(), None)
        assert set(axes) <= set(AXES)
    assert set(over_updates()) <= set(allowed(told("x", update=0)))


def test_a_lesson_makes_all_updates_that_it_tells_of() -> None:
    told = parse_scenario({
        "loss": {"name": "cross_entropy"},
        "lesson": [{"text": "{loss@7} {loss@3}", "update": 2}, {"text": "x", "update": 4}],
    })  # fmt: skip
    assert [last_update(step) for step in told.lesson] == [7, 4]
    session, _ = go_to_lesson_step(state.begin(told), 0)
    assert (session.playback.cursor, session.playback.target) == (2, 8)


async def test_until_the_number_is_there_an_ellipsis_is_and_other_fixes_have_none() -> None:
    path = locate("sigmoid_20")
    app = GradsimApp(state.begin(load_scenario(path), path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        strip, step = app.main.query_one(LessonStrip), 3
        await pilot.press(*["n"] * (step + 1))
        await settled(pilot)
        assert glyphs().ellipsis not in strip.text()
        ratio = app.main.runs.with_fixes.verdict.factor_per_layer
        assert f"{format_number(ratio)} a layer is left" in " ".join(strip.text().split())
        await pilot.press("0")  # the sentence speaks of a run that is not on the screen any more
        await settled(pilot)
        assert len(re.findall(glyphs().ellipsis, strip.text())) == 2


async def test_both_screens_know_the_numbers_of_a_step() -> None:
    scenario = parse_scenario({
        "network": {"depth": 4, "width": 8, "activation": "relu"}, "data": {"batch": 16},
        "loss": {"name": "cross_entropy"}, "training": {"iterations": 6},
        "lesson": [{"text": "The pass: {ratio}."}, {"text": "The run: {loss@5 | fixed}.", "update": 2,
                                                    "fixes": ["he_init"]}],
    })  # fmt: skip
    app = GradsimApp(state.begin(scenario))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        passed = app.main.query_one(LessonStrip).text()
        await pilot.press("t")
        await settled(pilot)
        assert app.training.query_one(LessonStrip).text() == passed
        assert glyphs().ellipsis not in passed
        await pilot.press("n")
        await settled(pilot)
        trained = app.training.query_one(LessonStrip).text()
        await pilot.press("p")
        await settled(pilot)
        assert app.screen is app.main
        assert app.main.query_one(LessonStrip).text() == trained
        assert glyphs().ellipsis not in trained


def test_a_step_may_show_another_chart_and_the_next_the_usual_one_again() -> None:
    told = [{"text": "Over time.", "view": "step"}, {"text": "By layer."}]
    layers = [{"kind": "lstm", "width": 4}, {"kind": "dense", "width": 4}]
    session = state.begin(parse_scenario({"network": {"layers": layers}, "time": {"steps": 4}, "lesson": told}))
    assert session.shown == "layer"
    session, _ = go_to_lesson_step(session, 0)
    assert session.shown == "step"
    assert go_to_lesson_step(session, 1)[0].shown == "layer"


@pytest.mark.parametrize(("told", "network", "words"), [
    ({"view": "step"}, {"depth": 2}, "there are no time steps"),
    ({"view": "map", "update": 0}, {"kind": "rnn"}, "a chart over updates has no other view"),
    ({"view": "steps"}, {"kind": "rnn"}, "did you mean step?"),
])  # fmt: skip
def test_a_view_that_a_step_can_not_show_is_an_error(told: dict[str, Any], network: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words.replace("?", r"\?")):
        parse_scenario({"network": network, "lesson": [{"text": "Look.", **told}]})
