"""Recurrent layers: every gradient against autograd and differences, chunks against one piece, cells by contract."""

import importlib
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import common
from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.engine.plan import DEFAULT, Limits
from gradsim.sim.errors import Cancelled, UserError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.scenario.kind_keys import declared_keys
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import inspect_layer, trace
from gradsim.sim.training.run import Run
from oracles.agreement import assert_close, assert_slope

KINDS = [name for name in registry.names("layers") if registry.entry("layers", name).metadata.get("STATE")]
NORMS = ["none", "layer", "rms", {"name": "group", "groups": 2}]
OUTPUT_NORMS = [*NORMS[1:], "batch"]


def scenario_of(kind="rnn", norm="none", skip="none", loss="probe", at="last", steps=7, truncate=0, task="gaussian",
                fmt="float64", **network) -> Scenario:  # fmt: skip
    init = {"recurrent_init": "he_normal"} if "recurrent_init" in declared_keys(kind) else {}
    truncate = 0 if network.get("direction") == "both" else truncate
    chosen = {"kind": kind, "depth": 2, "width": 6, "norm": norm, "skip": skip, "init": "he_normal", **init,
              "bias": {"name": "normal", "std": 0.3}} | network  # fmt: skip
    return parse_scenario({"network": chosen, "data": {"batch": 4, "task": task}, "loss": {"name": loss, "at": at},
                           "time": {"steps": steps, "truncate": truncate}, "precision": {"format": fmt}})  # fmt: skip


def assert_agrees(scenario: Scenario, limits: Limits = DEFAULT) -> None:
    from oracles import torch_time as oracle_time

    _, arrays = dump(scenario, limits=limits)
    expected = oracle_time.autograd(scenario, arrays)
    states = (".hidden", ".cell", ".gates", ".hidden_reverse", ".cell_reverse", ".gates_reverse")
    ours = {key for key in arrays if "grad_" in key or key.endswith(states) or key == "loss"}
    missing = {key for key in ours - set(expected) if np.any(arrays[key])}
    assert not missing, missing
    for key in sorted(ours & set(expected)):
        layer = re.sub(r"\.norm(_ih|_hh)?(_reverse)?$", "", key.rpartition(".grad_")[0])
        # a norm may cancel all of dL/dh_out, and a sum of signs all of its terms
        passed = (f"{layer}.grad_hidden", f"{layer}.grad_output", f"{layer}.grad_weight")
        assert_close(key, arrays, np.asarray(expected[key]), passed)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", ["last", "every"])
def test_every_combination_agrees_with_autograd(kind, at):
    for norm, skip, loss in itertools.product(NORMS, common("skips"), registry.names("losses")):
        assert_agrees(scenario_of(kind, norm, skip, loss, at))


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", OUTPUT_NORMS, ids=str)
def test_norms_on_the_output_agree_with_autograd(kind, norm):
    for skip, loss, at in itertools.product(common("skips"), registry.names("losses"), ["last", "every"]):
        assert_agrees(scenario_of(kind, norm, skip, loss, at, truncate=3, depth=3, norm_at="output"))


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_every_norm_s_eps_agrees_with_autograd(kind):
    norms = ("layer", "cell"), ("rms", "cell"), ("group", "cell"), ("batch", "output"), ("rms", "output")
    for norm, norm_at in norms:
        assert_agrees(scenario_of(kind, {"name": norm, "eps": 0.3}, norm_at=norm_at))


@pytest.mark.oracle
@pytest.mark.parametrize("activation", registry.names("activations"))
@pytest.mark.parametrize("kind", KINDS)
def test_every_activation_agrees_with_autograd(activation, kind):
    """Keras lets any activation be that of an lstm's and a gru's candidate and output."""
    small = {"init": {"name": "normal", "std": 0.1}, "recurrent_init": {"name": "normal", "std": 0.1}, "bias": -0.5}
    if kind == "rnn" or activation != "rrelu":  # with larger weights an exponential of exponentials has no end
        assert_agrees(scenario_of(kind, activation=activation, **(small if activation == "exponential" else {})))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("activation", ["sigmoid", "silu", "softsign", {"name": "elu", "alpha": 0.7}], ids=str)
