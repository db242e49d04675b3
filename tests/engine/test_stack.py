"""Stacks: however layers are grouped, saved or recomputed, and wherever parameters lie, the bits are the same."""

import gc
from functools import partial
from typing import Any
from weakref import ref

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.engine.plan import Limits
from gradsim.sim.interop.arrays import dump
from gradsim.sim.network.layer import Layer
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import trace
from gradsim.sim.training.run import Run

Arrays = dict[str, Any]


def scenario(fmt: str = "float32", **network: Any) -> Scenario:
    return parse_scenario({"network": {"depth": 11, "width": 6, "activation": "rrelu", **network},
                           "data": {"batch": 5}, "loss": {"name": "mse"}, "precision": {"format": fmt}})  # fmt: skip


def same(one: tuple[Trace, Arrays], other: tuple[Trace, Arrays]) -> None:
    assert one[1].keys() == other[1].keys()
    for key, value in one[1].items():
        np.testing.assert_array_equal(value, other[1][key], err_msg=key)
    for table in ("profile", "weights"):
        for name, values in getattr(one[0], table).items():
            np.testing.assert_array_equal(values, getattr(other[0], table)[name], err_msg=name)
    assert one[0].verdict == other[0].verdict


@pytest.mark.parametrize("norm", registry.names("norms"))
@pytest.mark.parametrize(("skip", "fmt"), [("none", "float32"), ("rezero", "float64"), ("scaled", "float16")])
def test_stacks_of_any_length_give_the_same_bits(norm: str, skip: str, fmt: str) -> None:
    chosen = scenario(fmt, norm=norm, skip=skip)
    whole = dump(chosen)
    for layers in (1, 4):
        same(whole, dump(chosen, limits=Limits(layers=layers)))


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_recomputed_values_have_the_same_bits(norm: str) -> None:
    chosen = scenario(norm=norm, skip="identity")
    same(dump(chosen), dump(chosen, limits=Limits(layers=4, states=0)))


def test_parameters_and_gradients_may_live_in_any_vector() -> None:
    network, chosen = build(scenario(skip="rezero")), scenario(skip="rezero")
    scales, before = {}, trace(network)
    bound = [(np.empty(block.size, np.float32), np.full(block.size, np.nan, np.float32)) for block in network.blocks]
    for block, vectors in zip(network.blocks, bound, strict=True):
        block.bind(*vectors)
        assert np.shares_memory(block.parameters["weight"], vectors[0])
        assert vectors[0][-1] == 0  # rezero's scale, the last parameter of the last layer

    def observe(phase: str, number: int, layer: Layer) -> None:
        if phase == "backward":
            scales[number] = layer.gradients["scale"].copy()

    after = trace(network, observe)
    np.testing.assert_array_equal(before.profile["gradient_rms"], after.profile["gradient_rms"])
    assert after.verdict == trace(build(chosen)).verdict
    lasts = np.cumsum([block.count for block in network.blocks])
    assert [gradients[-1] for _, gradients in bound] == [scales[number] for number in lasts]
    assert all(np.isfinite(gradients).all() for _, gradients in bound)


def _hold(_run: Run, *_place: object) -> None:
    """A watcher that holds a reference to the run that it watches."""


@pytest.mark.parametrize("kind", registry.names("layers"))
def test_a_run_that_is_dropped_frees_its_memory_at_once(kind):
    gc.disable()
    try:
        run = Run(parse_scenario({"network": {"kind": kind, "depth": 3, "width": 8}, "loss": {"name": "mse"}}))
        run.advance(partial(_hold, run))
        block = ref(run.trainer.network.blocks[0])
        del run
        assert block() is None
    finally:
        gc.enable()
