"""Advice: what is tried does apply, is ranked as promised, and is the same each time."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.fixing import apply_fixes, cures
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.advice import ENOUGH, NEAREST, SHORT, _of_pass, advise
from gradsim.sim.training.candidates import INTRUSION, candidates, of_cause
from gradsim.sim.training.trial import HEALS, PATIENCE, Trial, TrialRun, trial
from gradsim.sim.training.tried import Cost, Tried, rank, summary

SICK = parse_scenario({
    "network": {"depth": 12, "width": 16, "activation": "sigmoid"},
    "data": {"task": "digits"}, "loss": {"name": "cross_entropy"},
})  # fmt: skip
LONG = 3600.0


@pytest.fixture(scope="module")
def tried() -> tuple[Tried, ...]:
    return tuple(advise(SICK, LONG, updates=30))


def test_candidates_apply_and_are_all_different() -> None:
    for kinds in ((), ("stalled",), ("diverging", "blowup")):
        offered = candidates(SICK, kinds)
        fixed = [apply_fixes(SICK, names) for names in offered]
        assert len({repr(one) for one in fixed}) == len(offered)
        of_training = [n for n in offered if all(registry.entry("fixes", x).metadata.get("TRAINING") for x in n)]
        assert bool(of_training) == bool(kinds)
    assert ("relu", "he_init") in offered


def test_partners_are_fixes() -> None:
    for name in registry.names("fixes"):
        assert set(registry.entry("fixes", name).metadata.get("PARTNERS", ())) <= set(registry.names("fixes")) - {name}


@pytest.mark.slow
def test_what_it_says_is_what_the_fixes_do(tried: tuple[Tried, ...]) -> None:
    ranked = rank(tried)
    assert {one.fixes for one in ranked} == {one.fixes for one in tried}
    best = ranked[0]
    fixed = apply_fixes(SICK, best.fixes)
    assert best.trial is not None
    assert best.heals
    assert best.score == trial(fixed, 30, thorough=False).score
    assert best.trial.updates == 30
    assert best.kind == simulate(fixed).verdict.kind
    assert not summary(ranked)
    assert best.text.startswith(f"--fix {best.fixes[0]}")
    assert {"fixes", "kind", "ratio", "score", "outlook", "cost"} <= set(best.to_dict())


@pytest.mark.slow
def test_the_order_is_the_promised_one(tried: tuple[Tried, ...]) -> None:
    ranked = rank(tried)
    healing = [one for one in ranked if one.heals]
    assert list(ranked[: len(healing)]) == healing
    own = [one for one in healing if one.trial and one.trial.own.score < HEALS]
    assert healing[: len(own)] == own, "no cause is known here, so the own optimizer decides first"
    for part in (own, healing[len(own) :]):
        assert [one.intrusion for one in part] == sorted(one.intrusion for one in part)
    scores = [round(one.score, 2) for one in ranked[len(healing) :] if one.score is not None]
    assert scores == sorted(scores)
    assert rank(reversed(ranked)) == ranked


def test_each_has_a_trial_before_the_next_is_simulated(tried: tuple[Tried, ...]) -> None:
    first_round = tried[: next(i for i, one in enumerate(tried) if one.trial and one.trial.updates == 30)]
    assert {one.trial.updates for one in first_round if one.trial} == {SHORT}
    for one, after in pairwise(first_round):
        if one.trial is None and one.kind == "healthy":
            assert after.fixes == one.fixes
            assert after.trial is not None
    again = tried[len(first_round) :]
    learned = [one.fixes for one in rank(first_round) if one.heals]
    firm = min(len(learned), ENOUGH)
    assert [one.fixes for one in again[:firm]] == learned[:firm], "the best of the first round first"
    waiting = [one for one in rank(first_round) if one.trial and not one.heals]
    assert len(again) <= len(learned) + len(waiting) - len(waiting) // 2


def test_what_came_nearest_is_given_patience_where_nothing_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def stub_trial(scenario: Scenario, updates: int, _check: Any, *, thorough: bool) -> Trial:
        asked.append(thorough)
        run = TrialRun(scenario.training.optimizer, np.ones(updates * (PATIENCE if thorough else 1)),
                       0.5 if thorough else 1.0, "trains" if thorough else "sick", False)  # fmt: skip
        return Trial((run,), updates, 1.0)

    monkeypatch.setattr("gradsim.sim.training.advice.trial", stub_trial)
    results = tuple(advise(SICK, LONG, updates=30))
    assert asked[-NEAREST:] == [True] * NEAREST
    assert not any(asked[:-NEAREST])
    assert rank(results)[0].heals
    assert f"learns to 50% of the baseline in {30 * PATIENCE} updates" in rank(results)[0].text
    assert {one.fixes for one in results} == {one.fixes for one in results if one.trial}, (
        "for want of others all are trained"
    )


def test_what_is_against_a_cause_comes_first() -> None:
    pairs = SICK.edit({"network.norm": "batch", "data.batch": 2})
    assert candidates(pairs, ("small_batch", "stalled"))[0] == ("bigger_batch",)
    assert of_cause(["bigger_batch"], ["small_batch"])
    assert not of_cause(["relu"], ["small_batch", "stalled"])
    assert not of_cause(["bigger_batch"], ["stalled"])


def test_of_passes_alone_that_of_another_problem_comes_after_one_that_gives_concern() -> None:
    """As a sequence of 10 steps does, of 672, after recurrent weights with which R is 100."""
    doubted = Tried(("identity_recurrent",), "healthy", 100.0, None, Cost(1, 1), (2, 2), doubted=True, of_cause=True)
    short = Tried(("shorter_sequence",), "healthy", 0.05, None, Cost(1, 0.02), (len(INTRUSION), 1), of_cause=True)
    sound = Tried(("leaky_relu",), "healthy", 2.0, None, Cost(1, 1), (2, 1))
    assert rank([short, doubted, sound]) == (sound, doubted, short)


def test_a_reason_speaks_of_the_scenario_with_the_other_fixes(tried: tuple[Tried, ...]) -> None:
    by_fixes = {one.fixes: one for one in tried}
    assert "sigmoid's own gain" in by_fixes["he_init",].reason
    assert cures("he_init", SICK.edit({"network.activation": "relu"})) in by_fixes["relu", "he_init"].reason


def test_a_reason_of_a_fix_applied_twice_says_the_final_value() -> None:
    twice = ("lower_learning_rate",) * 2
    trace = simulate(SICK)
    lowered = _of_pass(SICK, apply_fixes(SICK, twice), twice, trace, trace)
    assert "a rate of 0.001" in lowered.reason
    assert lowered.text.endswith("not trained, same cost")


def test_the_pairs_that_belong_together_are_tried() -> None:
    wanted = {("relu", "he_init"), ("layer_norm", "xavier_init"), ("rezero", "lecun_init")}
    assert wanted <= set(candidates(SICK.edit({"network.init": "torch_default"})))
    recurrent = parse_scenario({"network": {"kind": "rnn", "depth": 1}, "data": {"task": "adding"},
                                "loss": {"name": "mse"}, "time": {"steps": 20}})  # fmt: skip
    assert ("lstm", "forget_bias") in candidates(recurrent)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_list(tried: tuple[Tried, ...]) -> None:
    again = tuple(one.to_dict() for one in advise(SICK, LONG, updates=30))
    assert again == tuple(one.to_dict() for one in tried)


def test_time_that_runs_out_leaves_the_beginning(tried: tuple[Tried, ...]) -> None:
    assert tuple(advise(SICK, 0.0)) == ()
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 2000:
            raise Cancelled

    results: list[Tried] = []
    with pytest.raises(Cancelled):  # noqa: PT012
        for one in advise(SICK, LONG, updates=30, check=check):
            results.append(one)  # noqa: PERF402  what is known when it is broken off
    assert [one.to_dict() for one in results] == [one.to_dict() for one in tried[: len(results)]]


def test_a_probe_is_advised_of_its_pass_only() -> None:
    ranked = rank(advise(Scenario().edit({"network.activation": "sigmoid", "network.depth": 15}), LONG))
    assert all(one.trial is None and one.outlook is None and one.score is None for one in ranked)
    assert ranked[0].kind == "healthy"
    assert "train" not in ranked[0].text


def test_nothing_that_heals_is_said(tried: tuple[Tried, ...]) -> None:
    bad: list[Any] = [replace(one, trial=replace(one.trial, runs=tuple(replace(run, score=1.0, outlook="sick")
                      for run in one.trial.runs))) for one in tried if one.trial]  # fmt: skip
    assert summary(rank(bad)).startswith("nothing tried heals it; ")
    words = bad[0].trial.why.split("; ")
    assert [("constant-prediction baseline" in one, one.endswith("times it")) for one in words] == [
        (True, False), *[(False, True)] * (len(words) - 1)]  # fmt: skip
    assert (summary(()), summary((), complete=False)) == ("there is nothing to try", "nothing is tried yet")
