"""Bidirectional layers: against torch.nn, and the statistics of both directions together."""

import numpy as np
import pytest

from gradsim.sim.engine.build import build
from gradsim.sim.engine.plan import Limits
from gradsim.sim.errors import ScenarioError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.results.record import Evidence
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate, trace
from gradsim.tui.widgets.time_cells import memory

KINDS = ("rnn", "lstm", "gru")
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def scenario_of(kind: str = "rnn", at: str = "ends", loss: str = "probe", steps: int = 7, fmt: str = "float64",
                **network) -> Scenario:  # fmt: skip
    chosen = {"kind": kind, "depth": 2, "width": 6, "direction": "both", "bias": {"name": "normal", "std": 0.3}}
    return parse_scenario({"network": chosen | network, "time": {"steps": steps}, "data": {"batch": 4, "inputs": 5},
                           "loss": {"name": loss, "at": at}, "precision": {"format": fmt}})  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", ["last", "every", "ends"])
def test_stacks_agree_with_torch_nn_s_bidirectional_ones(kind, at):
    import torch

    _, arrays = dump(scenario_of(kind, at, depth=3))
    theirs = getattr(torch.nn, kind.upper())(5, 6, 3, bidirectional=True, batch_first=True).double()
    ours = {f"{name}_l{k}{way}": (f"layers.{k + 1}.", f"{name}{way}")
            for k in range(3) for name in NAMES for way in ("", "_reverse")}  # fmt: skip
    with torch.no_grad():
        for name, (layer, key) in ours.items():
            getattr(theirs, name).copy_(torch.tensor(arrays[layer + key]))
    output, last = theirs(torch.tensor(arrays["input"]))
    final = last[0] if kind == "lstm" else last
    seen = {"last": output[:, -1], "every": output.sum(1), "ends": torch.cat([final[-2], final[-1]], 1)}[at]
    ((torch.tensor(arrays["probe"]) * seen).sum() / 4).backward()
    np.testing.assert_allclose(arrays["layers.3.output"].swapaxes(0, 1), output.detach().numpy(), atol=1e-12)
    for name, (layer, key) in ours.items():
        grad = getattr(theirs, name).grad.numpy()
        np.testing.assert_allclose(arrays[f"{layer}grad_{key}"], grad, atol=1e-10 * np.abs(grad).max())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [{}, {"norm": "layer", "skip": "scaled"}, {"norm": "batch", "norm_at": "output"}])
def test_recomputed_chunks_give_the_same_bits(kind, more):
    chosen = scenario_of(kind, "every", steps=30, fmt="float16", **more)
    saved, recomputed = (dump(chosen, limits=Limits(chunk=200, chunks=chunks))[1] for chunks in (2**28, 0))
    for key, value in saved.items():
        np.testing.assert_array_equal(recomputed[key], value, err_msg=key)


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_are_of_both_directions_at_each_step_of_time(kind):
    trace, arrays = dump(scenario_of(kind, "every", norm="rms"))
    last, row = "layers.2.", {name: values[1] for name, values in trace.profile.items()}
    both = np.concatenate([arrays[f"{last}grad_hidden"], arrays[f"{last}grad_hidden_reverse"]], 2)

    def over_step(values, measure):
        return [measure(one) for one in values]

    def rms(values):
        return np.sqrt(np.square(values).mean())

    np.testing.assert_allclose(row["gradient_rms"], over_step(both, rms))
    np.testing.assert_allclose(row["gradient_max"], over_step(np.abs(both), np.max))
    np.testing.assert_allclose(row["activation_std"], over_step(arrays[f"{last}output"], np.std))
    np.testing.assert_allclose(row["activation_mean"], over_step(arrays[f"{last}output"], np.mean))
    np.testing.assert_allclose(row["forward_gradient_rms"], over_step(arrays[f"{last}grad_hidden"], rms))
    np.testing.assert_allclose(row["reverse_gradient_rms"], over_step(arrays[f"{last}grad_hidden_reverse"], rms))
    states = np.concatenate([arrays[f"{last}hidden"][1:], arrays[f"{last}hidden_reverse"][:-1]], 2)
    np.testing.assert_array_equal(states, arrays[f"{last}output"])
    if kind != "rnn":
        share = np.concatenate([arrays[f"{last}gates"], arrays[f"{last}gates_reverse"]], 2)[..., -1:]
        assert share.shape == (7, 4, 1)
    through = [
        arrays[f"{last}grad_recurrent_product{way}"] @ arrays[f"{last}weight_hh{way}"] for way in ("", "_reverse")
    ]
    grad_input = np.linalg.norm(np.concatenate(through, 2).reshape(7, -1), axis=1)
    start = [arrays[f"{last}grad_recurrent_product{way}"] for way in ("", "_reverse")]
    grad_output = np.linalg.norm(np.concatenate(start, 2).reshape(7, -1), axis=1)
    np.testing.assert_allclose(row["weight_factor"], grad_input / grad_output)


