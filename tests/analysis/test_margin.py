"""A healthy ratio near a bound is told, and only that."""

from types import SimpleNamespace
from typing import Any

import pytest

from gradsim.sim.analysis.concerns import margin
from gradsim.sim.results.trace import Verdict
from gradsim.sim.scenario.verdict_words import Kind


@pytest.mark.parametrize(("kind", "ratio", "words"), [
    ("healthy", 1.0, None), ("healthy", 0.01, None), ("healthy", 100.0, None),
    ("healthy", 0.0099, "9.9e-03 is close to vanishing (below 0.001)"),
    ("healthy", 101.0, "101 is close to exploding (above 1000)"),
    ("vanishing", 1e-4, None), ("exploding", 1e4, None), ("dead", 0.0, None), ("nonfinite", float("nan"), None),
])  # fmt: skip
def test_a_ratio_near_a_bound_is_told(kind: Kind, ratio: float, words: str | None) -> None:
    facts: Any = SimpleNamespace(verdict=Verdict(kind, ratio, 1.0, "so"))
    found = margin.concern(facts)
    assert (found and found[1]) == words
    assert found is None or found[0] == ratio
    assert not margin.COUNTED
