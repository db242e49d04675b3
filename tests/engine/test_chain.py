"""Chains of different layers: against PyTorch, against the short form, and row by row."""

import pickle
import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import registry
from gradsim.sim.engine.plan import DEFAULT, Limits
from gradsim.sim.errors import ScenarioError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.interop.weights import save_weights, weights
from gradsim.sim.network.memory import estimate
from gradsim.sim.scenario.file import make_scenario, to_toml
from gradsim.sim.scenario.kind_keys import entry_kinds, holding_kind
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run
from gradsim.tui.cli.report.train_rows import ratios_of, without_parameters, worst
from oracles.agreement import assert_close

PASSED = ("activation", "preactivation")  # others' gradients are products of theirs, as exact as the largest
MIXED = [
    {"kind": "dense", "width": 7}, {"kind": "lstm", "width": 6}, {"kind": "dropout", "rate": 0.2}, {"kind": "norm"},
    {"kind": "gru", "width": 4, "norm": "layer", "norm_at": "output"}, {"kind": "last_step", "name": "end"},
    {"kind": "dense", "width": 5, "repeat": 3, "skip": "scaled"}, {"kind": "activation", "activation": "tanh"},
    {"kind": "dense", "activation": "linear", "name": "odd"},
]  # fmt: skip

BLOCKS = [
    {"kind": "dense", "width": 6},
    {"name": "narrow", "skip": "identity", "repeat": 2, "block": [
        {"kind": "dense", "width": 3, "norm": "rms"}, {"kind": "dropout", "rate": 0.1}, {"kind": "dense", "width": 6},
    ]},
    {"skip": "rezero", "block": [{"kind": "gru", "width": 4}, {"kind": "lstm", "width": 6, "name": "second"}]},
    {"block": [{"kind": "transformer", "width": 6, "heads": 2}, {"kind": "activation", "activation": "tanh"}]},
    {"kind": "last_step"}, {"block": [{"kind": "dense", "width": 5}, {"kind": "dense"}]},
]  # fmt: skip


def scenario_of(layers: list[dict[str, Any]] = MIXED, loss: str = "probe", at: str = "last", steps: int = 6,
                truncate: int = 0, fmt: str = "float64", **network: Any) -> Scenario:  # fmt: skip
    """A network layer by layer; steps and truncation only if a layer reads a sequence."""
    kinds = {one["kind"] for entry in layers for one in entry.get("block", [entry])}
    states = bool(kinds & {"rnn", "lstm", "gru"})
    reads = states or bool(kinds & {"last_step", "mean_step", "ends", "transformer"})
    time = {"steps": steps} if reads else {}
    both = any("direction" in entry for entry in layers)
    time |= {"truncate": truncate} if states and not both else {}
    chosen = {"init": "he_normal", "bias": {"name": "normal", "std": 0.3}} | network
    return parse_scenario({
        "network": {**chosen, "layers": layers}, "time": time, "data": {"batch": 4, "inputs": 3},
        "loss": {"name": loss, "at": at if reads else "last"}, "precision": {"format": fmt},
    })  # fmt: skip


def assert_agrees(scenario: Scenario, limits: Limits = DEFAULT) -> None:
    from oracles import torch_chain as oracle

    _, arrays = dump(scenario, limits=limits)
    expected = oracle.autograd(scenario, arrays)
    ends = (".hidden", ".cell", ".gates", ".activation", ".preactivation", ".hidden_reverse", ".cell_reverse")
    ours = {key for key in arrays if "grad_" in key or key.endswith(ends) or key == "loss"}
    missing = {key for key in ours - set(expected) if np.any(arrays[key])}
    assert not missing, missing
    for key in sorted(ours & set(expected)):
        theirs = np.asarray(expected[key])
        if arrays[key].ndim == theirs.ndim - 1 and theirs.shape[1] == 1:  # after a reduction there are no steps
            theirs = theirs[:, 0]
        first = int(key.split(".")[1]) if key.startswith("layers.") else scenario.depth  # a norm of few numbers cancels
        passed = [f"layers.{n}.grad_{name}" for n in range(first, scenario.depth + 1) for name in PASSED]
        assert_close(key, arrays, theirs, passed)


