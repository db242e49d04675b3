"""Every task: what its facts promise is what it loads, and the same seed gives the same data."""

from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.data.samples import Samples

CASES = [
    (name, target) for name in registry.names("tasks") for target in registry.entry("tasks", name).metadata["TARGETS"]
]


def load(name: str, target: str, seed: int = 0, batch: int = 32, inputs: int = 7, **given: Any) -> Samples:
    entry = registry.entry("tasks", name)
    parameters = {key: p.default for key, p in entry.parameters.items()} | given
    if "STEPS" in entry.metadata:
        parameters.setdefault("steps", steps_of(name))
    samples: Samples = registry.load("tasks", name).load(
        np.random.default_rng(seed), batch, inputs, target, **parameters
    )
    return samples


def steps_of(name: str) -> int:
    """The steps that a task has unless the scenario says otherwise."""
    has = registry.entry("tasks", name).metadata.get("STEPS", 1)
    return has[0] if isinstance(has, tuple) else has


@pytest.mark.parametrize(("name", "target"), CASES)
def test_loads_what_its_facts_promise(name, target):
    metadata, samples, steps = registry.entry("tasks", name).metadata, load(name, target), steps_of(name)
    sequence = (steps,) if steps > 1 else ()
    assert samples.input.shape == (metadata["SAMPLES"] or 32, *sequence, metadata["INPUTS"] or 7)
    assert samples.input.dtype == np.float64
    assert len(samples.target) == len(samples.input)
    if target == "class":
        assert samples.target.dtype == np.int64
        assert set(samples.target.ravel().tolist()) <= set(range(samples.outputs))
    else:
        assert samples.target.dtype == np.float64
        assert samples.target.shape == (len(samples.input), samples.outputs)


@pytest.mark.parametrize(("name", "target"), CASES)
def test_same_seed_same_data(name, target):
    first, second = load(name, target), load(name, target)
    assert np.array_equal(first.input, second.input)
    assert np.array_equal(first.target, second.target)


def test_gaussian_inputs_do_not_depend_on_the_target():
    assert np.array_equal(load("gaussian", "value").input, load("gaussian", "class").input)
    assert not np.array_equal(load("gaussian", "value").input, load("gaussian", "value", seed=1).input)
    assert load("gaussian", "class", batch=1000).outputs == len(set(load("gaussian", "class", batch=1000).target)) == 10


@pytest.mark.parametrize("arms", [2, 3, 7, 10])
def test_spirals_are_balanced_and_standardised(arms):
    samples = load("spirals", "class", arms=arms, noise=0.1)
    counts = np.bincount(samples.target)
    assert samples.outputs == len(counts) == arms
    assert counts.max() - counts.min() <= 1
    np.testing.assert_allclose(samples.input.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(samples.input.std(axis=0), 1, rtol=1e-14)


def test_two_spirals_are_each_other_s_mirror_image():
    """Without noise the arms are half a turn apart: each has a point near minus the other's."""
    samples = load("spirals", "class")
    first, second = (samples.input[samples.target == arm] for arm in (0, 1))
    assert np.abs(first + second).max() < 0.06  # neighbours in the sequence: 3 turns over 1,024 points, 2 std wide


def test_noise_moves_the_points():
    assert not np.allclose(load("spirals", "class", noise=0.2).input, load("spirals", "class").input)


def test_digits_are_the_uci_set_with_its_license():
    samples = load("digits", "class")
    assert np.bincount(samples.target).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert samples.input.mean() == pytest.approx(0, abs=1e-14)
    assert samples.input.std() == pytest.approx(1, rel=1e-14)
    license_text = files("gradsim.sim.data.tasks").joinpath("digits.LICENSE.txt").read_text(encoding="utf-8")
    assert "10.24432/C50P49" in license_text
    assert "CC BY 4.0" in license_text


@pytest.mark.parametrize("steps", [2, 3, 10, 101])
def test_adding_marks_one_number_of_each_half(steps):
    samples = load("adding", "value", steps=steps, batch=500)
    numbers, marks = samples.input[..., 0], samples.input[..., 1]
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert (marks[:, : steps // 2].sum(axis=1) == 1).all()
    assert (marks[:, steps // 2 :].sum(axis=1) == 1).all()
    np.testing.assert_allclose((numbers * marks).sum(axis=1), samples.target[:, 0])


@pytest.mark.parametrize("steps", [21, 50])
def test_copy_memory_repeats_at_the_end_what_stood_at_the_beginning(steps):
    samples = load("copy_memory", "class", steps=steps)
    read = samples.input.argmax(axis=2)
    assert (samples.input.sum(axis=2) == 1).all()
    assert np.array_equal(read[:, :10], samples.target[:, -10:])
    assert (read[:, 10 : steps - 11] == 8).all()
    assert (read[:, steps - 11] == 9).all()
    assert (samples.target[:, :-10] == 8).all()


def test_temporal_order_asks_for_the_order_of_two_symbols():
    samples = load("temporal_order", "class", steps=100, batch=300)
    read = samples.input.argmax(axis=2)
    assert (read[:, 0] == 0).all()
    assert (read[:, -1] == 1).all()
    for row, target in zip(read, samples.target, strict=True):
        first, second = np.flatnonzero(row >= 6)
        assert 10 <= first < 20
        assert 50 <= second < 60
        assert target == 2 * (row[first] - 6) + row[second] - 6


def test_digits_are_the_same_however_they_are_read():
    whole = load("digits", "class")
    for name in ("digits_rows", "digits_pixels"):
        samples = load(name, "class")
        assert np.array_equal(samples.input.reshape(1797, 64), whole.input)
        assert np.array_equal(samples.target, whole.target)