def test_other_activations_in_cells_agree_with_central_differences(kind, activation):
    chosen = scenario_of(kind, "layer", "scaled", at="every", steps=5, activation=activation, width=4, norm_at="output")
    _, arrays = dump(chosen)
    network, step = build(chosen), 1e-6
    for layer, name in itertools.product(network.layers, ("weight_ih", "weight_hh", "bias_ih")):
        values, grad = layer.parameters[name], arrays[f"layers.{layer.number}.grad_{name}"]
        for number in np.linspace(0, values.size - 1, 5, dtype=int):  # one of each gate at least
            index = np.unravel_index(number, values.shape)
            here, losses = values[index], []
            for change in (step, -step):
                values[index] = here + change
                losses.append(trace(network).loss)
            values[index] = here
            assert grad[index] == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_tanh_as_another_activation_gives_tanh_s_gradients(kind, monkeypatch):
    """The cell's own tanh and the path for all others agree to rounding."""
    chosen = scenario_of(kind, at="every")
    plain = dump(chosen)[1]
    tanh = registry.load("activations", "tanh"), ()
    monkeypatch.setattr(registry.load("layers", kind), "in_place_of_tanh", lambda _scenario: tanh)
    other = dump(chosen)[1]
    for key, value in plain.items():
        np.testing.assert_allclose(other[key], value, rtol=1e-10, atol=1e-13, err_msg=key)


NORMED = {"norm": st.sampled_from(NORMS)}
NORMED_OUTPUT = {"norm": st.sampled_from(OUTPUT_NORMS), "norm_at": st.just("output")}
ANY = {
    "kind": st.sampled_from(KINDS),
    "skip": st.sampled_from(common("skips")),
    "loss": st.sampled_from(registry.names("losses")),
    "at": st.sampled_from(["last", "every"]),
    "direction": st.sampled_from(["forward", "both"]),
    "steps": st.integers(1, 12),
    "truncate": st.integers(0, 5),
    "depth": st.integers(1, 4),
    "width": st.sampled_from([4, 6, 8]),
    "recurrent_init": st.sampled_from(["torch_default", "orthogonal", "identity", "spectral_radius", "xavier_uniform"]),
}
RANDOM = st.builds(scenario_of, **ANY, **NORMED) | st.builds(scenario_of, **ANY, **NORMED_OUTPUT)


@pytest.mark.oracle
@settings(max_examples=200, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000), st.sampled_from([40, 150, 2**20]))
def test_random_scenarios_agree_with_autograd(scenario, seed, chunk):
    assert_agrees(scenario.edit({"seed": seed}), Limits(chunk=chunk))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("norm", "norm_at"), [("none", "cell"), ("layer", "cell"), ("batch", "output")])
def test_recomputed_chunks_give_the_same_bits(kind, norm, norm_at):
    scenario = scenario_of(kind, norm, at="every", loss="cross_entropy", steps=50, truncate=20, norm_at=norm_at)
    saved = dump(scenario, limits=Limits(chunk=400))
    recomputed = dump(scenario, limits=Limits(chunk=400, chunks=0))
    assert set(saved[1]) == set(recomputed[1])
    for key, value in saved[1].items():
        assert value.tobytes() == recomputed[1][key].tobytes(), key
    for name, values in saved[0].profile.items():
        np.testing.assert_array_equal(values, recomputed[0].profile[name], err_msg=name)


@pytest.mark.parametrize("budget", [0, DEFAULT.chunks], ids=["recomputed", "saved"])
@pytest.mark.parametrize("kind", KINDS)
def test_memory_that_is_written_over_does_not_show(kind, budget):
    network = build(scenario_of(kind, at="every", steps=30), limits=Limits(chunk=50, chunks=budget))
    one, other = trace(network), trace(network)
    for name, values in one.profile.items():
        np.testing.assert_array_equal(values, other.profile[name], err_msg=name)


GROWING = {"steps": 30, "fmt": "float16", "recurrent_init": {"name": "normal", "std": 50.0}}
SILENT = {"init": "zeros", "bias": "zeros", **GROWING}  # only the gradient grows


@pytest.mark.parametrize(
    "network", [{"activation": "linear", **GROWING}, *({"kind": kind, **SILENT} for kind in KINDS)]
)
def test_operands_are_right_though_later_chunks_write_over_memory(network):
    whole = trace(build(scenario_of(**network))).verdict.first_nonfinite
    assert whole is not None
    assert trace(build(scenario_of(**network), limits=Limits(chunk=50))).verdict.first_nonfinite == whole


