"""The state of a run in one word, on losses made by hand, and what is wrong with it in the words of the fixes."""

from pathlib import Path

import numpy as np
import pytest

from gradsim.sim.clip_advice import suggested_threshold
from gradsim.sim.columns import BY_LAYER, NUMBERS
from gradsim.sim.data import load_samples
from gradsim.sim.fixing import KINDS
from gradsim.sim.history import History
from gradsim.sim.run_verdict import constant_loss, judge_run
from gradsim.sim.scenario import Scenario, parse_scenario
from gradsim.sim.training_run import Run
from gradsim.sim.troubles import troubles

NOISE = np.random.default_rng(0).standard_normal(400)


def made(loss: object, **numbers: float) -> History:
    """A history of these losses, and of nothing else unless it is given."""
    losses = np.asarray(loss, np.float64)
    columns = {name: np.full(len(losses), numbers.get(name, 0.0)) for name in NUMBERS}
    history = History(2)
    history.restore(columns | {"loss": losses}, {name: np.ones((len(losses), 2)) for name in BY_LAYER})
    return history


@pytest.mark.parametrize(("loss", "kind"), [
    (np.geomspace(2.3, 0.1, 100), "learning"),
    (np.full(100, 2.3), "stalled"),
    (np.geomspace(200, 4, 100), "stalled"),  # it falls, to what is worse than a constant
    (np.geomspace(2.3, 50, 100), "diverging"),
    ([2.5, *[100.0] * 50], "diverging"),  # at once: judged from before the first update
    ([2.3, 5.0, np.nan, np.nan], "nonfinite"),
    ([2.3, np.inf, *np.geomspace(2.3, 0.1, 50)], "learning"),  # an update that was skipped
    ([*np.geomspace(2.3, 0.1, 90), 40.0, *[0.1] * 9], "learning"),  # one bad batch at the end
    ([2.3, *[np.inf] * 6, 5.0], "diverging"),  # most of the last updates were skipped
    ([2.3, *np.full(9, 1.7e308)], "diverging"),  # differences and sums overflow
])  # fmt: skip
def test_one_word_for_a_run(loss: object, kind: str) -> None:
    verdict = judge_run(made(loss), 2.3)
    assert verdict.kind == kind, verdict.why


@pytest.mark.parametrize(("loss", "kind", "text"), [
    (np.geomspace(2.3, 0.01, 100), "learning", "<1% of what it began with; a constant output would have 0"),
    (np.full(100, 2.3), "stalled", "a constant output would have 0"),
    (np.geomspace(2.3, 50, 100), "diverging", "it grows instead of falling"),
    (np.zeros(100), "learning", "there is no more to learn"),
    ([2.3, *[0.0] * 50], "learning", "there is no more to learn"),
])  # fmt: skip
def test_where_a_constant_output_is_right_the_start_is_the_measure(loss: object, kind: str, text: str) -> None:
    """Samples all of one class, or with the same target: there is nothing below 0."""
    verdict = judge_run(made(loss), 0.0)
    assert verdict.kind == kind, verdict.why
    assert text in verdict.why


@pytest.mark.parametrize("target", [np.zeros((6, 2)), np.full((6, 1), 0.1), np.full((6, 1), -1e30), np.full(6, 3)])
def test_the_best_constant_output_of_equal_targets_has_loss_0(target: np.ndarray, tmp_path: Path) -> None:
    """Exactly: the mean of equal numbers differs from them by its rounding."""
    np.savez(tmp_path / "same.npz", input=NOISE[:12].reshape(6, 2), target=target)
    loss = "mse" if target.dtype.kind == "f" else "cross_entropy"
    scenario = parse_scenario({"data": {"file": str(tmp_path / "same.npz"), "batch": 6}, "loss": {"name": loss}})
    assert constant_loss(scenario, load_samples(scenario)) == 0
    run = Run(scenario.edit({"network.depth": 2, "network.width": 4}))
    for _ in range(3):
        run.advance()
    assert run.verdict.why


def test_a_run_that_has_only_begun_is_told_as_such() -> None:
    assert judge_run(made([1995.0]), 0.16, 400).why.startswith("the loss is 1995 before the first update;")
    assert "from 2.50 to 1.1e+12 in 3 of 100 updates" in judge_run(made([2.5, 13, 1.1e12]), 2.3, 100).why
    assert "in 3 updates" in judge_run(made([2.5, 13, 1.1e12]), 2.3, 3).why
    assert judge_run(made([np.nan] * 3), 2.3).why == "the loss was NaN from the start; it broke at update 0"


def test_no_threshold_follows_from_gradients_of_0() -> None:
    advice = suggested_threshold(made([2.3] * 20, gradient_norm=0.0))
    assert np.isnan(advice.threshold)
    assert "nothing to clip" in advice.text


def test_noise_is_not_taken_for_learning() -> None:
    """Losses of small batches scatter around the guess; often their median alone is below 95% of it."""
    runs = [judge_run(made(1 + 0.2 * np.roll(NOISE, -i)[:50]), 1.0).kind for i in range(0, 350, 7)]
    assert runs.count("stalled") >= 45


def test_the_guess_of_fresh_samples_is_the_tasks_own() -> None:
    """The sum of two U(0, 1) has variance 1/6, whatever the first batch of 8 happens to have."""
    data, loss = {"task": "adding", "batch": 8}, {"name": "mse"}
    scenario = parse_scenario({"network": {"kind": "rnn"}, "time": {"steps": 10}, "data": data, "loss": loss})
    assert constant_loss(scenario, load_samples(scenario)) == pytest.approx(1 / 6, rel=0.05)


def test_troubles_are_words_that_remedies_know() -> None:
    scenario, narrow = Scenario(), parse_scenario({"precision": {"format": "float16"}})
    flat, wild = made(np.full(50, 2.3)), made([2.3, 1e6, *np.full(50, 2.3)])
    assert troubles(scenario, made([2.3, *[0.1] * 20]), judge_run(made([2.3, *[0.1] * 20]), 2.3), 2.3) == ()
    assert troubles(scenario, flat, judge_run(flat, 2.3), 2.3) == ("stalled",)
    assert troubles(scenario, wild, judge_run(wild, 2.3), 2.3) == ("stalled", "diverging")
    huge = made(np.full(50, 1.7e308))
    assert troubles(scenario, huge, judge_run(huge, 2.3), 2.3) == ("stalled",)
    broken = made(np.full(50, 2.3), bad_gradients=0.1)
    found = troubles(narrow, broken, judge_run(broken, 2.3), 2.3)
    assert found == ("stalled", "overflow")
    assert set(found) <= set(KINDS)