NORMS = [name for name in registry.names("norms") if name not in ("group", "batch")] + [{"name": "group", "groups": 2}]
SKIPS = [name for name in registry.names("skips") if "NEEDS" not in registry.entry("skips", name).metadata]
WIDTHS = {"width": st.sampled_from([4, 6, 8])}
MORE = {
    "activation": st.sampled_from([n for n in registry.names("activations") if n not in ("rrelu",)] + ["rrelu"]),
    "norm": st.sampled_from(NORMS), "skip": st.sampled_from(SKIPS),
    "repeat": st.integers(1, 3), "init": st.sampled_from(["xavier_uniform", "orthogonal"]),
}  # fmt: skip


def entry(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **required}, optional=optional)


GATED = {key: value for key, value in MORE.items() if key != "activation"}
LEAVES = st.one_of(
    entry("dense", WIDTHS, MORE | {"norm": st.sampled_from([*NORMS, "batch"])}),
    entry("rnn", WIDTHS, MORE | {"recurrent_init": st.sampled_from(["orthogonal", "identity"])}),
    entry("lstm", WIDTHS, GATED | {"forget_bias": st.just(1.0)}),
    entry("gru", WIDTHS, GATED | {"norm_at": st.sampled_from(["cell", "output"])}),
    entry("dropout", {"rate": st.sampled_from([0.0, 0.3, 0.8])}, {"repeat": st.integers(1, 2)}),
    entry("norm", {"norm": st.sampled_from(["layer", "rms"])}, {}),
    entry("activation", {"activation": MORE["activation"]}, {}),
)  # fmt: skip
BOTH = {"direction": st.just("both")}
BOTH_WAYS = st.one_of(
    entry("rnn", WIDTHS | BOTH, MORE),
    entry("lstm", WIDTHS | BOTH, GATED),
    entry("gru", WIDTHS | BOTH, GATED | {"norm_at": st.sampled_from(["cell", "output"])}),
)  # fmt: skip
NARROWING = st.one_of(entry("last_step", {}, {}), entry("mean_step", {}, {}))


@st.composite
def blocks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A block, after a layer that gives its input the width of its output."""
    width = draw(WIDTHS["width"])
    inner = [*draw(st.lists(LEAVES, max_size=2)), draw(LEAVES.filter(lambda one: "width" in one)) | {"width": width}]
    around = draw(st.sampled_from(SKIPS))
    return [{"kind": "dense", "width": width}, {"block": inner, "skip": around, "repeat": draw(st.integers(1, 2))}]


@st.composite
def transformers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A transformer, after a layer that gives it its width."""
    one = st.sampled_from
    layer = {"norm": draw(one(["layer", "rms"])), "norm_at": draw(one(["pre", "post", "sandwich"])),
           "skip": draw(one(["identity", "scaled", "rezero", "deepnorm"])), "qk_norm": draw(one(["none", "layer"])),
           "causal": draw(st.booleans()), "mlp_ratio": draw(one([0, 2])), "activation": draw(one(["gelu", "tanh"])),
           "repeat": draw(st.integers(1, 2))}  # fmt: skip
    return [{"kind": "dense", "width": 6}, {"kind": "transformer", "width": 6, "heads": draw(one([1, 2])), **layer}]


ENDING = BOTH_WAYS.map(lambda one: [one, {"kind": "ends"}])
ENTRIES = st.one_of(
    ENDING, transformers(), st.lists(st.one_of(LEAVES, NARROWING, BOTH_WAYS), min_size=1, max_size=4), blocks()
)
LAYERS = st.lists(ENTRIES, min_size=1, max_size=3).map(lambda parts: [one for part in parts for one in part])
CHAINS = st.builds(
    scenario_of, LAYERS, st.sampled_from(registry.names("losses")),
    st.sampled_from(["last", "every"]), st.integers(1, 7), st.integers(0, 3),
)  # fmt: skip


@pytest.mark.oracle
def test_a_mixed_chain_agrees_with_autograd():
    for loss in registry.names("losses"):
        assert_agrees(scenario_of(loss=loss))
    assert_agrees(scenario_of([one for one in MIXED if one["kind"] != "last_step"], at="every"))
    assert_agrees(scenario_of([one for one in BLOCKS if "transformer" not in str(one)], loss="mse"))