@pytest.mark.parametrize("size", [1e-200, 1e-120, 1.0, 1e150])
def test_the_spread_of_preactivations_at_any_size(size):
    """Squares of such numbers do not fit into float64."""
    network = build(scenario_of("lstm", steps=3, depth=1))
    params = network.layers[0].parameters
    sums = network.input[0] @ params["weight_ih"].T + params["bias_ih"] + params["bias_hh"]
    for value in params.values():
        value *= size
    result = trace(network).profile["preactivation_std"][0, 0]
    assert result / size == pytest.approx(np.std(sums), rel=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000))
def test_gradients_agree_with_central_differences(scenario, seed):
    """A random direction in the space of all parameters, full backpropagation."""
    scenario = scenario.edit({"seed": seed, "time.truncate": 0, "network.depth": min(scenario.network.depth, 2)})
    h = 1e-6 if scenario.network.norm.name == "none" else 1e-7  # norms of a state that starts at 0 bend sharply
    assert_slope(scenario, h, 1e-4)


def products(network, rng, steps, batch):
    """Both sides of <v, J u> = <J^T v, u> of the first layer, J u by central differences."""
    layer = network.blocks[0]
    x = rng.standard_normal((steps, batch, network.input.shape[2]))
    u, v = rng.standard_normal(x.shape), rng.standard_normal((steps, batch, network.scenario.network.width))
    h = 1e-5  # error of order h^2
    ahead, behind = (layer.forward(x + s * h * u).output.copy() for s in (1, -1))
    layer.forward(x)
    return float((v * (ahead - behind)).sum()) / (2 * h), float((layer.backward(v.copy()).grad_input * u).sum())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("skip", ["none", "scaled"])
@pytest.mark.parametrize("norm", ["none", "layer", "batch"])
def test_every_kind_s_backward_is_the_transpose_of_its_forward(kind, skip, norm):
    chosen = scenario_of(kind, norm, skip, depth=1, steps=9, norm_at="output")
    along, back = products(build(chosen), np.random.default_rng(3), 9, 4)
    assert back == pytest.approx(along, rel=1e-7 if norm == "none" else 1e-6)


NEW_KIND = '''
"""Leaky integrator: h_t = (1 - leak) h_(t-1) + leak tanh(W_ih x_t + W_hh h_(t-1)), out = W_out h_t of another width."""
from dataclasses import dataclass
import numpy as np
from gradsim.sim.network.graph import LayerGraph
from gradsim.sim.ops.base import Op, Parameter
from gradsim.sim.ops.operands import at
from gradsim.sim.ops.linear import Linear
SEQUENCE = True
STATE = True
BLOCKS = 1
FIXED = "a leak and tanh"
LEAK = 0.3

@dataclass(frozen=True)
class Leaky(Op):
    """The state of a step from both products and the state before."""
    name = backward_name = "leak"
    factor = "slope"
    same_gradient = {1: 0}
    operands = ("recurrent", "input", "hidden")
    parameters = ()
    inputs: tuple
    def saved(self, batch, width): return {"value": (batch, width)}
    def forward(self, own, inputs, outputs, saved, round_):
        for recurrent, given, before, out, value in zip(*inputs, *outputs, *saved, strict=True):
            round_(np.tanh(given + recurrent, out=value))
            out[...] = (1 - LEAK) * before + LEAK * value
            yield
    def backward(self, own, inputs, saved, grads, into, round_):
        for value, grad, out, direct in zip(*saved, *grads, into[0], into[2], strict=True):
            out[...] = grad * LEAK * (1 - value**2)
            direct[...] = (1 - LEAK) * grad
            yield

def graph(scenario, fan_in):
    width, out = scenario.network.width, scenario.network.width
    def linear(source, key, rows, columns, factor):
        draw = lambda number: np.random.default_rng([scenario.seed, number, rows]).normal(size=(rows, columns))
        own = (Parameter(f"weight_{key}", (rows, columns), draw, matrices=({"hh": ""}.get(key, f"{key}_"),)),
               Parameter(f"bias_{key}", (rows,), lambda number: np.zeros(rows)))
        return Linear((source,), own, factor)
    inner = 2 * width
    ops = ((("given",), linear("in", "input", inner, fan_in, "input_weight")),
           (("recurrent",), linear("state@-1", "hh", inner, inner, "weight")),
           (("state",), Leaky(("recurrent", "given", "state@-1"))),
           (("out",), linear("state", "out", out, inner, "output_weight")))
    return LayerGraph(fan_in, ops, "out", ("given", "recurrent"), ("slope", "norm", "weight"), {"state": inner})
'''


