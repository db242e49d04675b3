"""Recurrent layers: every gradient against autograd and differences, chunks against one piece, cells by contract."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim import menu, unrolled
from gradsim.sim.dump import dump
from gradsim.sim.passes import build, trace
from gradsim.sim.scenario import Scenario, parse_scenario

TOLERANCE = 1e-10  # of an array's largest entry
KINDS = [name for name in menu.names("layers") if menu.entry("layers", name).facts.get("RECURRENT")]
NORMS = ["none", "layer", "rms", {"name": "group", "groups": 2}]


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
        layer = key.rpartition(".grad_")[0].removesuffix(".norm_ih").removesuffix(".norm_hh")
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
@pytest.mark.parametrize("activation", menu.names("activations"))
def test_every_activation_agrees_with_autograd(activation):
    assert_agrees(scenario_of(activation=activation))


RANDOM = st.builds(
    scenario_of,
    kind=st.sampled_from(KINDS),
    norm=st.sampled_from(NORMS),
    skip=st.sampled_from(menu.names("skips")),
    loss=st.sampled_from(menu.names("losses")),
    at=st.sampled_from(["last", "every"]),
    steps=st.integers(1, 12),
    truncate=st.integers(0, 5),
    depth=st.integers(1, 4),
    width=st.sampled_from([4, 6, 8]),
    recurrent_init=st.sampled_from(["torch_default", "orthogonal", "identity", "spectral_radius", "xavier_uniform"]),
)


@pytest.mark.oracle
@settings(max_examples=120, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000), st.sampled_from([40, 150, 2**20]))
def test_random_scenarios_agree_with_autograd(scenario, seed, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unrolled, "CHUNK", chunk)
        assert_agrees(scenario.edit({"seed": seed}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_recomputed_chunks_give_the_same_bits(kind, norm, monkeypatch):
    scenario = scenario_of(kind, norm, at="every", loss="cross_entropy", steps=50, truncate=20)
    monkeypatch.setattr(unrolled, "CHUNK", 400)
    kept = dump(scenario)
    monkeypatch.setattr(unrolled, "BUDGET", 0)
    again = dump(scenario)
    assert set(kept[1]) == set(again[1])
    for key, value in kept[1].items():
        assert value.tobytes() == again[1][key].tobytes(), key
    for name, values in kept[0].profile.items():
        np.testing.assert_array_equal(values, again[0].profile[name], err_msg=name)


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
