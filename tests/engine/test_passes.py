"""The passes: statistics, factors, the first non-finite number, zeros, repeatability."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from factories import common
from gradsim.sim import registry
from gradsim.sim.errors import Cancelled, ScenarioError
from gradsim.sim.interop.arrays import dump, save_dump
from gradsim.sim.numerics.moments import by_step
from gradsim.sim.numerics.spectral import largest_singular_value
from gradsim.sim.results.factors import chain_factors
from gradsim.sim.results.histogram import histogram
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.quantities import every_trace
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import inspect_layer, simulate
from gradsim.sim.text import format_number
from oracles import naive as naive


def scenario(fmt="float32", batch=32, loss="probe", **network) -> Scenario:
    return parse_scenario({"network": network, "data": {"batch": batch}, "loss": {"name": loss},
                           "precision": {"format": fmt}})  # fmt: skip


@pytest.mark.parametrize("norm", registry.names("norms"))
@pytest.mark.parametrize("skip", common("skips"))
def test_statistics_equal_the_naive_ones(norm, skip):
    chosen = scenario(depth=4, width=16, activation="relu", norm=norm, skip=skip, fmt="float64")
    trace, arrays = dump(chosen)
    for name, expected in naive.statistics(arrays, 4).items():
        np.testing.assert_allclose(trace.profile[name][:, 0], expected, rtol=1e-12, atol=1e-15, err_msg=name)
    assert set(trace.profile) == set(every_trace())
    assert all(values.shape == (4, 1) for values in trace.profile.values())


LARGEST = float(np.finfo(np.float64).max)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(arrays_of.arrays(np.float64, (1, 3, 4), elements=st.floats(-LARGEST, LARGEST, allow_subnormal=True)))
@example(np.array([[[LARGEST, -LARGEST, 1.0, 0.0], *[[LARGEST] * 4] * 2]]))
def test_moments_stay_exact_from_subnormals_to_the_largest(array):
    expected = naive.moments(array.ravel())
    moments = by_step(array)[0]
    np.testing.assert_allclose(moments[2:], np.array(expected[2:], float), rtol=1e-10)
    spread = float(np.abs(array).max())
    np.testing.assert_allclose(moments[:2], np.array(expected[:2], float), rtol=1e-10, atol=1e-8 * spread)


@pytest.mark.parametrize(
    ("values", "rms", "count"),
    [([1.0, np.inf], np.inf, 1), ([1.0, np.nan], np.nan, 1), ([np.nan, -np.inf], np.nan, 2)],
)
def test_moments_distinguish_inf_from_nan(values, rms, count):
    moments = by_step(np.array(values, np.float32).reshape(1, 1, 2))[0]
    np.testing.assert_equal(moments[2], rms)
    assert moments[5] == count


@pytest.mark.parametrize("index", [0, 2**19, 2**20 - 1])
def test_one_number_far_out_does_not_blur_the_moments(index):
    row = np.random.default_rng(0).standard_normal(2**20) * 1e-4
    row[index] = 1.0
    mean, std, rms = by_step(row.reshape(1, 1, -1))[0, :3]
    np.testing.assert_allclose((mean, std, rms), (row.mean(), row.std(), np.sqrt(np.mean(row**2))), rtol=1e-13)


@pytest.mark.parametrize("norm", registry.names("norms"))
def test_the_factors_multiply_to_the_whole_chain(norm):
    trace = simulate(scenario(depth=12, activation="gelu", norm=norm, fmt="float64"))
    product = np.prod([trace.profile[f"{name}_factor"] for name in ("slope", "norm", "weight")])
    whole = trace.input_gradient_norm[0] / trace.profile["gradient_norm"][-1, 0]
    assert product == pytest.approx(whole, rel=1e-10)
    assert chain_factors(trace, 1).gradient_out == pytest.approx(whole, rel=1e-10)


def test_the_chain_is_one_line():
    trace = simulate(scenario(depth=3, width=1, activation="linear", init={"name": "constant", "value": 0.1}))
    assert chain_factors(trace, 3).text == "slope 1.00 x weight 0.10 = 0.100, passes on 0.10"
    assert chain_factors(trace, 2).text == "slope 1.00 x weight 0.10 = 0.100, passes on 0.010"


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_where_nothing_arrives_no_other_path_is_named(layer):
    trace = simulate(scenario(depth=3, activation="relu", init="zeros"))
    assert [word for word, _ in chain_factors(trace, layer).factors] == ["slope", "weight"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.21, "0.21"), (0.1, "0.10"), (0.0999, "0.10"), (0.999, "1.00"), (0.0341, "0.034"), (1, "1.00"),
     (64.2, "64.20"), (640, "640"), (12345, "1.2e+04"),
     (2.41e-13, "2.4e-13"), (-0.5, "-0.50"), (0, "0"), (np.inf, "inf"), (-np.inf, "-inf"), (np.nan, "NaN")],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert format_number(value) == text


def first(trace: Trace) -> Nonfinite:
    assert trace.verdict.kind == "nonfinite"
    assert trace.verdict.first_nonfinite is not None
    return trace.verdict.first_nonfinite


def test_overflow_forward_is_located():
    trace = simulate(scenario(depth=80, activation="relu", init={"name": "normal", "std": 1.0}))
    located = first(trace)
    assert (located.phase, located.operation, located.step) == ("forward", "matrix product", 1)
    assert located.array == f"layers.{located.layer}.preactivation"
    assert np.isfinite(trace.profile["activation_rms"][: located.layer - 1]).all()
    assert trace.profile["nonfinite_count"][located.layer - 1] > 0


def test_overflow_backward_is_located():
    """tanh keeps the forward pass finite, and its saturated slopes times huge weights overflow the backward pass."""
    chosen = scenario(depth=200, activation="hard_tanh", init={"name": "normal", "std": 1.0})
    located = first(simulate(chosen))
    assert (located.phase, located.operation) == ("backward", "matrix product")
    assert located.array == f"layers.{located.layer - 1}.grad_activation"


def test_weights_too_large_for_the_format_are_located_at_their_start():
    chosen = scenario(depth=2, init={"name": "normal", "std": 1e6}, loss="mse")
    assert simulate(chosen).verdict.kind != "nonfinite"
    chosen = scenario(depth=3, width=4096, batch=2, activation="linear", init={"name": "xavier_normal", "gain": 1000})
    assert simulate(chosen.edit({"network.depth": 20, "network.width": 64})).verdict.kind == "nonfinite"


@pytest.mark.parametrize(("fmt", "zeros"), [("float32", 150), ("float64", 1075)])
def test_a_gradient_that_halves_reaches_zero_where_the_format_ends(fmt, zeros):
    """PHYSICS: halving each layer reaches exact 0 after 150 layers in float32 and 1,075 in float64."""
    chosen = scenario(depth=zeros + 40, width=1, batch=1, activation="linear", fmt=fmt,
                      init={"name": "constant", "value": 0.5})  # fmt: skip
    trace = simulate(chosen)
    gradient = trace.profile["gradient_rms"][:, 0]
    halvings = int(np.flatnonzero(gradient > 0)[0])
    first_zero = len(gradient) - halvings  # layers from the top until 0
    probe = gradient[-1]
    assert first_zero == pytest.approx(zeros + np.log2(probe), abs=1.5)
    assert trace.verdict.kind == "vanishing"
    assert "smaller than" in trace.verdict.why


def test_exact_zeros_are_dead_and_not_vanishing():
    assert simulate(scenario(init="zeros")).verdict.kind == "dead"
    assert simulate(scenario(init="zeros", loss="mse")).verdict.kind == "dead"
    off = scenario(activation="relu", bias=-100.0, init="he_normal")
    verdict = simulate(off).verdict
    assert verdict.kind == "dead"
    assert "relu" in verdict.why


def test_one_layer_has_no_factor():
    verdict = simulate(scenario(depth=1)).verdict
    assert (verdict.kind, verdict.ratio) == ("healthy", 1.0)
    assert np.isnan(verdict.factor_per_layer)


@pytest.mark.parametrize("until", [("build", 5), ("forward", 2), ("backward", 4)])
def test_a_watcher_can_cancel(until):
    seen = []

    def stop(phase, layer, part):
        seen.append((phase, layer))
        if (phase, layer) == until:
            raise Cancelled

    with pytest.raises(Cancelled):
        simulate(scenario(depth=9), watch=stop)
    whole = [(phase, n) for phase in ("build", "forward") for n in range(1, 10)]
    whole += [("backward", n) for n in range(9, 0, -1)]
    assert seen == whole[: whole.index(until) + 1]


def test_inspection_counts_every_finite_value():
    inspection = inspect_layer(scenario(depth=5, width=16, batch=8, activation="relu"), 3)
    assert set(inspection.histograms) == {"preactivation", "activation", "slope", "gradient"}
    for counted in inspection.histograms.values():
        assert counted.counts.sum() == 16 * 8
        assert len(counted.edges) == len(counted.counts) + 1


@pytest.mark.parametrize("values", [[0.0, 0.0], [2.5] * 3, [1e-308, -1e-308], [1e308, -1e308, 0.0], [np.nan, np.inf],
                                    [1.0, 1.0 + 2**-52], [-5e-324, 5e-324], [-1.0, np.nextafter(-1.0, 0)]])  # fmt: skip
def test_histograms_hold_every_finite_value_between_true_edges(values):
    array = np.array(values)
    finite = array[np.isfinite(array)]
    counted = histogram(array)
    assert counted.counts.sum() == finite.size
    if finite.size:
        np.testing.assert_allclose([counted.edges[0], counted.edges[-1]], [finite.min(), finite.max()])


def test_dump_survives_its_file(tmp_path):
    _, arrays = dump(scenario(depth=2, width=4, loss="cross_entropy", norm="layer", skip="rezero"))
    save_dump(arrays, tmp_path / "pass.npz")
    loaded = np.load(tmp_path / "pass.npz", allow_pickle=False)
    assert set(loaded) == set(arrays)
    assert {"input", "target", "output", "loss", "readout.grad_weight", "layers.2.norm.grad_bias",
            "layers.2.grad_scale", "layers.1.grad_preactivation"} <= set(loaded)  # fmt: skip
    assert loaded["layers.1.weight"].dtype == np.float32


def test_too_large_for_the_memory_is_refused_at_once():
    with pytest.raises(ScenarioError, match=r"needs about .* of memory"):
        simulate(scenario(depth=100_000, width=16_384))


PRINT = """
import hashlib
from gradsim.sim.interop.arrays import dump
from gradsim.sim.scenario.scenario import parse_scenario
s = parse_scenario({"network": {"depth": 6, "width": 300, "activation": "gelu", "norm": "layer"},
                    "data": {"batch": 130}, "loss": {"name": "cross_entropy"}, "seed": 3})