@pytest.mark.oracle
@settings(max_examples=60, deadline=None, derandomize=True)
@given(CHAINS, st.integers(0, 10_000), st.sampled_from([40, 150, 2**20]))
def test_random_chains_agree_with_autograd(scenario, seed, chunk):
    assert_agrees(scenario.edit({"seed": seed}), Limits(chunk=chunk))


@pytest.mark.parametrize(("kind", "word"), [("mlp", "dense"), ("rnn", "rnn"), ("lstm", "lstm"), ("gru", "gru")])
@pytest.mark.parametrize("more", [{}, {"skip": "scaled", "norm": "layer", "init": "gpt2"}])
def test_one_entry_repeated_is_the_short_form_bit_for_bit(kind, word, more):
    rest = {"data": {"batch": 4, "inputs": 3}, "time": {"steps": 1 if kind == "mlp" else 6},
            "loss": {"name": "cross_entropy"}}  # fmt: skip
    short = parse_scenario({"network": {**more, "kind": kind, "depth": 5, "width": 7}, **rest})
    for network in ({"layers": [{**more, "kind": word, "repeat": 5, "width": 7}]},
                    {**more, "layers": [{"kind": word, "repeat": 5, "width": 7}]}):  # fmt: skip
        (one, arrays), (other, result) = dump(short), dump(parse_scenario({"network": network, **rest}))
        for key, array in arrays.items():
            assert np.array_equal(array, result[key], equal_nan=True), key
        for table, same in ((one.profile, other.profile), (one.weights, other.weights)):
            for key, values in table.items():
                assert np.array_equal(values, same[key], equal_nan=True), key
        assert one.verdict == other.verdict


def test_transformers_in_a_chain_are_the_short_form_bit_for_bit():
    more = {"time": {"steps": 5}, "data": {"inputs": 8}, "precision": {"format": "float64"}}
    layer = {"kind": "transformer", "width": 8, "heads": 2, "causal": True}
    _, short = dump(parse_scenario({"network": layer | {"depth": 3, "final_norm": False}} | more))
    _, long = dump(parse_scenario({"network": {"layers": [layer | {"repeat": 3}]}} | more))
    assert set(short) - set(long) == {"embedding", "grad_embedding"}
    for name, array in long.items():
        np.testing.assert_array_equal(array, short[name])


@pytest.mark.parametrize("after", [[], [{"kind": "mean_step"}], [{"block": [{"kind": "transformer", "heads": 2}]}]])
def test_where_a_row_mixes_steps_the_verdict_is_of_all_steps_together(after):
    layer = {"kind": "transformer", "width": 8, "heads": 2, "repeat": 3}
    chain = [{"kind": "dense", "width": 8}, layer, *after]
    trace, arrays = dump(scenario_of(chain, at="last"))
    last = len(trace.layers)
    first, whole = (np.sqrt(np.mean(arrays[f"layers.{n}.grad_activation"] ** 2)) for n in (1, last))
    assert trace.verdict.axis == "layers"
    assert trace.verdict.ratio == pytest.approx(first / whole)


def test_a_diverged_row_that_mixes_steps_has_a_verdict():
    scenario = scenario_of([{"kind": "dense", "width": 8}, {"kind": "transformer", "width": 8}], loss="mse")
    run = Run(scenario.edit({"training.optimizer": {"name": "sgd", "learning_rate": 1e30}}))
    for _ in range(3):  # the gradient of all rows is nan at every step
        verdict = run.advance().trace.verdict
    assert verdict.kind == "nonfinite"


@pytest.mark.parametrize("more", [{"width": 12}, {"position": "sinusoidal"}])
def test_a_transformer_in_a_chain_embeds_nothing(more):
    chain = [{"kind": "transformer", "width": 8, "heads": 2} | more, {"kind": "last_step"}]
    with pytest.raises(ScenarioError, match="a chain embeds nothing and adds no positions"):
        simulate(parse_scenario({"network": {"layers": chain}, "time": {"steps": 5}, "data": {"inputs": 8}}))


