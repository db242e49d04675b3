"""The heatmap and the chart by step as text: any trace, any size; cells, columns and marks."""

from dataclasses import replace

import numpy as np
import pytest

from factories import made_trace
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.quantities import every_trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.charts.plot import axis, legend
from gradsim.tui.charts.plot.area import HeatmapPlot, block, shown
from gradsim.tui.charts.plot.colour_scale import LEVELS, ladder_of
from gradsim.tui.charts.plot.downsample import cell_levels, downsample
from gradsim.tui.charts.plot.grid import Axes
from gradsim.tui.charts.plot.heatmap import HeatmapPicture
from gradsim.tui.charts.plot.profile import ProfilePicture

LEFT = legend.GUTTER
SIZES = [(0, 0), (1, 1), (8, 6), (20, 5), (54, 10), (80, 24), (200, 50)]
SHAPES = [(1, 1), (1, 100), (3, 7), (2, 100_000), (40, 333), (500, 2)]
NAME = "gradient_rms"


def trace_of(table: "np.typing.NDArray[np.float64]") -> Trace:
    return replace(made_trace(np.ones(len(table)), steps=table.shape[1]), profile=dict.fromkeys(every_trace(), table))


def falling(layers: int, steps: int, factor: float = 0.8) -> Trace:
    over_time = factor ** np.arange(steps)[::-1]
    return trace_of(0.5 ** np.arange(layers)[::-1, None] * over_time)


def awkward(layers: int, steps: int) -> Trace:
    values = [1e-300, np.nan, 0.0, 1e300, np.inf, -np.inf, -1.0, 5e-324, 1.7e308]
    return trace_of(np.resize(values, (layers, steps)).astype(np.float64))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [NAME, "activation_mean"])
def test_pictures_draw_any_trace_at_any_size(size, shape, name) -> None:
    width, height = size
    with np.errstate(all="ignore"):
        for trace in (awkward(*shape), falling(*shape), trace_of(np.zeros(shape)), trace_of(np.full(shape, np.nan))):
            pictures = (HeatmapPicture(name, trace), HeatmapPicture(name, trace, falling(2, 3)),
                        ProfilePicture(name, trace, falling(2, 3), axis="step", at=1),
                        ProfilePicture(name, trace, falling(2, 3), axis="layer", at=shape[1]))  # fmt: skip
            for picture in pictures:
                result = picture.draw(width, height, braille=width % 20 > 0)
                assert len(result.rows) == height
                assert {sum(len(text) for text, _ in row) for row in result.rows} <= {width}
                assert width % 20 or result.text().isascii()
                marked = result.with_cursor((1, 1) if isinstance(picture, HeatmapPicture) else 1)
                assert {sum(len(text) for text, _ in row) for row in marked} <= {width}


def test_the_chart_by_step_names_its_layer_and_puts_the_newest_on_the_right() -> None:
    result = ProfilePicture(NAME, falling(3, 50), axis="step", at=2).draw(70, 14)
    rows = result.text().splitlines()
    assert rows[0].startswith("─ gradient rms by step, layer 2, log scale")
    assert rows[-1].split()[0] == "step"
    assert rows[-1].endswith("50")
    assert result.column_of(50) == 69
    assert result.at(69, 5) == (None, 50)


def test_the_chart_by_layer_is_of_the_step_asked_for() -> None:
    table = np.array([[1e-6, 1e-2], [1e-3, 1.0]])
    first = ProfilePicture(NAME, trace_of(table), at=1).draw(60, 14)
    last = ProfilePicture(NAME, trace_of(table), at=2).draw(60, 14)
    assert "by layer, step 1" in first.text()
    assert first.axes == last.axes  # a moving cursor does not move the axis
    assert first.text() != last.text()
    assert first.at(59, 5) == (2, None)


def test_a_run_without_the_layer_or_step_has_no_curve() -> None:
    both = ProfilePicture(NAME, falling(1, 5), falling(3, 5), axis="step", at=3).draw(60, 14)
    assert "•" not in both.text().split("\n", 1)[1]
    assert "⠒" in both.text() or "⠤" in both.text()


