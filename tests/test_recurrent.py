"""Recurrent layers: every gradient against autograd and differences, chunks against one piece, cells by contract."""

import importlib
import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import menu, unrolled, unrolled_chunks
from gradsim.sim.dump import dump
from gradsim.sim.inspect import inspect_layer
from gradsim.sim.passes import Cancelled, build, trace
from gradsim.sim.problems import UserError
from gradsim.sim.scenario import Scenario, parse_scenario

TOLERANCE = 1e-10  # of an array's largest entry
KINDS = [name for name in menu.names("layers") if menu.entry("layers", name).facts.get("RECURRENT")]
NORMS = ["none", "layer", "rms", {"name": "group", "groups": 2}]
OUTPUT_NORMS = [*NORMS[1:], "batch"]


def scenario_of(kind="rnn", norm="none", skip="none", loss="probe", at="last", steps=7, truncate=0, task="gaussian",
                fmt="float64", **network) -> Scenario:  # fmt: skip
    chosen = {"kind": kind, "depth": 2, "width": 6, "norm": norm, "skip": skip, "init": "he_normal",
              "recurrent_init": "he_normal", "bias": {"name": "normal", "std": 0.3}} | network  # fmt: skip
    return parse_scenario({"network": chosen, "data": {"batch": 4, "task": task}, "loss": {"name": loss, "at": at},
                           "time": {"steps": steps, "truncate": truncate}, "precision": {"format": fmt}})  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    import oracle_time

    _, arrays = dump(scenario)
    expected = oracle_time.autograd(scenario, arrays)
    ours = {key for key in arrays if "grad_" in key or key.endswith((".hidden", ".cell", ".gates")) or key == "loss"}
    missing = {key for key in ours - set(expected) if np.any(arrays[key])}
    assert not missing, missing
    for key in sorted(ours & set(expected)):
        theirs = np.asarray(expected[key])
        assert arrays[key].shape == theirs.shape, key
        layer = key.rpartition(".grad_")[0].removesuffix(".norm_ih").removesuffix(".norm_hh").removesuffix(".norm")
        terms = np.abs(arrays.get(f"{layer}.grad_hidden", 0.0)).max()
        error = np.abs(arrays[key] - theirs).max() / max(np.abs(theirs).max(), 1e-3 * terms, 1e-200)
        assert error < TOLERANCE, f"{key}: {error:.1e}"


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", ["last", "every"])
def test_every_combination_agrees_with_autograd(kind, at):
    for norm, skip, loss in itertools.product(NORMS, menu.names("skips"), menu.names("losses")):
        assert_agrees(scenario_of(kind, norm, skip, loss, at))


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", OUTPUT_NORMS, ids=str)
def test_norms_on_the_output_agree_with_autograd(kind, norm):
    for skip, loss, at in itertools.product(menu.names("skips"), menu.names("losses"), ["last", "every"]):
        assert_agrees(scenario_of(kind, norm, skip, loss, at, truncate=3, depth=3, norm_at="output"))


@pytest.mark.oracle
@pytest.mark.parametrize("activation", menu.names("activations"))
def test_every_activation_agrees_with_autograd(activation):
    assert_agrees(scenario_of(activation=activation))


