"""Transformers in the engine: blocks of queries, narrow formats, the first inf or NaN, training, dumps."""

from typing import Any

import numpy as np
import pytest

from gradsim.sim.engine.build import build
from gradsim.sim.engine.plan import Limits
from gradsim.sim.errors import ScenarioError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.ops import attention
from gradsim.sim.scenario.fixing import obstacle
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run


def scenario(fmt: str = "float64", steps: int = 6, batch: int = 3, **network: Any) -> Scenario:
    chosen = {"kind": "transformer", "depth": 3, "width": 8, "heads": 2, **network}
    return parse_scenario({"network": chosen, "time": {"steps": steps}, "data": {"batch": batch},
                           "loss": {"at": "every"}, "precision": {"format": fmt}})  # fmt: skip


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("block", [1, 20, 60, 150])
def test_blocks_of_queries_make_the_same_numbers(monkeypatch: pytest.MonkeyPatch, block: int, causal: bool) -> None:
    chosen = scenario(causal=causal, qk_norm="layer")
    whole, arrays = dump(chosen)
    monkeypatch.setattr(attention, "BLOCK", block)
    parts, others = dump(chosen)
    for key, value in arrays.items():
        np.testing.assert_allclose(others[key], value, rtol=1e-9, atol=1e-12, err_msg=key)
    for name, values in whole.profile.items():
        np.testing.assert_allclose(parts.profile[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("fmt", ["float32", "float16"])
def test_however_blocks_are_grouped_or_recomputed_the_bits_are_the_same(fmt: str) -> None:
    chosen = scenario(fmt, depth=5, norm_at="sandwich", skip="rezero")
    whole, arrays = dump(chosen)
    for limits in (Limits(layers=1), Limits(layers=2, states=0)):
        other, others = dump(chosen, limits=limits)
        for key, value in arrays.items():
            np.testing.assert_array_equal(value, others[key], err_msg=key)
        for name, values in whole.profile.items():
            np.testing.assert_array_equal(values, other.profile[name], err_msg=name)


def test_statistics_are_those_of_the_arrays() -> None:
    chosen = scenario(causal=True)
    result, arrays = dump(chosen)
    assert result.axes == ("layer", "step")
    for layer in (1, 2, 3):
        named = {key.removeprefix(f"layers.{layer}."): value for key, value in arrays.items()}
        at = {name: values[layer - 1] for name, values in result.profile.items()}
        rms = {name: np.sqrt((named[name] ** 2).mean(axis=(0, 2))) for name in
               ("activation", "grad_activation", "attention_output", "mlp_output", "grad_middle")}  # fmt: skip
        for name, key in (("activation_rms", "activation"), ("gradient_rms", "grad_activation"),
                          ("attention_rms", "attention_output"), ("mlp_rms", "mlp_output")):  # fmt: skip
            np.testing.assert_allclose(at[name], rms[key], rtol=1e-10, err_msg=name)
        np.testing.assert_allclose(at["mlp_factor"], rms["grad_middle"] / rms["grad_activation"], rtol=1e-10)
        np.testing.assert_allclose(at["preactivation_std"], named["mlp_preactivation"].std(axis=(0, 2)), rtol=1e-10)
        weights = np.where(named["attention"] > 0, named["attention"], 1)
        entropy = -(weights * np.log(weights)).sum(axis=3).mean(axis=(0, 1))
        np.testing.assert_allclose(at["attention_entropy"], entropy, rtol=1e-10, atol=1e-12)
        seen = np.tril(np.abs(named["attention_logits"])).max(axis=(0, 1, 3))
        np.testing.assert_allclose(at["max_logit"], seen, rtol=1e-10)
        unit = named["activation"] / np.linalg.norm(named["activation"], axis=2, keepdims=True)
        alike = ((unit @ unit.swapaxes(1, 2)).sum(axis=2) - 1) / (unit.shape[1] - 1)
        np.testing.assert_allclose(at["token_similarity"], alike.mean(axis=0), rtol=1e-9, atol=1e-12)
        query, key, value = np.split(named["self_attn.grad_in_proj_weight"], 3)
        for side, grad in (("query", query), ("key", key), ("value", value)):
            assert result.weights[f"{side}_gradient_norm"][layer - 1] == pytest.approx(np.linalg.norm(grad), rel=1e-10)


def test_without_an_mlp_its_values_are_nan() -> None:
    result, arrays = dump(scenario(mlp_ratio=0))
    for name in ("mlp_factor", "mlp_rms", "preactivation_std", "saturated_fraction", "zero_fraction"):
        assert np.isnan(result.profile[name]).all(), name
    assert not any("mlp" in key for key in arrays)


def test_the_first_overflow_names_its_sublayer() -> None:
    large = {"name": "normal", "std": 200.0}
    first = simulate(scenario("float16", init=large)).verdict.first_nonfinite
    assert first is not None
    assert (first.phase, first.layer, first.operation) == ("forward", 1, "attention logits")
    assert first.array == "layers.1.attention_logits"
    assert abs(first.exact) > 65504
    assert "layer 1's attention logits overflowed float16" in first.text
    first = simulate(scenario("float16", init=large, qk_norm="rms")).verdict.first_nonfinite
    assert first is not None
    assert first.operation.split()[0] in ("attention", "MLP")


@pytest.mark.parametrize("fmt", ["float16", "bfloat16", "float8_e4m3"])
def test_what_is_stored_in_a_narrow_format_fits_it(fmt: str) -> None:
    from gradsim.sim.numerics.number_format import number_format

    result, arrays = dump(scenario(fmt, causal=True))
    assert np.isfinite(result.verdict.ratio)
    form = number_format(fmt)
    for key, value in arrays.items():
        if value.dtype.kind == "f" and key != "loss":
            wide = value.astype(np.float32)
            np.testing.assert_array_equal(form.round_(wide.copy()), wide, err_msg=key)


def test_it_learns_and_goes_back_in_time() -> None:
    chosen = parse_scenario({"network": {"kind": "transformer", "depth": 2, "width": 16, "position": "sinusoidal"},
                             "data": {"task": "digits_rows", "batch": 32}, "loss": {"name": "cross_entropy"},
                             "training": {"optimizer": {"name": "adam", "learning_rate": 0.003},
                                          "iterations": 60}})  # fmt: skip
    run = Run(chosen)
    before = {name: value.copy() for name, value in run.trainer.network.ends.parameters.items()}
    for _ in range(60):
        run.advance()
    assert np.mean(run.history["loss"][-5:]) < 0.8 * np.mean(run.history["loss"][:5])
    assert run.visit(7).trace.loss == run.history["loss"][7]
    after = run.trainer.network.ends.parameters
    assert set(before) == {"embed.weight", "embed.bias", "norm.weight", "norm.bias"}
    assert all(np.any(after[name] != value) for name, value in before.items())


def test_a_choice_without_meaning_in_a_transformer_is_an_error() -> None:
    for network, words in (({"heads": 3}, "do not divide"), ({"init": "identity"}, "has no place"),
                           ({"norm": "batch"}, "has no place"), ({"qk_norm": "group"}, "has no place"),
                           ({"recurrent_init": "orthogonal"}, "recurrent")):  # fmt: skip
        with pytest.raises(ScenarioError, match=words):
            scenario(**network)
    for key in ("heads", "causal", "mlp_ratio", "final_norm", "position", "qk_norm"):
        with pytest.raises(ScenarioError, match="transformer"):
            parse_scenario({"network": {key: {"heads": 2, "mlp_ratio": 2}.get(key, True)}})
    with pytest.raises(ScenarioError, match="transformer"):
        parse_scenario({"network": {"skip": "deepnorm"}})


def test_fixes_say_why_they_do_not_apply() -> None:
    assert "attention" in obstacle("qk_norm", parse_scenario({}))
    assert obstacle("lstm", scenario())
    assert obstacle("truncate", scenario())
    assert "no place" in obstacle("batch_norm", scenario())
    assert obstacle("pre_norm", scenario()) == "already so in this scenario"
    assert not obstacle("pre_norm", scenario(norm_at="post"))
    assert not obstacle("deepnorm", scenario())
    assert obstacle("final_norm", scenario(norm="none", final_norm=False)) == "there is no norm"


def test_a_long_sequence_fits_into_its_estimate() -> None:
    from gradsim.sim.network.memory import estimate

    assert estimate(scenario("float32", steps=4096, batch=1, depth=1, width=64)) < 2**31
    assert len(build(scenario("float32", steps=4, batch=1)).layers) == 3