def test_a_single_step_is_drawn_as_before() -> None:
    text = ProfilePicture(NAME, made_trace([1e-3, 1])).draw(60, 14).text()
    assert text.splitlines()[0].strip("─ ") == "gradient rms by layer, log scale"


def test_denser_marks_are_larger_values_and_the_ladder_says_so() -> None:
    result = HeatmapPicture(NAME, falling(3, 30)).draw(60, 14, braille=False)
    *rows, foot = [line for line in result.text().splitlines() if line.strip()]
    ranks = [".:-=+*#@".index(c) for c in rows[1][LEFT:]]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 3
    assert "1e+00" in foot
    assert "each mark x" in foot
    assert foot.index(".") < foot.index("@")


def test_layers_are_rows_with_the_first_at_the_bottom() -> None:
    rows = HeatmapPicture(NAME, falling(3, 30)).draw(60, 8).text().splitlines()
    assert [row.split("│")[0].strip() for row in rows[1:4]] == ["3", "2", "1"]


def test_marks_of_zero_inf_and_nan_are_drawn_and_explained() -> None:
    broken = replace(trace_of(np.array([[0.0, 1.0, np.inf, np.nan]])), verdict=made_trace([1.0], "nonfinite").verdict)
    for braille in (True, False):
        text = HeatmapPicture(NAME, broken).draw(60, 10, braille=braille).text()
        assert "v zero" in text.splitlines()[0]
        assert "^ inf" in text.splitlines()[0]
        assert "x NaN" in text.splitlines()[0]
        cells = text.splitlines()[1].split("│" if braille else "|")[1]
        assert cells[0] == "v"
        assert "^" in cells
        assert cells[-1] == "x"
    clean = HeatmapPicture(NAME, falling(2, 9)).draw(60, 10).text()
    assert "zero" not in clean


def test_blank_is_not_zero() -> None:
    text = HeatmapPicture(NAME, falling(3, 30), falling(2, 10)).draw(80, 24).text()
    assert "zero" not in text
    assert "v" not in "".join(text.splitlines()[1:])


@pytest.mark.parametrize(("size", "fields"), [((54, 12), 2), ((54, 9), 1), ((120, 9), 2), ((200, 50), 2), ((44, 6), 1)])
def test_both_runs_are_shown_where_there_is_room(size, fields) -> None:
    result = HeatmapPicture(NAME, falling(3, 100), falling(3, 100, 1.0)).draw(*size)
    assert [bool(result.plot), bool(result.second)].count(True) == fields
    assert "with fixes" in result.text()
    assert ("(b: as it is)" in result.text()) == (fields == 1)
    other = HeatmapPicture(NAME, falling(3, 100), falling(3, 100, 1.0), fixed_first=False).draw(*size)
    assert "as it is" in other.text()


def test_the_walk_draws_only_the_steps_reached_on_the_same_axes() -> None:
    whole = HeatmapPicture(NAME, falling(3, 40)).draw(60, 10)
    part = HeatmapPicture(NAME, falling(3, 40), reached=(21, 40)).draw(60, 10)
    assert part.axes == whole.axes
    assert all(not row[LEFT:30].strip() for row in part.text().splitlines()[1:4])
    assert part.text().splitlines()[-1] == whole.text().splitlines()[-1]


@pytest.mark.parametrize("steps", [1, 2, 7, 40, 53, 1000, 100_000])
@pytest.mark.parametrize("cells", [1, 2, 13, 53])
def test_cells_and_places_are_inverse(steps: int, cells: int) -> None:
    assert all(block(shown(cell, steps, cells), steps, cells) == cell for cell in range(cells) if steps > cells)
    if steps <= cells:
        assert [shown(block(n, steps, cells), steps, cells) for n in range(1, steps + 1)] == [*range(1, steps + 1)]
    elif cells > 1:
        assert (shown(0, steps, cells), shown(cells - 1, steps, cells)) == (1, steps)


def test_a_click_finds_layer_and_step() -> None:
    result = HeatmapPicture(NAME, falling(3, 20), falling(3, 20)).draw(80, 20)
    for field in (result.plot, result.second):
        assert isinstance(field, HeatmapPlot)
        for layer, step in ((1, 1), (2, 7), (3, 20)):
            assert result.at(field.column(step), field.row(layer)) == (layer, step)
    assert result.at(0, 0) is None


