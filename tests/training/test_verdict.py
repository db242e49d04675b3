"""The state of a run in one word, on losses made by hand, and its symptoms in the words of the fixes."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradsim.sim.data.batches import load_samples
from gradsim.sim.data.constant_loss import constant_loss
from gradsim.sim.numerics.trend import block_medians, mann_kendall
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.results.trace import Verdict
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.fixing import remedies
from gradsim.sim.scenario.quantities import BY_LAYER, NUMBERS
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.scenario.verdict_words import SYMPTOMS, Kind
from gradsim.sim.training.clip_threshold import suggested_threshold
from gradsim.sim.training.history import History
from gradsim.sim.training.loss_trend import Look
from gradsim.sim.training.run import Run
from gradsim.sim.training.symptoms import pass_symptoms, symptoms
from gradsim.sim.training.verdict import judge_run, notes_beside

NOISE = np.random.default_rng(0).standard_normal(400)


def history_of(loss: object, **numbers: float) -> History:
    """A history of these losses, and of other numbers if named."""
    losses = np.asarray(loss, np.float64)
    columns = {name: np.full(len(losses), numbers.get(name, 0.0)) for name in NUMBERS}
    history = History(2)
    history.restore(columns | {"loss": losses}, {name: np.ones((len(losses), 2)) for name in BY_LAYER})
    return history


@pytest.mark.parametrize(("loss", "kind"), [
    (np.geomspace(2.3, 0.1, 100), "learning"),
    (np.full(100, 2.3), "stalled"),
    (np.geomspace(200, 4, 100), "undecided"),  # it is worse than a constant, and still falls
    (np.geomspace(2.6, 2.4, 100), "undecided"),
    ([*np.geomspace(200, 4, 50), *np.full(150, 4.0)], "stalled"),  # it fell, to what is worse than a constant
    (2.3 - 1e-6 * np.arange(200), "stalled"),  # it falls, and gets nowhere
    (2.3 + 1e-6 * np.arange(200), "stalled"),
    (np.geomspace(2.3, 0.1, 19), "undecided"),  # too few to tell
    (np.full(39, 2.3), "undecided"),
    (np.geomspace(2.3, 50, 100), "diverging"),
    ([2.5, *[100.0] * 50], "diverging"),  # at once: judged from before the first update
    ([2.3, 5.0, np.nan, np.nan], "nonfinite"),
    ([2.3, np.inf, *np.geomspace(2.3, 0.1, 50)], "learning"),  # an update that was skipped
    ([*np.geomspace(2.3, 0.1, 90), 40.0, *[0.1] * 9], "learning"),  # one bad batch at the end
    ([2.3, *[np.inf] * 6, 5.0], "nonfinite"),  # most of the last updates were skipped
    ([*np.geomspace(2.3, 0.1, 60), np.inf], "learning"),  # only the last was
    ([2.3, *np.full(60, 1.7e308)], "diverging"),  # differences and sums overflow
])  # fmt: skip
def test_one_word_for_a_run(loss: object, kind: str) -> None:
    verdict = judge_run(history_of(loss), 2.3)
    assert verdict.kind == kind, verdict.why


@pytest.mark.parametrize(("loss", "kind", "text"), [
    (np.geomspace(2.3, 0.01, 100), "learning", "<1% of what it began with; the constant-prediction baseline is 0"),
    (np.full(100, 2.3), "stalled", "the constant-prediction baseline is 0"),
    (np.geomspace(2.3, 50, 100), "diverging", "it grows instead of falling"),
    (np.zeros(100), "learning", "there is no more to learn"),
    ([2.3, *[0.0] * 50], "learning", "there is no more to learn"),
])  # fmt: skip
def test_where_a_constant_output_is_right_the_start_is_the_measure(loss: object, kind: str, text: str) -> None:
    """Samples all of one class, or with the same target: there is nothing below 0."""
    verdict = judge_run(history_of(loss), 0.0)
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
    begun = judge_run(history_of([1995.0]), 0.16, 400)
    assert begun.kind == "undecided"
    assert begun.why == "the loss is 1995 before the first update: too early to say more"
    assert judge_run(history_of([2.5, 13, 1.1e12]), 2.3, 100).why.startswith(
        "so far the loss went from 2.50 to 1.1e+12 in 3"
    )
    assert judge_run(history_of([2.5, 2.4, 2.3]), 2.3, 3).why.endswith("in 3 updates: too few updates to say more")
    assert judge_run(history_of(np.geomspace(200, 4, 100)), 2.3, 200).why.endswith("it still falls")
    assert judge_run(history_of([np.nan] * 3), 2.3).why == "the loss was NaN from the start; it broke at update 0"


def kinds(loss: Any, constant_predictor_loss: float) -> list[str]:
    """The words after each update."""
    known: dict[int, Look] = {}
    return [
        judge_run(history_of(loss[:n]), constant_predictor_loss, len(loss), looks=known).kind
        for n in range(1, len(loss) + 1, 3)
    ]


def noisy(course: Any, seed: int, noise: float = 0.08) -> Any:
    return course * (1 + noise * np.random.default_rng(seed).standard_normal(len(course)))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("course", "end"), [
    (np.geomspace(2.4, 1.0, 200), "learning"),
    (np.full(200, 2.3), "stalled"),
    ([*np.geomspace(120, 3, 30), *np.geomspace(3, 1.0, 170)], "learning"),
])  # fmt: skip
def test_a_word_that_was_said_stays(course: Any, end: str, seed: int) -> None:
    said = [word for word in kinds(noisy(np.array(course), seed), 2.3) if word != "undecided"]
    assert said[-1] == end
    assert sum(a != b for a, b in itertools.pairwise(said)) <= 1
    assert said.count(end) >= 0.9 * len(said)


def test_a_loss_beside_the_bound_does_not_make_the_word_flap() -> None:
    """Its noise crosses the bound all the time."""
    for seed in range(6):
        said = kinds(noisy(np.full(300, 0.95 * 2.3), seed, 0.1), 2.3)
        assert sum(a != b for a, b in itertools.pairwise(said)) <= 3


def test_the_word_is_a_function_of_the_history_alone() -> None:
    loss, known = noisy(np.geomspace(2.4, 1.5, 150), 1), {}
    for n in range(1, 151, 7):
        assert judge_run(history_of(loss[:n]), 2.3, 150, looks=known) == judge_run(history_of(loss[:n]), 2.3, 150)


def test_a_probe_is_never_told_to_learn() -> None:
    for course in (np.geomspace(2, 0.1, 100), -np.geomspace(0.1, 1e6, 100), np.full(100, 1.0)):
        verdict = judge_run(history_of(course), float("nan"))
        assert verdict.kind == "undecided"
        assert "a probe has no target" in verdict.why


def test_the_trend_test_agrees_with_its_definition() -> None:
    rng = np.random.default_rng(3)
    for values in (rng.standard_normal(20), rng.integers(5, size=15).astype(float), np.arange(12.0), np.ones(10)):
        n = len(values)
        total = sum(np.sign(values[j] - values[i]) for i in range(n) for j in range(i + 1, n))
        ties = [np.sum(values == value) for value in set(values.tolist())]
        variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
        expected = (total - np.sign(total)) / np.sqrt(variance) if variance else 0.0
        assert mann_kendall(values) == pytest.approx(expected)


def test_the_trend_of_noise_is_rarely_significant() -> None:
    scores = [mann_kendall(np.random.default_rng(seed).standard_normal(20)) for seed in range(400)]
    assert np.std(scores) == pytest.approx(1, abs=0.1)
    assert 1 <= sum(score < -2.33 for score in scores) <= 12  # of 4 that are expected


def test_blocks_end_with_the_newest_value() -> None:
    assert block_medians(np.arange(7.0), 3).tolist() == [1.5, 3.5, 5.5]
    assert block_medians(np.arange(4.0), 20).tolist() == [0, 1, 2, 3]


def test_no_threshold_follows_from_gradients_of_0() -> None:
    advice = suggested_threshold(Scenario(), history_of([2.3] * 20, gradient_norm=0.0))
    assert np.isnan(advice.threshold)
    assert "nothing to clip" in advice.text


def test_noise_is_not_taken_for_learning() -> None:
    """Losses of small batches scatter around the guess; often their median alone is below 95% of it."""
    runs = [
        judge_run(history_of(1 + 0.2 * np.roll(NOISE, -i)[:n]), 1.0).kind for n in (50, 100) for i in range(0, 300, 7)
    ]
    assert runs.count("learning") <= 0.05 * len(runs)
    assert runs.count("stalled") >= 0.4 * len(runs)
    assert runs.count("diverging") == 0


def test_the_guess_of_fresh_samples_is_the_tasks_own() -> None:
    """The sum of two U(0, 1) has variance 1/6, whatever the first batch of 8 happens to have."""
    data, loss = {"task": "adding", "batch": 8}, {"name": "mse"}
    scenario = parse_scenario({"network": {"kind": "rnn"}, "time": {"steps": 10}, "data": data, "loss": loss})
    assert constant_loss(scenario, load_samples(scenario)) == pytest.approx(1 / 6, rel=0.05)


def healthy(kind: Kind = "healthy", ratio: float = 1.0, first: Nonfinite | None = None) -> Verdict:
    """The pass before update 0."""
    return Verdict(kind, ratio, 1.0, "made by hand", first)


def symptoms_of(
    scenario: Scenario, history: History, began: Verdict, first: Nonfinite | None = None
) -> tuple[str, ...]:
    of_run = symptoms(scenario, history, judge_run(history, 2.3), 2.3, began, first)
    assert set(of_run) <= set(SYMPTOMS)
    return of_run


def test_the_symptoms_of_a_run() -> None:
    plain, narrow = Scenario(), parse_scenario({"precision": {"format": "float16"}})
    flat, wild = np.full(60, 2.3), [2.3, 1e6, *np.full(60, 2.3)]
    assert symptoms_of(plain, history_of(np.geomspace(2.3, 0.1, 60)), healthy()) == ()
    assert symptoms_of(plain, history_of(flat), healthy()) == ("stalled",)
    assert symptoms_of(plain, history_of(wild), healthy()) == ("diverging", "stalled")
    assert symptoms_of(plain, history_of(np.full(60, 1.7e308)), healthy()) == ("stalled",)
    pairs = parse_scenario({"network": {"norm": "batch"}, "data": {"batch": 2}})
    assert symptoms_of(pairs, history_of(flat), healthy()) == ("small_batch", "stalled")
    late = Nonfinite("backward", 3, 1, "matrix product", "layers.3.grad", value=np.inf, exact=1e5, iteration=20)
    assert symptoms_of(narrow, history_of(flat), healthy(), late) == ("overflow", "spike", "stalled")


@pytest.mark.parametrize("kind", ["vanishing", "exploding", "dead"])
def test_a_run_remembers_its_first_pass(kind: Kind) -> None:
    history, began = history_of(np.full(60, 2.3)), healthy(kind, 1e-9)
    (note,) = notes_beside(Scenario(), history, began)
    assert note.startswith("at update 0 the gradient ")
    assert judge_run(history, 2.3, notes=[note]).why.endswith(f"; {note}")
    assert symptoms_of(Scenario(), history, began) == (kind, "stalled")
    assert symptoms_of(Scenario(), history_of([2.3] * 3), began) == (kind,), "also of one that has only begun"
    assert symptoms_of(Scenario(), history_of(np.geomspace(2.3, 0.1, 60)), began) == ()


def test_a_pass_without_any_gradient_tells_no_ratio() -> None:
    began = healthy("vanishing", np.nan)  # 0/0: the loss's own gradient is smaller than the format holds
    assert list(notes_beside(Scenario(), history_of(np.full(60, 2.3)), began)) == ["at update 0 the gradient vanished"]


def test_the_fixes_of_a_bad_first_pass_are_offered() -> None:
    history, recurrent = history_of(np.full(60, 2.3)), {"network": {"kind": "rnn"}, "time": {"steps": 30}}
    relu = parse_scenario({"network": {"activation": "relu"}})
    assert "wider" in remedies(relu, symptoms_of(relu, history, healthy("vanishing", 1e-9)))
    assert "leaky_relu" in remedies(relu, symptoms_of(relu, history, healthy("dead", 0.0)))
    chosen = parse_scenario(recurrent)
    offered = remedies(chosen, symptoms_of(chosen, history, healthy("vanishing", 1e-9)))
    assert {"orthogonal_recurrent", "spectral_rescale"} <= set(offered)


def test_where_time_is_to_blame_the_fixes_of_time_come_first() -> None:
    chosen = parse_scenario({"network": {"kind": "rnn", "depth": 2, "init": "gpt2"}, "time": {"steps": 30}})
    over_time = Verdict("vanishing", 1e-9, 0.5, "made by hand", axis="time")
    of_run = pass_symptoms(chosen, over_time)
    assert of_run == ("through_time", "vanishing")
    assert remedies(chosen, of_run)[:2] == ("orthogonal_recurrent", "identity_recurrent")
    assert pass_symptoms(chosen, healthy("vanishing", 1e-9)) == ("vanishing",)


def test_no_step_is_to_blame_where_the_first_pass_breaks() -> None:
    scenario = parse_scenario({"precision": {"format": "float16"}, "network": {"skip": "identity"}})
    first = Nonfinite("forward", 10, 1, "residual sum", "layers.10.activation", value=np.inf, exact=70_000.0,
                      format="float16", iteration=0)  # fmt: skip
    began, history = healthy("nonfinite", float("nan"), first), history_of([np.nan] * 30, bad_parameters=1.0)
    of_run = symptoms_of(scenario, history, began, first)
    assert of_run == pass_symptoms(scenario, began) == ("overflow", "branches", "nonfinite")
    offered = remedies(scenario, of_run)
    assert offered[:3] == ("bfloat16", "float32", "scaled_residual")
    assert not {fix.name for fix in fixes() if fix.training} & set(offered)


def broke(**changed: Any) -> Iterator[tuple[str, ...]]:
    """Symptoms of a run in float16 whose first update divides by an eps of 0."""
    scenario = parse_scenario({"precision": {"format": "float16"}, "training": {"optimizer": "adam"}})
    first = Nonfinite("update", 2, 1, "adam update", changed.get("array", "layers.2.weight"), value=np.nan,
                      terms=(("parameter", 0.1), ("gradient", 1e-6), ("eps", 0.0)), exact=0.1, iteration=0)  # fmt: skip
    yield symptoms_of(scenario, history_of([2.3, np.nan], bad_parameters=1.0), healthy(), first)


def test_eps_is_blamed_where_it_was_divided_by() -> None:
    (of_run,) = broke()
    assert of_run[0] == "eps"
    (other,) = broke(array="layers.2.weight.square")
    assert "eps" not in other


def test_a_parameter_that_no_update_moved_is_a_symptom_of_a_narrow_format() -> None:
    """A gain of 1 in bfloat16 has neighbours at 0.996 and 1.008: no step of 6e-4 reaches halfway."""
    net = {"network": {"depth": 2, "width": 16, "norm": "layer", "activation": "relu", "init": "he_normal"},
           "data": {"task": "digits"}, "loss": {"name": "cross_entropy"}, "precision": {"format": "bfloat16"},
           "training": {"optimizer": {"name": "adam", "learning_rate": 6e-4}}}  # fmt: skip
    for changes, names in (({}, ("layers.1.norm.weight", "layers.2.norm.weight")),
                           ({"precision.master_weights": True}, ()), ({"precision.format": "float32"}, ()),
                           ({"training.optimizer.learning_rate": 0.02}, ()),
                           ({"training.optimizer.learning_rate": 0.0}, ())):  # fmt: skip
        run = Run(parse_scenario(net).edit(changes))
        for _ in range(5):
            run.advance()
        assert run.unmoved == names
        assert ("lost_updates" in run.symptoms) == bool(names)


def test_lost_updates_are_a_symptom_of_a_narrow_format_also_of_what_learns() -> None:
    narrow, learns = parse_scenario({"precision": {"format": "bfloat16"}}), np.geomspace(2.3, 0.1, 60)
    assert symptoms_of(narrow, history_of(learns, lost_updates=0.4), healthy()) == ("lost_updates",)
    assert symptoms_of(narrow, history_of(np.full(60, 2.3), lost_updates=0.4), healthy()) == ("lost_updates", "stalled")
    assert symptoms_of(narrow, history_of(learns, lost_updates=0.01), healthy()) == ()
    assert symptoms_of(Scenario(), history_of(learns, lost_updates=0.4), healthy()) == ()
    (note,) = notes_beside(narrow, history_of(learns, lost_updates=0.4), healthy())
    assert note == "rounding made 40% of the updates nothing"
    assert not list(notes_beside(Scenario(), history_of(learns, lost_updates=0.4), healthy()))
