"""The strip: what it says by its shape alone."""

import numpy as np
import pytest

from gradsim.tui.charts.plot.canvas import MARKS
from gradsim.tui.charts.plot.curves import place_plot
from gradsim.tui.charts.plot.legend import GUTTER
from gradsim.tui.charts.plot.strip import BLOCKS, PENDING, StripRow, as_curve, strip_rows

FADING = 0.5 ** np.arange(19, -1, -1.0)


def drawn(row: StripRow, depth: int = 20, width: int = 60, braille: bool = True) -> str:
    plot = place_plot(width, 8, depth, "layer")
    assert plot is not None
    (spans,) = strip_rows([row], plot, braille)
    return "".join(text for text, _ in spans)


@pytest.mark.parametrize("braille", [True, False])
def test_a_cell_is_as_high_as_its_share_and_below_its_layer(braille: bool) -> None:
    text = drawn(StripRow("gradient", as_curve("baseline", FADING, 20)), braille=braille)
    plot = place_plot(60, 8, 20, "layer")
    assert plot is not None
    assert text.startswith(" gradient")
    assert len(text) == 60
    cells = [text[plot.column(layer)] for layer in range(1, 21)]
    assert cells[-4:] == [BLOCKS[braille][n] for n in (1, 2, 4, 8)]
    assert set(cells[:15]) == {" "}  # nothing is left to be seen
    assert text.isascii() != braille


def test_a_walk_lights_cells_and_leaves_those_to_come() -> None:
    forward = drawn(StripRow("signal", as_curve("baseline", np.ones(20), 20), (1, 5)))
    assert forward.count(PENDING[True]) == 15
    assert forward[GUTTER] == "█"
    backward = drawn(StripRow("gradient", as_curve("baseline", np.ones(20), 20), (18, 20)))
    assert backward.rstrip().endswith("█")
    assert backward.count(PENDING[True]) == 17
    assert drawn(StripRow("gradient", as_curve("baseline", np.ones(20), 20), (1, 0))).count(PENDING[True]) == 20


def test_many_places_share_columns_and_what_is_not_finite_shows() -> None:
    values = np.ones(1000)
    values[500] = np.inf
    text = drawn(StripRow("signal", as_curve("baseline", values, 1000)), 1000)
    assert (text.count("█"), text.count(MARKS["inf"])) == (49, 1)
    assert drawn(StripRow("signal", as_curve("baseline", np.full(4, np.nan), 4)), 4).count(MARKS["NaN"]) > 4
    assert not drawn(StripRow("signal", as_curve("baseline", np.zeros(4), 4)), 4)[GUTTER:].strip()


@pytest.mark.parametrize(("layers", "width"), [(100, 170), (100, 80), (20, 60), (20, 170), (7, 31)])
def test_gaps_are_as_wide_as_each_other_or_none(layers: int, width: int) -> None:
    cells = drawn(StripRow("signal", as_curve("baseline", np.ones(layers), layers)), layers, width)[GUTTER:].rstrip()
    gaps = {len(gap) for gap in cells.split("█") if gap}
    assert gaps == set() or (max(gaps) - min(gaps) <= 1 and cells.count(" ") >= layers - 1)


def test_a_name_that_is_cut_says_so() -> None:
    row = StripRow("sigmoid_20", as_curve("baseline", np.ones(3), 3))
    assert drawn(row, 3).split(" ")[1] == "sigmoid…"
    assert drawn(row, 3, braille=False).split(" ")[1] == "sigmoi.."


def test_a_shorter_run_ends_with_the_longer() -> None:
    text = drawn(StripRow("fixed", as_curve("fixed", np.ones(4), 20)))
    assert text.rstrip()[-1] == "█"
    assert not text[GUTTER : GUTTER + 35].strip()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_few_layers_have_wide_cells(depth: int) -> None:
    assert drawn(StripRow("signal", as_curve("baseline", np.ones(depth), depth)), depth)[GUTTER:].strip("█ ") == ""