def test_the_cursor_marks_its_cell_and_points_from_both_axes() -> None:
    result = HeatmapPicture(NAME, falling(3, 20)).draw(60, 10)
    field = result.plot
    assert isinstance(field, HeatmapPlot)
    rows = result.with_cursor((2, 7))
    assert [text for text, role in rows[field.row(2)] if role == "cell"]
    text = ["".join(t for t, _ in row) for row in rows]
    assert text[field.row(2)][field.left - 1] == "▶"
    assert text[field.top + field.height][field.column(7)] == "▲"
    assert result.with_cursor((9, 9)) == result.with_cursor(None) == result.rows


def test_a_cell_of_several_is_their_mean_and_marks_outlast_it() -> None:
    table = np.array([[1e-4, 1e-2, 0.0, 1e-2, 0.0, 0.0, np.inf, 1.0, np.nan, np.inf]])
    with np.errstate(all="ignore"):
        cells = downsample(table, True, 1, 5)
    assert cells[0].tolist()[:4] == [-3.0, -2.0, -np.inf, np.inf]
    assert np.isnan(cells[0, 4])
    axes = axis.fit("x", True, table, None, None)
    assert cell_levels(cells, ladder_of(axes), axes)[0].tolist()[2:] == [-3, -2, -1]


@pytest.mark.parametrize("low", [-324, -12, -2, 0, 300])
@pytest.mark.parametrize("span", [2, 3, 9, 10, 37, 633])
def test_ladders_cover_the_axis_in_few_levels(low: int, span: int) -> None:
    ladder = ladder_of(Axes("x", True, float(low), float(low + span)))
    assert 1 <= ladder.count <= LEVELS
    assert ladder.low <= low
    assert ladder.low + ladder.count * ladder.step == low + span
    assert len(set(ladder.characters(braille=False))) == ladder.count
    assert all(len(end) <= axis.LABEL_WIDTH for end in ladder.ends)


@pytest.mark.parametrize("picture", [ProfilePicture, HeatmapPicture])
def test_the_factor_of_a_layer_that_no_gradient_reaches_is_not_called_nan(picture) -> None:
    network = {"kind": "rnn", "depth": 2, "width": 4, "activation": "relu", "bias": -100.0}
    dead = simulate(parse_scenario({"network": network, "time": {"steps": 3}}))
    assert dead.verdict.kind == "dead"
    words = picture("slope_factor", dead).draw(78, 14).text()
    assert "x 0/0" in words
    assert "NaN" not in words
    broken = made_trace([np.nan, 1.0], "nonfinite", steps=3)
    assert "x NaN" in picture("slope_factor", broken).draw(78, 14).text()


def test_each_run_has_its_own_scale_unless_one_is_asked_for() -> None:
    picture = HeatmapPicture(NAME, falling(3, 40, 0.1), falling(3, 40, 0.99))
    scales = [row for row in picture.draw(80, 16).text().splitlines() if "each mark" in row]
    assert [row.split()[:2] for row in scales] == [["as", "it"], ["with", "fixes"]]
    assert scales[0].split()[3] != scales[1].split()[2]
    both = [row for row in replace(picture, shared=True).draw(80, 16).text().splitlines() if "each mark" in row]
    assert both[0].split()[3] == both[1].split()[2]
    assert "one scale" in replace(picture, shared=True).draw(80, 16).text().splitlines()[0]


def test_a_shorter_run_ends_with_the_longer_one() -> None:
    picture = HeatmapPicture(NAME, falling(3, 40), falling(2, 10), fixed_first=True)
    rows = picture.draw(60, 8).text().splitlines()[1:-3]
    assert [bool(row[LEFT:].strip()) for row in rows] == [True, True, False]
    assert all(len(row) == 60 and not row[LEFT : LEFT + 30].strip() for row in rows[:2])


def test_a_part_of_the_steps_is_shown_to_its_end() -> None:
    drawing = HeatmapPicture(NAME, falling(3, 40), window=(31, 40)).draw(60, 10)
    assert drawing.text().splitlines()[-2].split()[-1] == "40"
    assert drawing.at(59, 2) == (3, 40)
    assert drawing.at(LEFT, 2) == (3, 31)