NORMED = {"norm": st.sampled_from(NORMS)}
NORMED_OUTPUT = {"norm": st.sampled_from(OUTPUT_NORMS), "norm_at": st.just("output")}
ANY = {
    "kind": st.sampled_from(KINDS),
    "skip": st.sampled_from(menu.names("skips")),
    "loss": st.sampled_from(menu.names("losses")),
    "at": st.sampled_from(["last", "every"]),
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unrolled, "CHUNK", chunk)
        assert_agrees(scenario.edit({"seed": seed}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("norm", "norm_at"), [("none", "cell"), ("layer", "cell"), ("batch", "output")])
def test_recomputed_chunks_give_the_same_bits(kind, norm, norm_at, monkeypatch):
    scenario = scenario_of(kind, norm, at="every", loss="cross_entropy", steps=50, truncate=20, norm_at=norm_at)
    monkeypatch.setattr(unrolled, "CHUNK", 400)
    kept = dump(scenario)
    monkeypatch.setattr(unrolled, "BUDGET", 0)
    again = dump(scenario)
    assert set(kept[1]) == set(again[1])
    for key, value in kept[1].items():
        assert value.tobytes() == again[1][key].tobytes(), key
    for name, values in kept[0].profile.items():
        np.testing.assert_array_equal(values, again[0].profile[name], err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_products_by_block_agree_with_whole_ones(kind, monkeypatch):
    scenario = scenario_of(kind, at="every", steps=9)
    blocks = menu.entry("layers", kind).facts["BLOCKS"]
    _, whole = dump(scenario)
    monkeypatch.setattr(unrolled_chunks, "UNPACKED", 4 * 6 * 6)
    assert len(unrolled_chunks.across(np.ones((6 * blocks, 6)), 4, blocks)) == blocks
    _, split = dump(scenario)
    for key, value in whole.items():
        np.testing.assert_allclose(split[key], value, rtol=1e-12, atol=1e-14, err_msg=key)


@pytest.mark.parametrize("budget", [0, unrolled.BUDGET], ids=["made again", "kept"])
@pytest.mark.parametrize("kind", KINDS)
def test_memory_that_is_written_over_does_not_show(kind, budget, monkeypatch):
    monkeypatch.setattr(unrolled, "CHUNK", 50)
    monkeypatch.setattr(unrolled, "BUDGET", budget)
    network = build(scenario_of(kind, at="every", steps=30))
    one, other = trace(network), trace(network)
    for name, values in one.profile.items():
        np.testing.assert_array_equal(values, other.profile[name], err_msg=name)


GROWING = {"steps": 30, "fmt": "float16", "recurrent_init": {"name": "normal", "std": 50.0}}
SILENT = {"init": "zeros", "bias": "zeros", **GROWING}  # only the gradient grows


@pytest.mark.parametrize("given", [{"activation": "linear", **GROWING}, *({"kind": kind, **SILENT} for kind in KINDS)])
def test_what_met_is_told_though_later_chunks_write_over_memory(given, monkeypatch):
    whole = trace(build(scenario_of(**given))).verdict.first_nonfinite
    monkeypatch.setattr(unrolled, "CHUNK", 50)
    assert whole is not None
    assert trace(build(scenario_of(**given))).verdict.first_nonfinite == whole


@pytest.mark.parametrize("size", [1e-200, 1e-120, 1.0, 1e150])
def test_the_spread_of_preactivations_at_any_size(size):
    """Squares of such numbers do not fit into float64."""
    network = build(scenario_of("lstm", steps=3, depth=1))
    own = network.layers[0].parameters
    sums = network.input[0] @ own["weight_ih"].T + own["bias_ih"] + own["bias_hh"]
    for value in own.values():
        value *= size
    found = trace(network).profile["preactivation_std"][0, 0]
    assert found / size == pytest.approx(np.std(sums), rel=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000))
def test_gradients_agree_with_central_differences(scenario, seed):
    """A random direction in the space of all parameters, full backpropagation."""
    scenario = scenario.edit({"seed": seed, "time.truncate": 0, "network.depth": min(scenario.network.depth, 2)})
    network, gradients = build(scenario), {}

    def keep(phase, number, layer):
        if phase == "backward":
            gradients[number] = dict(layer.gradients)

    trace(network, keep)
    rng = np.random.default_rng(seed)
    parts = [(layer.parameters[k], g) for n, layer in enumerate(network.layers, 1) for k, g in gradients[n].items()]
    directions = [rng.standard_normal(parameter.shape) for parameter, _ in parts]
    slope = sum(float((g * d).sum()) for (_, g), d in zip(parts, directions, strict=True))
    size = sum(float(np.linalg.norm(g) * np.linalg.norm(d)) for (_, g), d in zip(parts, directions, strict=True))

    def loss_at(step: float) -> float:
        for (parameter, _), direction in zip(parts, directions, strict=True):
            parameter += step * direction
        hidden = network.input
        for layer in network.layers:
            hidden = layer.forward(hidden)
        value = network.head.forward(hidden)
        for (parameter, _), direction in zip(parts, directions, strict=True):
            parameter -= step * direction
        return value

    h = 1e-6 if scenario.network.norm.name == "none" else 1e-7  # norms of a state that starts at 0 bend sharply
    once, twice = ((loss_at(k * h) - loss_at(-k * h)) / (2 * k * h) for k in (1, 2))
    assert abs((4 * once - twice) / 3 - slope) < 1e-4 * max(size, 1e-6)


def pulled(network, rng, steps, batch):
    """Both sides of <v, J u> = <J^T v, u> of the first layer, J u by central differences."""
    layer = network.layers[0]
    x = rng.standard_normal((steps, batch, network.input.shape[2]))
    u, v = rng.standard_normal(x.shape), rng.standard_normal((steps, batch, layer.parameters["weight_hh"].shape[1]))
    h = 1e-5  # error of order h^2
    ahead, behind = (layer.forward(x + s * h * u).copy() for s in (1, -1))
    layer.forward(x)
    return float((v * (ahead - behind)).sum()) / (2 * h), float((layer.pull(v.copy()) * u).sum())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("skip", ["none", "scaled"])
@pytest.mark.parametrize("norm", ["none", "layer", "batch"])
def test_every_kind_s_pull_is_the_transpose_of_its_forward(kind, skip, norm):
    chosen = scenario_of(kind, norm, skip, depth=1, steps=9, norm_at="output")
    along, back = pulled(build(chosen), np.random.default_rng(3), 9, 4)
    assert back == pytest.approx(along, rel=1e-7 if norm == "none" else 1e-6)


NEW_CELL = '''
"""Leaky integrator: h_t = (1 - LEAK) h_(t-1) + LEAK tanh(both products)."""
import numpy as np
from gradsim.sim.recurrent_stack import recurrent_layers
RECURRENT = True
BLOCKS = 1
FIXED = "a leak and tanh"
LEAK = 0.3
def stack(scenario, inputs, dtype): return recurrent_layers(scenario, inputs, dtype, Leaky())
class Leaky:
    blocks, gates, states, separate, direct, room = 1, (), (), False, True, {"value": 1}
    def begin(self, chunk, layer): pass
    def advance(self, chunk, t):
        value = np.tanh(chunk.input[t] + chunk.recurrent[t], out=chunk.kept["value"][t])
        chunk.hidden[t + 1] = (1 - LEAK) * chunk.hidden[t] + LEAK * value
    def prepare(self, chunk): pass
    def retreat(self, chunk, t):
        chunk.grad_input[t] = chunk.grad_hidden[t] * LEAK * (1 - chunk.kept["value"][t] ** 2)
        chunk.direct[:] = (1 - LEAK) * chunk.grad_hidden[t]
    def forward_statistics(self, chunk): return {}
    def backward_statistics(self, chunk): return {}
    def closely(self, chunk, t): return {}
    def in_order(self, chunk): return {}
'''


def test_a_new_kind_is_one_file(tmp_path, monkeypatch):
    from gradsim.sim import layers

    (tmp_path / "leaky_integrator.py").write_text(NEW_CELL.lstrip())
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    scenario = scenario_of("leaky_integrator", depth=2, steps=9)
    along, back = pulled(build(scenario), np.random.default_rng(3), 9, 4)
    assert back == pytest.approx(along, rel=1e-7)
    found, arrays = dump(scenario)
    assert found.verdict.memory_horizon is None or found.verdict.memory_horizon > 0
    assert arrays["layers.2.hidden"].shape == (10, 4, 6)


LONG = """
import resource
from gradsim.sim.memory import estimate
from gradsim.sim.passes import simulate
from gradsim.sim.scenario import parse_scenario
chosen = parse_scenario({"network": {"kind": "rnn", "depth": 1, "width": 128, "recurrent_init": "orthogonal"},
                         "data": {"batch": 8}, "time": {"steps": 100_000}})
trace = simulate(chosen)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, estimate(chosen), trace.verdict.kind)
"""


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
    found, arrays = dump(parse_scenario(given))
    assert found.steps == 4
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
    ({"network": {"kind": "lstm", "activation": "relu"}}, 'network.activation: "relu" has no place in kind lstm'),
    ({"network": {"kind": "rnn", "norm": "batch"}}, "network.norm: batch norm compares samples"),
    ({"network": {"kind": "rnn", "norm": "batch", "norm_at": "output"}, "data": {"batch": 1}},
     "data.batch: 1 is too small for batch norm"),
    ({"network": {"norm": "layer", "norm_at": "output"}}, "network.norm_at: an mlp has its norm before the activation"),
    ({"network": {"kind": "rnn", "norm_at": "outptu"}}, 'network.norm_at: no norm_at "outptu"; did you mean output?'),
    ({"network": {"kind": "rnn"}, "data": {"task": "digits_rows"}, "time": {"steps": 9}, "loss": {"name": "probe"}},
     "time.steps: 9 is not what the data have: digits_rows has 8 steps"),
    ({"network": {"kind": "rnn"}, "data": {"task": "copy_memory"}, "time": {"steps": 5}},
     "time.steps: 5 is not a length of copy_memory; give a whole number from 21"),
    ({"network": {"kind": "rnm"}}, 'network.kind: no kind "rnm"; did you mean rnn?'),
])  # fmt: skip
def test_what_can_t_be_is_said_with_what_to_do(given, words):
    with pytest.raises(UserError) as error:
        parse_scenario(given)
    assert words in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_can_be_looked_at_closely(kind):
    found = inspect_layer(scenario_of(kind, steps=9), 1, step=4).histograms
    assert {"preactivation", "activation", "gradient"} <= set(found)
    assert all(histogram.counts.sum() > 0 for histogram in found.values())
    assert found["gradient"].counts.sum() == 4 * 6


def test_a_watcher_is_asked_within_a_layer(monkeypatch):
    monkeypatch.setattr(unrolled, "CHUNK", 48)
    seen = []

    def stop(phase, layer, part):
        seen.append(phase)
        if seen.count("within forward") == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        trace(build(scenario_of(steps=20)), stop)
    assert seen == ["within forward"] * 3