def test_rows_have_numbers_names_and_what_they_have_of_the_profile():
    trace = simulate(scenario_of())
    assert [info.label for info in trace.layers] == [
        "dense 1", "lstm 1", "dropout 1", "norm 1", "gru 1", "end", "dense 2", "dense 3", "dense 4", "activation 1",
        "odd"]  # fmt: skip
    assert [info.width for info in trace.layers] == [7, 6, 6, 6, 4, 4, 5, 5, 5, 5, 5]
    norms = trace.weights["weight_norm"]
    assert np.isnan(norms[[2, 3, 5, 9]]).all()
    assert np.isfinite(norms[[0, 1, 4, 6, 7, 8, 10]]).all()
    assert np.isfinite(trace["gradient_rms"][:5]).all()
    assert np.isnan(trace["gradient_rms"][5:, :-1]).all()  # one state has no steps but the last
    assert np.isfinite(trace["gradient_rms"][5:, -1]).all()
    grad_output, grad_input = trace["gradient_norm"][7, -1], trace["gradient_norm"][6, -1]
    assert trace["layer_factor"][7, -1] == pytest.approx(grad_input / grad_output)
    assert trace.factors(8, axis="layers").layer_factor == pytest.approx(grad_input / grad_output)


def test_the_last_step_gets_all_of_the_gradient_and_the_mean_shares_it():
    chain = [{"kind": "rnn", "width": 4}, {"kind": "dense", "width": 4}, {"kind": "last_step"}]
    last = simulate(scenario_of(chain))["gradient_rms"][1]
    assert (last[:-1] == 0).all()
    assert last[-1] > 0
    shared = simulate(scenario_of([*chain[:2], {"kind": "mean_step"}]))["gradient_norm"]
    assert np.allclose(shared[1], shared[2, -1] / 6)


def test_dropout_draws_anew_each_update_and_scales_what_it_keeps():
    chain = [{"kind": "dense", "width": 400, "activation": "linear"}, {"kind": "dropout", "rate": 0.25}]
    _, arrays = dump(scenario_of(chain))
    assert set(np.unique(arrays["layers.2.mask"])) == {0.0, 1 / 0.75}
    assert np.mean(arrays["layers.2.mask"] == 0) == pytest.approx(0.25, abs=0.06)
    assert np.array_equal(arrays["layers.2.activation"], arrays["layers.1.activation"] * arrays["layers.2.mask"])


def test_a_chain_is_written_and_read_again():
    chosen = scenario_of(activation="relu")
    assert make_scenario(tomllib.loads(to_toml(chosen, resolved=False))) == chosen
    shown = make_scenario(tomllib.loads(to_toml(chosen)))
    assert shown.plain(resolved=True) == chosen.plain(resolved=True)
    (one, arrays), (other, result) = dump(chosen), dump(shown)
    assert one.loss == other.loss
    assert arrays.keys() == result.keys()
    assert chosen.edit({"seed": 3}).network == chosen.network


def test_the_readout_is_drawn_as_the_table_says_and_not_as_an_odd_last_layer():
    layers = [{"kind": "dense", "width": 5}, {"kind": "dense", "init": "zeros"}]
    usual, odd = scenario_of(layers, "mse"), scenario_of([*layers[:1], {**layers[1], "init": "he_normal"}], "mse")
    readouts = [dump(one)[1]["readout.weight"] for one in (usual, odd, make_scenario(tomllib.loads(to_toml(usual))))]
    assert np.array_equal(readouts[0], readouts[1])
    assert np.array_equal(readouts[0], readouts[2])


def test_a_block_of_one_layer_is_that_layer_but_for_its_names():
    layer = {"kind": "dense", "width": 6, "norm": "layer"}
    plain, within = dump(scenario_of([layer])), dump(scenario_of([{"block": [layer]}]))
    for key, array in plain[1].items():
        inner = key.replace("layers.1.", "layers.1.1.") if ".activation" not in key else key
        np.testing.assert_array_equal(array, within[1][inner if inner in within[1] else key], err_msg=key)
    assert np.array_equal(plain[0]["gradient_rms"], within[0]["gradient_rms"])
    assert within[0].layers[0].factors == ()
    assert within[0].factors(1).layer_factor == pytest.approx(plain[0].factors(1).layer_factor)


