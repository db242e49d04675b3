"""Maps that presets come with: they can be made, and what a lesson says of one can be read off it."""

import numpy as np
import pytest

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import presets
from gradsim.sim.sweeps.cell import Cell
from gradsim.sim.sweeps.executors import Resources
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import make_sweep, own_sweep
from gradsim.sim.sweeps.sweeping import advance

SCENARIOS = {preset.name: load_scenario(preset.path) for preset in presets()}
WITH_MAP = [name for name, scenario in SCENARIOS.items() if scenario.sweep is not None]
GOOD = ("healthy", "learning")


def computed(name: str, x: str, y: str, **more: object) -> Results:
    """A preset's map at fewer places."""
    results = Results(make_sweep(SCENARIOS[name], x, y, **more))  # type: ignore[arg-type]
    list(advance(results, Resources(2)))
    assert all(point is not None and point.error is None for point in results.points)
    return results


def good(results: Results) -> list[int]:
    """How many places of each row, from below, are good with every seed."""
    return [sum(cell.share(GOOD) == 1 for cell in row) for row in results.cells()]


@pytest.mark.parametrize("name", WITH_MAP)
def test_its_axes_fit_it_and_its_lesson_leads_to_it(name: str) -> None:
    sweep = own_sweep(SCENARIOS[name])
    assert sweep.y is not None
    assert len(sweep) <= 500
    assert any("ress m" in step.text for step in SCENARIOS[name].lesson)
    for number in (0, len(sweep) - 1):
        assert sweep.scenario_at(number).seed >= 0


def test_there_are_as_many_as_promised() -> None:
    assert len(WITH_MAP) >= 6


@pytest.mark.long
def test_the_healthy_band_narrows_with_depth_around_theorys_edge() -> None:
    results = computed("edge_of_chaos", "network.init.gain=0.7:2.2:7", "network.depth=5,15,40,120", seeds=3)
    counts = good(results)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] >= 2 * counts[-1] > 0
    deepest = [results.sweep.x.values[i] for i, cell in enumerate(results.cells()[-1]) if cell.share(GOOD) == 1]
    assert min(deepest) <= 1.33 <= max(deepest) or min(abs(gain - 1.33) for gain in deepest) < 0.26


@pytest.mark.long
def test_of_all_norms_batch_explodes_first() -> None:
    axes = ("network.norm=none,layer,rms,group,batch", "network.depth=5,15,40")
    results = computed("batch_norm_explodes", *axes, seeds=3)
    words = {
        norm: [cell.word for cell in column]
        for norm, column in zip(results.sweep.x.values, _columns(results), strict=True)
    }
    assert [norm for norm, row in words.items() if "exploding" in row] == ["batch"]
    assert words["batch"][0] == "healthy"
    assert words["batch"][-1] == "exploding"


def _columns(results: Results) -> list[list[Cell]]:
    """The places of each value across, from below."""
    return [list(column) for column in zip(*results.cells(), strict=True)]


@pytest.mark.long
def test_the_band_of_radii_narrows_with_the_steps() -> None:
    results = computed("rnn_exploding", "network.recurrent_init.radius=0.5,0.9,1.2,2,3", "time.steps=5,20,200", seeds=3)
    counts = good(results)
    assert counts[0] > counts[-1]
    assert [results.cell(0, 2).word, results.cell(4, 2).word] == ["vanishing", "exploding"]


@pytest.mark.long
def test_the_deeper_the_wider() -> None:
    results = computed("deep_and_narrow", "network.width=8,16,64,256", "network.depth=10,50,200", seeds=5)
    least = [next((x for x, cell in enumerate(row) if cell.share(GOOD) == 1), 9) for row in results.cells()]
    assert least == sorted(least)
    assert least[0] < least[-1] < 9


@pytest.mark.long
def test_what_learns_when_clipped_lies_on_a_diagonal() -> None:
    axes = ("training.clip.threshold=0.1,1,10", "training.optimizer.learning_rate=0.00669,0.0448,0.3")
    results = computed("clip_threshold", *axes, updates=400, seeds=2)
    shares = np.array([[cell.share(["learning"]) for cell in row] for row in results.cells()])
    stalled = np.array([[cell.share(["stalled", "nonfinite", "diverging"]) for cell in row] for row in results.cells()])
    assert shares[::-1].diagonal().mean() > 0.6
    assert stalled[1:, 2].mean() > 0.6  # above the diagonal
    assert results.cell(0, 0).words["undecided"]  # below it


@pytest.mark.long
def test_what_is_far_above_theorys_line_guesses() -> None:
    axes = ("network.init.gain=0.8,1.33,2.2", "network.depth=6,40")
    results = computed("trainable_depth", *axes, updates=200, quantity="accuracy", seeds=2)
    shallow, deep = results.median()
    assert shallow.min() > 0.5
    assert deep[1] > 2 * max(deep[0], deep[2])
