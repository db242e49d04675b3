"""Advice: what is tried does apply, is ranked as promised, and is the same each time."""

from dataclasses import replace
from typing import Any

import pytest

from gradsim.sim import registry
from gradsim.sim.errors import Cancelled
from gradsim.sim.scenario.fixing import apply_fixes
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.advice import Tried, advise, candidates, rank, summary
from gradsim.sim.training.trial import HEALS, trial

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
        found = candidates(SICK, kinds)
        fixed = [apply_fixes(SICK, names) for names in found]
        assert len({repr(one) for one in fixed}) == len(found)
        of_training = [n for n in found if all(registry.entry("fixes", x).metadata.get("TRAINING") for x in n)]
        assert bool(of_training) == bool(kinds)
    assert ("relu", "he_init") in found


def test_partners_are_fixes() -> None:
    for name in registry.names("fixes"):
        assert set(registry.entry("fixes", name).metadata.get("PARTNERS", ())) <= set(registry.names("fixes")) - {name}


def test_what_it_says_is_what_the_fixes_do(tried: tuple[Tried, ...]) -> None:
    ranked = rank(tried)
    assert {one.fixes for one in ranked} == {one.fixes for one in tried}
    best = ranked[0]
    fixed = apply_fixes(SICK, best.fixes)
    assert best.trial is not None
    assert best.heals
    assert best.score == trial(fixed, 30, thorough=False).score
    assert best.kind == simulate(fixed).verdict.kind
    assert not summary(ranked)
    assert best.text.startswith(f"--fix {best.fixes[0]}")
    assert {"fixes", "kind", "ratio", "score", "outlook", "cost"} <= set(best.to_dict())


def test_the_order_is_the_promised_one(tried: tuple[Tried, ...]) -> None:
    ranked = rank(tried)
    healing = [one for one in ranked if one.heals]
    assert list(ranked[: len(healing)]) == healing
    own = [one for one in healing if one.trial and one.trial.own.score < HEALS]
    assert healing[: len(own)] == own
    for part in (own, healing[len(own) :]):
        assert [one.intrusion for one in part] == sorted(one.intrusion for one in part)
    scores = [one.score for one in ranked[len(healing) :] if one.score is not None]
    assert scores == sorted(scores)
    assert rank(reversed(ranked)) == ranked


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

    found: list[Tried] = []
    with pytest.raises(Cancelled):  # noqa: PT012
        for one in advise(SICK, LONG, updates=30, check=check):
            found.append(one)  # noqa: PERF402  what is known when it is broken off
    assert [one.to_dict() for one in found] == [one.to_dict() for one in tried[: len(found)]]


def test_a_probe_is_advised_of_its_pass_only() -> None:
    found = rank(advise(Scenario().edit({"network.activation": "sigmoid", "network.depth": 15}), LONG))
    assert all(one.trial is None and one.outlook is None and one.score is None for one in found)
    assert found[0].kind == "healthy"


def test_nothing_that_heals_is_said(tried: tuple[Tried, ...]) -> None:
    bad: list[Any] = [replace(one, trial=replace(one.trial, runs=tuple(replace(run, score=1.0, outlook="sick")
                      for run in one.trial.runs))) for one in tried if one.trial]  # fmt: skip
    assert summary(rank(bad)).startswith("nothing tried heals it; ")