def test_layers_of_a_block_start_with_weights_of_their_own_and_drop_other_units():
    layer, drop = {"kind": "dense", "width": 6}, {"kind": "dropout", "rate": 0.5}
    _, arrays = dump(scenario_of([layer, {"block": [layer, drop, layer, drop], "repeat": 2}]))
    weights = [arrays[f"layers.{row}.{part}.weight"] for row in (2, 3) for part in (1, 3)]
    masks = [arrays[f"layers.{row}.{part}.mask"] for row in (2, 3) for part in (2, 4)]
    for arrays_of in (weights, masks):
        assert len({array.tobytes() for array in arrays_of}) == 4


def test_only_the_last_weights_before_a_skip_are_scaled_for_it():
    layer = {"kind": "dense", "width": 60, "init": "gpt2"}
    block = {"block": [layer, layer, {"kind": "norm"}], "repeat": 4}
    stds = {}
    for skip in ("none", "identity"):
        _, arrays = dump(scenario_of([layer, {**block, "skip": skip}]))
        stds[skip] = [arrays[f"layers.2.{part}.weight"].std() for part in (1, 2)]
    assert stds["identity"][0] == stds["none"][0]
    assert stds["identity"][1] == pytest.approx(stds["none"][1] / 2)


@pytest.mark.parametrize(("recurrent", "why"), [
    ({"skip": "rezero", "block": [{"kind": "rnn", "width": 3}]}, "the rezero skip's scale is 0 at the start"),
    ({"kind": "rnn", "width": 3, "recurrent_init": "zeros"}, "the recurrent weights of layer 1 are all 0"),
    ({"block": [{"kind": "rnn", "width": 3, "recurrent_init": "zeros"}]}, "the gradient is exactly 0 before step 6"),
])  # fmt: skip
def test_where_no_gradient_goes_through_time_the_row_itself_says_why(recurrent, why):
    skipped = {"block": [{"kind": "dense", "width": 3}], "skip": "scaled", "repeat": 2}
    result = simulate(scenario_of([recurrent, {"kind": "last_step"}, skipped]))
    assert (result.verdict.kind, result.verdict.axis) == ("dead", "time")
    assert why in result.verdict.why


def test_a_block_breaks_in_the_layer_that_is_told_by_name():
    big = {"kind": "dense", "width": 6, "init": {"name": "constant", "value": 6e4}, "bias": 0.0, "name": "big"}
    half = {"kind": "dense", "width": 6, "activation": "sigmoid"}
    result = simulate(scenario_of([{"block": [half, big]}, half], fmt="float16"))
    first = result.verdict.first_nonfinite
    assert (first.layer, first.operation) == (1, "big matrix product")
    assert abs(first.exact) > 65504


@pytest.mark.parametrize("fmt", ["float16", "float8_e5m2"])
def test_blocks_go_through_narrow_formats_and_learn(fmt):
    run = Run(scenario_of(BLOCKS, "cross_entropy", fmt=fmt).edit({"training.iterations": 2}))
    for _ in range(2):
        run.advance()
    assert run.visit(1).trace.loss == run.history["loss"][1]


def test_parameters_of_blocks_are_saved_and_taken(tmp_path):
    chosen = scenario_of(BLOCKS)
    save_weights(saved := weights(chosen), tmp_path / "own.npz")
    loaded = weights(chosen.edit({"network.weights": str(tmp_path / "own.npz"), "seed": 5}))
    assert loaded.keys() == saved.keys()
    for key, array in loaded.items():
        np.testing.assert_array_equal(array, saved[key])


def test_a_chain_of_blocks_is_written_and_read_again():
    chosen = scenario_of(BLOCKS)
    assert "final_norm" not in to_toml(chosen)
    assert make_scenario(tomllib.loads(to_toml(chosen, resolved=False))) == chosen
    shown = make_scenario(tomllib.loads(to_toml(chosen)))
    assert shown.plain(resolved=True)["network"]["layers"][1]["block"][0]["width"] == 3
    assert simulate(chosen).loss == simulate(shown).loss
    assert pickle.loads(pickle.dumps(chosen)) == chosen


def test_a_chain_in_a_narrow_format_tells_which_row_broke():
    layers = [{**one, "init": {"name": "normal", "std": 6e4}} if one.get("name") == "odd" else one for one in MIXED]
    result = simulate(scenario_of(layers, fmt="float16")).verdict
    assert result.kind == "nonfinite"
    assert result.first_nonfinite.layer == 11
    assert abs(result.first_nonfinite.exact) > 65504
    assert "layer 11" in result.why or "layers.11" in result.why


