"""What papers prove of transformers at the start, against passes; tolerances are those of the samples' number."""

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradsim.sim.engine.build import build
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate, trace

WIDTH = 64
LECUN = {"name": "normal", "std": 1 / math.sqrt(WIDTH)}


def passed(steps: int = 32, batch: int = 4, **network: Any) -> Trace:
    chosen = {"kind": "transformer", "width": WIDTH, "heads": 4, "init": LECUN} | network
    return simulate(parse_scenario({"network": chosen, "time": {"steps": steps}, "data": {"batch": batch},
                                    "loss": {"at": "every"}, "precision": {"format": "float64"}}))  # fmt: skip


@pytest.mark.parametrize("depth", [6, 12])
def test_pre_norm_grows_as_xiong_proves(depth: int) -> None:
    """Xiong et al. 2020, lemma 2: E|h_L|^2 / width lies between 1 + L/2 and 1 + 3L/2, here of 128 tokens."""
    result = passed(depth=depth, mlp_ratio=1, activation="relu")
    square = float(np.mean(result.profile["activation_rms"][-1] ** 2))
    assert 0.9 * (1 + depth / 2) < square < 1.1 * (1 + 3 * depth / 2)


def test_each_branch_of_a_sandwich_adds_exactly_one() -> None:
    """Its output has variance 1 by its norm; what two branches have in common is what the bound leaves."""
    result = passed(depth=1, mlp_ratio=0, norm_at="sandwich")
    rms = result.profile["activation_rms"][0]
    assert np.mean(rms**2) == pytest.approx(2, rel=6 / math.sqrt(128 * WIDTH))


@pytest.mark.parametrize(("init", "variance"), [("torch_default", 0.25), ("xavier_uniform", 1.0)])
def test_entropy_falls_by_half_the_logits_variance(init: str, variance: float) -> None:
    """Of Gaussian logits of variance s^2 over T tokens: ln T - s^2 / 2; q and k of variance s make logits of s^2."""
    result = passed(steps=256, batch=2, depth=1, init=init)
    below = math.log(256) - float(result.profile["attention_entropy"].mean())
    assert below == pytest.approx(variance / 2, rel=0.25)


def test_attention_alone_makes_tokens_equal_and_stops_the_queries() -> None:
    """Dong et al. 2021; Noci et al. 2022: cosines go to 1 doubly exponentially, and the queries' gradient to 0."""
    result = passed(depth=4, mlp_ratio=0, norm="none", skip="none")
    alike = result.profile["token_similarity"].mean(axis=1)
    assert alike[0] < 0.7
    assert np.all(np.diff(1 - alike) < 0)
    assert 1 - alike[2] < 1e-3
    query, value = (result.weights[f"{side}_gradient_norm"] for side in ("query", "value"))
    assert np.all(query[1:] / query[:-1] < 0.2)
    assert query[-1] / value[-1] < 1e-4
    skipped = passed(depth=4, mlp_ratio=0, norm="none")
    assert skipped.profile["token_similarity"][-1].mean() < 0.9


def test_rezero_passes_the_gradient_exactly() -> None:
    result = passed(depth=20, skip="rezero", batch=1, steps=4)
    assert result.verdict.ratio == 1


def test_deepnorm_keeps_gradient_and_tokens_apart() -> None:
    """Against post norm, over 24 blocks."""
    post = passed(depth=24, norm_at="post", init="xavier_normal", steps=16)
    deep = passed(depth=24, norm_at="post", skip="deepnorm", init="deepnet", steps=16)
    alike = [one.profile["token_similarity"][-1].mean() for one in (post, deep)]
    assert alike[1] < 0.2 < alike[0]
    assert abs(math.log(deep.verdict.ratio)) < 0.2


@pytest.mark.parametrize("at", ["pre", "post", "sandwich"])
def test_the_factors_over_all_steps_make_the_gradient(at: str) -> None:
    result = passed(depth=3, norm_at=at, causal=True, steps=6, batch=2)
    chains = [result.factors(layer) for layer in (3, 2, 1)]
    product = math.prod(value for chain in chains for _, value in chain.factors)
    first, last = (float(np.linalg.norm(norms)) for norms in
                   (result.input_gradient_norm, result.profile["gradient_norm"][-1]))  # fmt: skip
    assert product == pytest.approx(first / last, rel=1e-10)
    assert chains[-1].gradient_out == pytest.approx(first / last, rel=1e-10)


DEEPNORM = {"norm_at": "post", "skip": "deepnorm", "init": "deepnet"}
DEEP = {  # blocks, width, the net; and between which bounds R, cosine, query over value gradient at both ends are
    "post": (48, 128, {"norm_at": "post", "init": "xavier_uniform"},
             ((0.2, 3), (0.999, 1), (0.25, 0.42), (0, 1e-10))),
    "pre": (48, 128, {"init": "xavier_uniform"}, ((2.5, 7), (0.85, 0.96), (0.28, 0.5), (8e-3, 0.06))),
    "deepnorm": (48, 128, DEEPNORM, ((0.96, 1.04), (-0.01, 0.01), (0.18, 0.23), (0.18, 0.23))),
    "deepnorm of 100": (100, 64, DEEPNORM, ((0.95, 1.05), (-0.02, 0.02), (0.14, 0.24), (0.14, 0.24))),
    "gpt2 of 100": (100, 64, {"init": {"name": "gpt2", "std": 0.02}}, ((0.97, 1.03), (-0.1, 0.1), (0, 1), (0, 1))),
}  # fmt: skip


@cache
def independent(name: str, seed: int) -> Trace:
    """A pass whose probe has another direction at each token, where `at` = "every" takes the same at all."""
    depth, width, network, _ = DEEP[name]
    chosen = {"kind": "transformer", "depth": depth, "width": width, "heads": 4} | network
    built = build(parse_scenario({"seed": seed, "network": chosen, "time": {"steps": 32}, "data": {"batch": 4},
                                  "loss": {"at": "every"}, "precision": {"format": "float64"}}))  # fmt: skip
    built.head.target = np.random.default_rng(seed).standard_normal((4, 32, width))
    return trace(built)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", DEEP)
def test_deep_nets_by_independent_directions_of_the_tokens(name: str, seed: int) -> None:
    """Post norm ends in one token and no query gradient, pre norm grows, DeepNorm and GPT-2's init stay level."""
    directions, (*_, bounds) = independent(name, seed), DEEP[name]
    ends = directions.weights["query_gradient_norm"] / directions.weights["value_gradient_norm"]
    measured = directions.verdict.ratio, directions.profile["token_similarity"][-1].mean(), ends[0], ends[-1]
    for value, (low, high) in zip(measured, bounds, strict=True):
        assert low <= value <= high * (1 + 1e-12)