@pytest.fixture
def leaky_integrator(tmp_path, monkeypatch):
    from gradsim.sim.network import kinds

    (tmp_path / "leaky_integrator.py").write_text(NEW_KIND.lstrip())
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    return "leaky_integrator"


def test_a_new_kind_is_an_operation_and_its_graph_in_one_file(leaky_integrator):
    """Its state is twice as wide as its output, and takes no part in what tests of other kinds know."""
    scenario = scenario_of(leaky_integrator, depth=2, steps=9, loss="cross_entropy", at="every", truncate=4)
    result, arrays = dump(scenario)
    again, recomputed = dump(scenario, limits=Limits(chunk=100, chunks=0))
    assert arrays["layers.2.state"].shape == (10, 4, 12)
    assert arrays["layers.2.out"].shape == (9, 4, 6)
    for key, value in arrays.items():
        np.testing.assert_allclose(recomputed[key], value, rtol=1e-10, atol=1e-13, err_msg=key)
    np.testing.assert_allclose(again.profile["slope_factor"], result.profile["slope_factor"], rtol=1e-10)
    assert result.profile["output_weight_factor"].shape == (2, 9)


def test_a_kind_may_read_sequences_and_have_no_state(tmp_path, monkeypatch):
    """As a transformer does: what a file states decides, not a name."""
    from gradsim.sim.network import kinds
    from gradsim.sim.scenario.fixing import obstacle

    (tmp_path / "attentive.py").write_text('"""Attention only."""\nSEQUENCE = True\n')
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    given = {"network": {"kind": "attentive"}, "time": {"steps": 7}, "loss": {"at": "every"}}
    scenario = parse_scenario(given)
    assert (scenario.reads_sequence, scenario.has_state, scenario.steps) == (True, False, 7)
    assert "recurrent_init" not in scenario.plain(resolved=True)["network"]
    refused = {
        "time.truncate": "no state that goes from step to step",
        "network.recurrent_init": "no recurrent weights",
    }
    for (key, words), value in zip(refused.items(), (3, "identity"), strict=True):
        with pytest.raises(UserError, match=words):
            scenario.edit({key: value})
    assert obstacle("truncate", scenario) == "an attentive has no recurrent weights; it needs a recurrent kind"
    assert obstacle("shorter_sequence", scenario.edit({"time.steps": 50})) == ""
    with pytest.raises(UserError, match="give kind attentive, gru, lstm, rnn or transformer"):
        scenario.edit({"network.kind": "mlp", "loss.at": None})


def test_a_new_kind_s_gradients_are_right(leaky_integrator):
    along, back = products(build(scenario_of(leaky_integrator, depth=1, steps=9)), np.random.default_rng(3), 9, 4)
    assert back == pytest.approx(along, rel=1e-7)


def test_a_new_kind_names_what_overflowed(leaky_integrator):
    """2 x 60,000 of the state's gradient: float8_e5m2 ends at 57,344."""
    chosen = scenario_of(leaky_integrator, depth=1, steps=9, fmt="float8_e5m2", at="every", loss="probe")
    network = build(chosen)
    network.layers[0].parameters["weight_out"][:] = 1.0
    network.loss_scale = 50_000.0
    first = trace(network).verdict.first_nonfinite
    assert first is not None
    assert (first.phase, first.layer) == ("backward", 1)
    assert abs(first.exact) > 57_344
    assert first.terms
    network.loss_scale = 1.0
    network.layers[0].parameters["weight_input"][:] = 30_000.0
    first = trace(network).verdict.first_nonfinite
    assert (first.operation, first.array, first.step) == ("matrix product", "layers.1.given", 1)


def test_a_new_kind_learns(leaky_integrator):
    run = Run(scenario_of(leaky_integrator, depth=2, steps=9, loss="mse").edit({"training.iterations": 2}))
    before = run.trainer.flat.parameters.copy()
    run.advance()
    assert np.isfinite(run.trainer.flat.parameters).all()
    assert (run.trainer.flat.parameters != before).any()