@pytest.mark.parametrize("fmt", ["float16", "bfloat16", "float8_e4m3", "float8_e5m2", "float32"])
def test_a_chain_goes_through_every_format(fmt):
    result = simulate(scenario_of(fmt=fmt))
    assert result["activation_rms"].shape == (11, 6)
    assert np.isfinite(result["activation_rms"][:, -1]).all()


def test_a_chain_learns_and_a_run_is_visited():
    chosen = scenario_of(loss="cross_entropy", fmt="float32").edit(
        {"training.iterations": 30, "training.optimizer": "adam"})  # fmt: skip
    run = Run(chosen)
    for _ in range(30):
        run.advance()
    assert np.isfinite(run.history["loss"]).all()
    assert run.visit(7).trace.loss == run.history["loss"][7]


@pytest.mark.parametrize("layers", [
    [{"kind": "norm"}], [{"kind": "activation"}, {"kind": "dense"}],
    [{"kind": "gru", "width": 4}, {"kind": "mean_step"}],
])  # fmt: skip
def test_rows_without_weights_take_part_in_training(layers):
    run = Run(scenario_of(layers, loss="mse"))
    for _ in range(3):
        run.advance()
    assert np.isfinite(run.history["loss"]).all()
    last = run.visit(2).trace
    assert not run.history["bad_activations"].any()
    assert run.history.layers["nonfinite_count"][:3].sum() == 0
    bare = [not info.parameters for info in last.layers]
    assert 0 <= worst(ratios_of(run.history, 1), without_parameters(run.history, 1)) == bare.index(False)
    assert np.isnan(last.weights["weight_norm"][bare]).all()


@pytest.mark.slow
def test_memory_is_estimated_by_row():
    wide = [{**one, "width": 600} if one.get("width") == 5 else one for one in MIXED]
    assert estimate(scenario_of(wide)) - estimate(scenario_of()) > 8 * 2 * 2 * 600**2