def test_the_step_that_gets_least_is_compared_with_the_nearer_end():
    """In one direction the gradient passes all steps, in two directions half of them at most."""
    chosen = scenario_of(steps=31, depth=1, width=32)
    alone = chosen.edit({"network.direction": "forward", "loss.at": "last"})
    for seed in range(3):
        one, both = (simulate(result.edit({"seed": seed})) for result in (alone, chosen))
        assert one.verdict.kind == both.verdict.kind == "vanishing"
        least = int(np.argmin(both.profile["gradient_rms"][0])) + 1
        assert 14 <= least <= 18
        assert f"both ways: gradient at step {least} is" in both.verdict.why
        links = min(least - 1, 31 - least)
        assert both.verdict.ratio == pytest.approx(both.verdict.factor_per_layer**links, rel=1e-6)
        assert both.verdict.ratio > 1e3 * one.verdict.ratio


def test_of_the_last_step_only_one_direction_is_judged():
    """The reverse direction has read a single step there."""
    trace = simulate(scenario_of(at="last", depth=1, steps=20))
    assert trace.verdict.direction == "forward"
    assert not trace.profile["reverse_gradient_rms"][0, :-1].any()
    assert trace.profile["reverse_gradient_rms"][0, -1] > 0


def test_an_exploding_gradient_s_verdict_names_the_direction():
    chosen = scenario_of(depth=1, steps=25, activation="linear", fmt="float64").edit(
        {"network.recurrent_init": "he_normal"}
    )
    verdict = simulate(chosen.edit({"network.recurrent_init.gain": 3.0})).verdict
    assert verdict.kind == "exploding"
    assert verdict.direction in ("forward", "reverse")
    ends = {"forward": "at step 1 is", "reverse": "at step 25 is"}
    assert ends[verdict.direction] in verdict.why


def test_the_first_number_that_is_not_finite_stands_at_its_step_of_time():
    """The reverse direction overflows at the last steps, and the operation's name says which direction it is."""
    chosen = scenario_of(depth=1, steps=12, width=4, fmt="float16", activation="linear", at="ends")
    chosen = chosen.edit({"network.recurrent_init": {"name": "constant", "value": 40.0}})
    first = simulate(chosen).verdict.first_nonfinite
    assert first is not None
    assert first.layer == 1
    assert 1 < first.step < 8
    arrays = dump(chosen)[1]
    reverse = ~np.isfinite(arrays["layers.1.output"][:, :, 4:]).all(axis=(1, 2))
    assert reverse[0]
    assert not reverse[-1]


