"""Prevention: a failure is tried again from its last healthy update, and what survives comes first."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.fixing import apply_fixes
from gradsim.sim.scenario.quantities import BY_LAYER, NUMBERS
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.training.failure import Failure, failure_of, last_healthy
from gradsim.sim.training.fix_search import tries
from gradsim.sim.training.history import History
from gradsim.sim.training.prevention import _trainer, prevent
from gradsim.sim.training.run import Run
from gradsim.sim.training.trial import HEALS
from gradsim.sim.training.tried import Tried, rank, summary
from runs import trained

LONG = 3600.0
JUMP = 30  # the update from which on the learning rate is 2,000 times as large


def broken(format: str = "float32", **training: object) -> Scenario:  # noqa: A002
    """A network that learns, until its schedule makes the learning rate far too large."""
    return parse_scenario({
        "network": {"depth": 3, "width": 16, "activation": "relu", "init": "he_normal"},
        "data": {"task": "digits"}, "loss": {"name": "cross_entropy"}, "precision": {"format": format},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.5}, "iterations": 42,
                     "schedule": {"name": "step", "step_size": JUMP, "gamma": 2000.0}} | training,
    })  # fmt: skip


def run_of(scenario: Scenario) -> Run:
    run = Run(scenario)
    while len(run) < scenario.training.iterations:
        run.advance()
    return run


@pytest.fixture(scope="module")
def run() -> Run:
    return run_of(broken())


@pytest.fixture(scope="module")
def failure(run: Run) -> Failure:
    broke = failure_of(run)
    assert broke is not None
    return broke


@pytest.fixture(scope="module")
def tried(failure: Failure) -> tuple[Tried, ...]:
    return tuple(prevent(failure, LONG, updates=20))


def history(loss: list[float], **bad: list[float]) -> History:
    history = History(1)
    columns = {name: np.zeros(len(loss)) for name in NUMBERS} | {"loss": np.array(loss)}
    columns |= {name: np.array(values) for name, values in bad.items()}
    history.restore(columns, {name: np.zeros((len(loss), 1)) for name in BY_LAYER})
    return history


CALM = [1.0] * 12
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(("loss", "expected"), [
    ([*CALM, NAN, NAN], 11), ([*CALM, 2.1, 2.2], 11), ([*CALM, 1.9, INF], 12), ([NAN, NAN], 0), ([INF, *CALM], 12),
    ([1.0, 9.0, 1.5, 9.0, 1.5, NAN], 0),  # back for one update is not healthy
    ([9.0, *CALM, NAN], 12), ([1.0], 0),
])  # fmt: skip
def test_healthy_is_what_was_fine_for_a_while(loss: list[float], expected: int) -> None:
    assert last_healthy(history(loss), 1.0) == expected


@pytest.mark.parametrize("name", ["bad_gradients", "bad_memory", "bad_norm", "bad_parameters"])
def test_a_number_that_is_not_finite_is_trouble(name: str) -> None:
    assert last_healthy(history([1.0] * 14, **{name: [0.0] * 13 + [0.5]}), 1.0) == 12
    skipped = [1.0] + [0.0] * 12 + [0.5]  # as of a loss scale that begins too high
    assert last_healthy(history([1.0] * 14, **{name: skipped}), 1.0) == 12


def test_it_goes_back_to_where_the_run_was_healthy(run: Run, failure: Failure) -> None:
    assert failure.state.iteration == JUMP
    assert failure.broke > JUMP
    assert failure.symptoms == run.symptoms
    assert run.verdict.kind == "nonfinite"


@pytest.mark.parametrize("training", [
    {}, {"optimizer": {"name": "adam", "learning_rate": 0.01, "eps": 1e-4}, "format": "float16"},
])  # fmt: skip
def test_without_a_fix_it_fails_again_bit_by_bit(training: dict[str, object]) -> None:
    again = run_of(broken(**training))
    failure = failure_of(again)
    assert failure is not None
    trainer = _trainer(failure, again.scenario, (), lambda: None)
    start = trainer.iteration
    assert start == failure.state.iteration > 0
    losses = [trainer.bare_update() for _ in range(len(again) - start)]
    np.testing.assert_array_equal(losses, again.history["loss"][start:])


@pytest.mark.slow
def test_every_fix_is_tried_from_where_it_can_act(failure: Failure, tried: tuple[Tried, ...]) -> None:
    since = {one.fixes: one.since for one in tried}
    assert since["lower_learning_rate",] == since["clip_norm",] == since["leaky_relu",] == JUMP
    assert since["xavier_init",] == since["batch_norm",] == since["warmup",] == 0  # other parameters, or another start
    for one in tried:
        assert one.trial is not None
        if one.since:
            assert one.since + one.trial.updates >= failure.broke + 20
            assert f"from update {JUMP}" in one.text
        else:
            assert one.trial.updates >= failure.broke
            assert "from update" not in one.text


def test_what_survives_comes_first(tried: tuple[Tried, ...]) -> None:
    ranked = rank(tried)
    assert not summary(ranked)
    assert ranked[0].score is not None
    assert ranked[0].score < HEALS
    scores = [one.score for one in ranked]
    assert scores[-1] == np.inf
    survived = [one.heals for one in ranked]
    assert survived == sorted(survived, reverse=True)


def test_the_same_run_gives_the_same_list(tried: tuple[Tried, ...]) -> None:
    failure = failure_of(run_of(broken()))
    assert failure is not None
    first = islice(prevent(failure, LONG, updates=20), 6)
    assert [one.to_dict() for one in first] == [one.to_dict() for one in tried[:6]]


def test_another_optimizer_begins_with_nothing_remembered(failure: Failure) -> None:
    fixed = apply_fixes(failure.scenario, ["adam"])
    trainer = _trainer(failure, fixed, ["adam"], lambda: None)
    assert (trainer.iteration, trainer.optimizer.count) == (JUMP, 0)
    assert not any(slot.any() for slot in trainer.optimizer.memory.values())
    np.testing.assert_array_equal(trainer.optimizer.parameters, failure.state.values[: trainer.flat.parameters.size])


def test_a_run_that_is_fine_or_stalls_is_no_failure() -> None:
    assert failure_of(Run(broken())) is None
    assert failure_of(trained(12)) is None


def test_it_can_be_stopped_and_ends_in_time(failure: Failure) -> None:
    assert tuple(prevent(failure, 0.0)) == ()

    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        next(tries(failure, LONG, check=check))


def test_a_network_is_a_question_too() -> None:
    assert next(tries(broken(), LONG)).since == 0


def test_what_the_first_pass_feared_of_the_data_is_known_of_the_run(tmp_path: Path) -> None:
    features = np.random.default_rng(0).standard_normal((64, 4))
    np.savez(tmp_path / "prices.npz", input=features, target=180_000 + 80_000 * features[:, :1])
    scenario = parse_scenario({
        "network": {"depth": 1, "width": 8, "activation": "relu"}, "loss": {"name": "mse"},
        "data": {"file": str(tmp_path / "prices.npz"), "batch": 16},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "iterations": 8},
    })  # fmt: skip
    run = run_of(scenario)
    assert run.symptoms[0] == "data"
    failure = failure_of(run)
    assert failure is not None
    first = next(iter(prevent(failure, LONG, updates=20)))
    assert first.fixes == ("standardize",)
    assert first.of_cause
    assert "data" not in run_of(apply_fixes(scenario, ["standardize"])).symptoms


def test_a_run_that_breaks_at_once_is_tried_from_the_start() -> None:
    run = run_of(broken(schedule="constant", optimizer={"name": "sgd", "learning_rate": 1e30}, iterations=6))
    failure = failure_of(run)
    assert failure is not None
    assert failure.state.iteration == 0
    assert {one.since for one in islice(prevent(failure, LONG, updates=3), 4)} == {0}