@pytest.mark.parametrize(("network", "message"), [
    ({"depth": 3}, "network.depth: is not used beside network.layers, where it follows from how many"),
    ({"kind": "rnn"}, "network.kind: is not used beside network.layers"),
    ({"layers": []}, "network.layers: [] is no list of layers"),
    ({"layers": [{"kind": "lstn"}]}, 'network.layers[1]: no kind "lstn"'),
    ({"layers": [{"kind": "mlp"}]}, 'network.layers[1]: no kind "mlp"; did you mean dense?'),
    ({"layers": [{}]}, "network.layers[1]: kind is missing"),
    ({"layers": [{"kind": "dense"}, {"kind": "dense", "activation": "rleu", "name": "odd"}]},
     'network.layers[2] "odd": activation: no activation "rleu"; did you mean relu?'),
    ({"layers": [{"kind": "mean_step", "width": 3}]}, 'network.layers[1]: width: no key "width"'),
    ({"layers": [{"kind": "dense", "forget_bias": 1.0}]},
     "network.layers[1]: forget_bias: only an lstm has a forget gate"),
    ({"layers": [{"kind": "dense", "repeat": 0}]}, "network.layers[1]: repeat: 0 is not allowed"),
    ({"layers": [{"kind": "dense", "repeat": 60_000}] * 2}, "network.layers: 120000 layers in all are too many"),
    ({"layers": [{"kind": "dropout", "rate": 1.0}]}, "network.layers[1]: rate: 1.0 is not allowed"),
    ({"layers": [{"kind": "norm", "norm": "none"}]}, 'network.layers[1]: norm: "none" has no place in kind norm'),
    ({"layers": [{"kind": "dense", "width": 8}, {"kind": "norm", "norm": {"name": "group", "groups": 3}}]},
     "network.layers[2]: norm.groups: 3 groups do not divide the width 8"),
    ({"layers": [{"kind": "rnn", "norm": "batch"}]}, "network.layers[1]: norm: batch norm compares samples"),
    ({"forget_bias": 1.0, "layers": [{"kind": "dense"}]}, "network.forget_bias: none of network.layers has such a key"),
    ({"kernal": 1.0, "layers": [{"kind": "dense"}]}, 'network.kernal: no key "kernal"'),
    ({"layers": [{"block": 3}]}, "network.layers[1]: block: 3 is no list of layers"),
    ({"layers": [{"kind": "block"}]}, "network.layers[1]: block is missing"),
    ({"layers": [{"kind": "gru", "block": [{"kind": "dense"}]}]}, "network.layers[1]: block: a gru holds no layers"),
    ({"layers": [{"block": [{"block": [{"kind": "dense"}]}]}]}, "network.layers[1] block[1]: a block holds layers"),
    ({"layers": [{"block": [{"kind": "dense"}, {"kind": "dens", "name": "odd"}]}]},
     'network.layers[1] block[2] "odd": no kind "dens"; did you mean dense?'),
    ({"layers": [{"block": [{"kind": "dense"}, {"kind": "last_step"}]}]},
     "network.layers[1]: block: a last_step leaves one step"),
    ({"layers": [{"block": [{"kind": "lstm"}, {"kind": "transformer"}]}]},
     "network.layers[1]: block: a transformer takes all steps at once, and an lstm one after the other"),
    ({"layers": [{"kind": "dense", "width": 8},
                 {"skip": "identity", "name": "half", "block": [{"kind": "dense", "width": 6}]}]},
     'network.layers[2] "half": a skip joins equal widths, and 8 features come in and 6 go out'),
    ({"layers": [{"block": [{"kind": "dense"}], "skip": "deepnorm"}]},
     'network.layers[1]: skip: "deepnorm" is for kind transformer'),
    ({"layers": [{"block": [{"kind": "dense", "width": 6}, {"kind": "norm", "norm": {"name": "group", "groups": 4}}]}]},
     "network.layers[1] block[2]: norm.groups: 4 groups do not divide the width 6"),
    ({"layers": [{"kind": "transformer", "final_norm": True}]},
     "network.layers[1]: final_norm: in a chain a norm after the last block is an entry of kind norm"),
    ({"final_norm": True, "layers": [{"kind": "transformer"}]},
     "network.final_norm: in a chain a norm after the last block is an entry of kind norm; remove the key"),
    ({"layers": [{"block": [{"kind": "lstm", "direction": "both"}]}]},
     "network.layers[1]: block: an lstm that reads both ways needs all steps at once"),
    ({"layers": [{"kind": "conv"}, {"kind": "lstm"}]},
     "network.layers[2]: kind: an image of 64 x 8 x 8 comes into an lstm, which reads features"),
])  # fmt: skip
def test_what_is_wrong_with_a_chain_is_told_with_the_entry(network, message):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario({"network": {"layers": [{"kind": "dense"}], **network}})
    assert not any(problem.key.startswith("time") for problem in caught.value.problems)
    assert any(str(problem).startswith(message) for problem in caught.value.problems), str(caught.value)


@pytest.mark.parametrize("kind", [*entry_kinds()])
def test_a_typo_is_answered_with_the_keys_that_an_entry_takes(kind):
    holds = {"block": [{"kind": "dense"}]} if kind == holding_kind() else {}

    def message(**keys):
        with pytest.raises(ScenarioError) as caught:
            parse_scenario({"network": {"layers": [{"kind": kind, **holds, **keys}]}})
        return str(caught.value)

    answer = message(repaet=2)
    assert "did you mean repeat?" in answer
    for key in answer.partition("allowed: ")[2].split(", "):
        assert key == "kind" or not any(words in message(**{key: 1j}) for words in ("no key", "one entry", "the whole"))


def test_an_entry_is_told_of_keys_of_other_kinds_by_its_own_word():
    with pytest.raises(ScenarioError, match="a dense entry does not read a sequence step by step"):
        parse_scenario({"network": {"layers": [{"kind": "dense", "direction": "both"}]}})


def test_layers_of_a_block_take_what_only_they_have_from_the_network():
    entries = parse_scenario({"network": {"kernel": 5, "layers": [{"block": [{"kind": "conv"}]}]}}).network.entries
    assert entries[0].block[0].table.get("kernel") == 5


def test_keys_of_entries_are_not_set_from_outside():
    with pytest.raises(ScenarioError, match="one a layer; give it in a file"):
        scenario_of().edit({"network.layers.0.width": 3})