LONG = """
import resource
from gradsim.sim.network.memory import estimate
from gradsim.sim.simulation import simulate
from gradsim.sim.scenario.scenario import parse_scenario
chosen = parse_scenario({"network": {"kind": "rnn", "depth": 1, "width": 128, "recurrent_init": "orthogonal"},
                         "data": {"batch": 8}, "time": {"steps": 100_000}})
trace = simulate(chosen)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, estimate(chosen), trace.verdict.kind)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit there")
def test_a_hundred_thousand_steps_fit_into_two_gigabytes():
    done = subprocess.run([sys.executable, "-c", LONG], capture_output=True, text=True, check=True, timeout=300)
    peak, estimated, kind = done.stdout.split()
    assert kind == "vanishing"
    assert int(peak) <= 2 * 2**30
    assert 0.7 * int(peak) < int(estimated) < 1.5 * int(peak)


def test_a_user_s_sequences_are_read(tmp_path):
    x = np.random.default_rng(0).standard_normal((5, 4, 3))
    np.savez(tmp_path / "my.npz", input=x, target=np.arange(20).reshape(5, 4) % 3)
    given = {"network": {"kind": "gru", "depth": 1, "width": 6}, "data": {"file": str(tmp_path / "my.npz"), "batch": 5},
             "loss": {"name": "cross_entropy", "at": "every"}}  # fmt: skip
    result, arrays = dump(parse_scenario(given))
    assert result.steps == 4
    assert arrays["input"].shape == (5, 4, 3)
    assert arrays["output"].shape == (5, 4, 3)
    for changes, words in (({"time.steps": 9}, "9 is not what the file has: 4 steps"),
                           ({"network.kind": "mlp", "loss.at": None}, "mlp reads no sequences")):  # fmt: skip
        with pytest.raises(UserError, match=words):
            build(parse_scenario(given).edit(changes))


@pytest.mark.parametrize(("given", "words"), [
    ({"network": {"recurrent_init": "identity"}}, "network.recurrent_init: an mlp has no recurrent weights"),
    ({"time": {"steps": 3}}, "time.steps: 3 steps need a recurrent network"),
    ({"data": {"task": "adding"}, "loss": {"name": "mse"}}, "data.task: adding is a sequence of 100 steps"),
    ({"loss": {"at": "every"}}, "loss.at: an mlp has one step only"),
    ({"network": {"kind": "gru", "forget_bias": 1.0}}, "network.forget_bias: only an lstm has a forget gate"),
    ({"network": {"kind": "lstm", "activation": "rrelu"}}, "network.activation: rrelu draws its slopes anew"),
    ({"network": {"kind": "rnn", "norm": "batch"}}, "network.norm: batch norm compares samples"),
    ({"network": {"kind": "rnn", "norm": "batch", "norm_at": "output"}, "data": {"batch": 1}},
     "data.batch: 1 is too small for batch norm"),
    ({"network": {"norm": "layer", "norm_at": "output"}}, "network.norm_at: an mlp has its norm before the activation"),
    ({"network": {"kind": "rnn", "norm_at": "outptu"}}, 'network.norm_at: no norm_at "outptu"; did you mean output?'),
    ({"network": {"kind": "rnn"}, "data": {"task": "digits_rows"}, "time": {"steps": 9}, "loss": {"name": "probe"}},
     "time.steps: 9 is not what the data have: digits_rows has 8 steps"),
    ({"network": {"kind": "rnn"}, "data": {"task": "copy_memory"}, "time": {"steps": 5}},
     "time.steps: 5 is not a length of copy_memory; give a whole number from 21"),
    ({"network": {"kind": "lsmt"}}, 'network.kind: no kind "lsmt"; did you mean lstm?'),
])  # fmt: skip
def test_what_can_t_be_is_an_error_that_says_what_to_do(given, words):
    with pytest.raises(UserError) as error:
        parse_scenario(given)
    assert words in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_s_histograms_count_its_batch(kind):
    histograms = inspect_layer(scenario_of(kind, steps=9), 1, step=4).histograms
    assert {"preactivation", "activation", "gradient"} <= set(histograms)
    assert all(histogram.counts.sum() > 0 for histogram in histograms.values())
    assert histograms["gradient"].counts.sum() == 4 * 6


def test_a_watcher_is_asked_within_a_layer():
    seen = []

    def stop(phase, layer, part):
        seen.append(phase)
        if seen.count("within forward") == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        trace(build(scenario_of(steps=20), limits=Limits(chunk=48)), stop)
    assert seen == ["within forward"] * 3