_, arrays = dump(s)
digest = hashlib.sha256()
for key in sorted(arrays):
    digest.update(arrays[key].tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_same_seed_same_bits_whatever_the_thread_count():
    runs = [
        subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True,
                       env=os.environ | {"OPENBLAS_NUM_THREADS": count, "OMP_NUM_THREADS": count}).stdout
        for count in ("1", "2", "4")
    ]  # fmt: skip
    assert len(set(runs)) == 1


def test_another_seed_gives_other_numbers_and_a_fix_keeps_the_draws():
    one, two = (dump(scenario(depth=2).edit({"seed": seed}))[1] for seed in (1, 2))
    assert not np.array_equal(one["layers.1.weight"], two["layers.1.weight"])
    he = dump(scenario(depth=2, init="he_normal", activation="relu").edit({"seed": 1}))[1]
    scale = he["layers.1.weight"] / one["layers.1.weight"]
    np.testing.assert_allclose(scale, scale[0, 0], rtol=1e-5)
    np.testing.assert_array_equal(he["input"], one["input"])


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (1, 1)])
def test_the_largest_singular_value(shape, size):
    weight = size * np.random.default_rng(0).normal(size=shape)
    assert largest_singular_value(weight) == pytest.approx(np.linalg.svd(weight)[1][0], rel=1e-13)
    assert largest_singular_value(0 * weight) == 0
    assert np.isnan(largest_singular_value(np.full(shape, np.inf)))
