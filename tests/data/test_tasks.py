"""Every task: what its facts promise is what it loads, and the same seed gives the same data."""

from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.data.batches import load_samples
from gradsim.sim.data.samples import Samples
from gradsim.sim.engine.build import build
from gradsim.sim.errors import UserError
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run

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


@pytest.mark.parametrize("name", registry.names("tasks"))
def test_the_number_of_classes_is_known_beforehand(name):
    scenario = parse_scenario({"network": {"kind": "rnn"}, "data": {"task": name}})
    has = registry.entry("tasks", name).metadata["TARGETS"]
    assert scenario.classes == (load(name, "class").outputs if "class" in has else None)
    assert parse_scenario({"data": {"task": {"name": "spirals", "arms": 5}}}).classes == 5


YES_OR_NO = {"name": "binary_cross_entropy"}


def test_two_classes_are_yes_and_no():
    spirals = parse_scenario({"data": {"task": "spirals", "batch": 64}, "loss": YES_OR_NO})
    samples = load_samples(spirals)
    assert samples.outputs == 1
    assert np.array_equal(samples.target, load("spirals", "class").target[:, None])
    assert build(spirals).head.parameters["weight"].shape == (1, 64)


@pytest.mark.parametrize(("target", "shape"), [
    (np.array([0, 1, 1, 0]), (4, 1)), (np.zeros(4, int), (4, 1)), (np.eye(4)[:, :3] * 0.7, (4, 3)),
    (np.array([[0, 1]] * 4), (4, 2, 1)), (np.ones((4, 2, 3)), (4, 2, 3)),
], ids=lambda p: str(p) if isinstance(p, tuple) else "")  # fmt: skip
def test_a_file_s_targets_for_yes_and_no(tmp_path, target, shape):
    np.savez(tmp_path / "own.npz", input=np.ones((4, 2, 3)), target=target)
    data = {"file": str(tmp_path / "own.npz"), "batch": 4}
    scenario = parse_scenario({"network": {"kind": "rnn", "width": 4}, "data": data, "loss": YES_OR_NO})
    samples = load_samples(scenario)
    assert samples.target.shape == shape
    assert samples.target.dtype == np.float64
    assert samples.outputs == shape[-1]
    at = {"loss.at": "every"} if len(shape) == 3 else {}
    assert np.isfinite(simulate(scenario.edit(at)).loss)


@pytest.mark.parametrize(("target", "words"), [
    (np.array([0, 1, 2, 0]), "the file has 3 classes; give cross_entropy or probe"),
    (np.array([0.0, 1.0, 0.5, 1.25]), "that of sample 4 is 1.25; give another loss"),
    (np.array([[0.0, 1.0], [0.5, -0.25], [2, 2], [3, 3]]), "that of sample 2 is -0.25; give another loss"),
])  # fmt: skip
def test_other_targets_are_one_clear_error(tmp_path, target, words):
    np.savez(tmp_path / "own.npz", input=np.ones((4, 3)), target=target)
    scenario = parse_scenario({"data": {"file": str(tmp_path / "own.npz"), "batch": 4}, "loss": YES_OR_NO})
    with pytest.raises(UserError) as error:
        load_samples(scenario)
    assert len(error.value.problems) == 1
    assert words in str(error.value)
    assert "loss.name" in str(error.value)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_clusters_are_separated_with_either_loss(loss, seed, tmp_path):
    """Both losses have an accuracy, and the loss of the best constant output."""
    noise, target = np.random.default_rng(seed), np.arange(64) % 2
    np.savez(tmp_path / "heaps.npz", input=noise.standard_normal((64, 4)) + 8 * target[:, None], target=target)
    run = Run(parse_scenario({
        "seed": seed, "network": {"depth": 2, "width": 16}, "loss": {"name": loss}, "training": {"iterations": 60},
        "data": {"file": str(tmp_path / "heaps.npz"), "batch": 64, "standardize": "inputs"},
    }))  # fmt: skip
    for _ in range(60):
        run.advance()
    assert run.history.numbers["accuracy"][-1] == 1
    assert run.verdict.kind == "learning"
    assert "of the constant-prediction baseline" in run.verdict.why
