"""Standardised files: mean 0 and spread 1 by feature, whatever the numbers are, and clear words where it can't be."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradsim.sim.data.batches import load_samples
from gradsim.sim.data.samples import Samples
from gradsim.sim.data.user_file import standardized
from gradsim.sim.errors import UserError
from gradsim.sim.scenario.scenario import parse_scenario

NUMBERS = st.floats(-1.7e308, 1.7e308)


def scenario_of(path: Path, loss: str, which: str) -> Any:
    data = {"file": str(path), "batch": 4, "standardize": which}
    return parse_scenario({"network": {"depth": 1, "width": 3}, "data": data, "loss": {"name": loss}})


@given(arrays(np.float64, (7, 2), elements=NUMBERS))
def test_columns_have_mean_0_and_spread_1_or_are_0(values: Any) -> None:
    samples = standardized(Samples(values, values, 2), inputs=True, targets=True)
    for column in (*samples.input.T, *samples.target.T):
        assert np.isfinite(column).all()
        assert column.mean() == pytest.approx(0, abs=1e-9)
        assert column.std() == pytest.approx(1, rel=1e-9) or not column.any()


def test_it_is_over_the_whole_file_and_over_steps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = 50 + 9 * rng.standard_normal((10, 5, 3)), 1e5 * rng.uniform(size=(10, 1))
    np.savez(tmp_path / "my.npz", input=x, target=y)
    data = {"file": str(tmp_path / "my.npz"), "batch": 4, "standardize": "both"}
    scenario = parse_scenario({"network": {"kind": "rnn", "depth": 1}, "data": data, "loss": {"name": "mse"}})
    samples = load_samples(scenario)
    flat = x.reshape(-1, 3)
    np.testing.assert_allclose(samples.input.reshape(-1, 3), (flat - flat.mean(axis=0)) / flat.std(axis=0), atol=1e-12)
    np.testing.assert_allclose(samples.target, (y - y.mean()) / y.std(), atol=1e-12)
    only = load_samples(scenario.edit({"data.standardize": "inputs"}))
    np.testing.assert_array_equal(only.target, y)


@pytest.mark.parametrize("which", ["targets", "both"])
def test_classes_have_no_size(tmp_path: Path, which: str) -> None:
    np.savez(tmp_path / "my.npz", input=np.ones((5, 2)), target=np.arange(5))
    for loss in ("cross_entropy", "probe"):
        with pytest.raises(UserError, match=r"classes, which have no size|classes as targets, which have no size"):
            load_samples(scenario_of(tmp_path / "my.npz", loss, which))


def test_a_task_is_refused() -> None:
    with pytest.raises(UserError, match="is for a file"):
        parse_scenario({"data": {"task": "digits", "standardize": "inputs"}})