def test_of_cells_each_direction_has_its_own_gradient_and_horizon():
    """Against dL/dc in a dump; the memory horizon counts steps in the order in which a direction reads."""
    scenario = scenario_of("lstm", depth=1, steps=30)
    result, arrays = dump(scenario)
    ahead, back = (np.sqrt(np.mean(arrays[f"layers.1.grad_cell{way}"] ** 2, axis=(1, 2))) for way in ("", "_reverse"))
    np.testing.assert_allclose(result.profile["forward_cell_gradient_rms"][0], ahead, rtol=1e-9)
    np.testing.assert_allclose(result.profile["reverse_cell_gradient_rms"][0], back, rtol=1e-9)
    horizon = [int(np.flatnonzero(sizes < 0.01 * sizes[0])[0]) for sizes in (ahead[::-1], back)]
    horizons = memory(result, 1)
    assert f"and {horizon[0]}, reverse" in horizons
    assert horizons.endswith(f"and {horizon[1]}")
    last = simulate(scenario.edit({"loss.at": "last"})).verdict
    assert last.direction == "forward"
    assert last.cell_memory_horizon is not None


def test_only_the_reverse_direction_may_break():
    """Only its weights, from a file, are too large."""
    network = build(scenario_of(depth=1, steps=9, width=4, fmt="float16", activation="linear"))
    network.layers[0].parameters["weight_hh_reverse"][...] = 50.0
    result = trace(network)
    first = result.verdict.first_nonfinite
    assert first is not None
    assert first.operation.startswith("reverse ")
    assert first.phase == "forward"
    broken = ~np.isfinite(result.profile["activation_rms"][0])
    assert first.step == np.flatnonzero(broken)[-1] + 1  # nothing later had been read before
    assert broken[0]
    assert f"at step {first.step} layer 1's reverse " in result.verdict.why


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": {"steps": 5, "truncate": 2}, "network": {"kind": "rnn", "direction": "both"}}, "cuts a sequence"),
        ({"time": {"steps": 5}, "network": {"kind": "rnn"}, "loss": {"at": "ends"}}, 'direction = "both"'),
        ({"network": {"kind": "mlp"}, "loss": {"at": "ends"}}, "one step only"),
        ({"network": {"kind": "mlp", "direction": "both"}}, "step by step"),
        ({"network": {"kind": "rnn", "direction": "backward"}}, "allowed: forward, both"),
        ({"network": {"layers": [{"block": [{"kind": "rnn", "width": 4, "direction": "both"}]}]}}, "all steps at once"),
        ({"network": {"layers": [{"kind": "rnn", "width": 4}, {"kind": "ends"}]}}, "before it"),
        ({"network": {"kind": "rnn", "bidirectional": True}}, "direction"),
    ],
)
def test_what_makes_no_sense_says_what_to_do(changes, words):
    with pytest.raises(ScenarioError, match=words):
        parse_scenario(changes)


def test_a_skip_joins_layers_that_take_in_both_directions():
    """The input of the second layer is as wide as its two outputs; that of the first is not."""
    arrays = dump(scenario_of(skip="rezero", depth=2))[1]
    assert "layers.1.scale" not in arrays
    assert arrays["layers.2.scale"].shape == arrays["layers.2.scale_reverse"].shape == (1,)
    np.testing.assert_array_equal(arrays["layers.2.output"], arrays["layers.1.output"])  # the scales are 0


def after_forward(kind):
    network = build(scenario_of(kind, fmt="float32"))
    network.blocks[0].forward(network.input)
    return network.layers[0]


def test_a_float64_copy_has_the_layer_s_parameters():
    layer = after_forward("lstm")
    recomputed = layer.float64_copy(0).forward(layer.inputs.astype(np.float64)).output
    np.testing.assert_allclose(recomputed, layer.output, rtol=1e-4, atol=1e-6)


def test_operands_of_a_sum_are_named_alike_in_both_directions():
    sums = [operation for one in after_forward("gru").directions for operation in one.operations("forward", Evidence(2))
            if operation.name.endswith("sum of products")]  # fmt: skip
    words = [[name for name, _ in operation.operands((0, 0, 0)).terms] for operation in sums]
    assert words == [["input", "recurrent"]] * 2
