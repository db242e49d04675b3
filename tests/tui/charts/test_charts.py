"""Contract of every chart file, and the drawing as text."""

import importlib
import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import made_trace
from gradsim.sim.errors import UserError
from gradsim.sim.results import quantities as folder
from gradsim.sim.results.histogram import Histogram
from gradsim.sim.scenario.quantities import charted, every_trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.charts import catalog
from gradsim.tui.charts.plot import ansi, axis, canvas, grid, legend
from gradsim.tui.charts.plot.histogram import HistogramPicture, resample
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.terminal import glyphs

SIZES = [(20, 5), (58, 14), (80, 24), (200, 50)]
DEPTHS = [1, 2, 20, 10_000]
VALUES = {
    "falling": lambda n: 10.0 ** np.linspace(-12, 0, n),
    "nan": lambda n: np.full(n, np.nan),
    "inf": lambda n: np.full(n, np.inf),
    "zeros": np.zeros,
    "constant": np.ones,
    "mixed": lambda n: np.resize([1e-300, np.nan, 0.0, 1e300, np.inf, -np.inf, -1.0], n),
    "huge": lambda n: 1.7e308 * np.linspace(-1, 1, n),
    "tiny": lambda n: np.full(n, 5e-324),
}
LEFT = legend.GUTTER


def names() -> list[str]:
    return [chart.name for chart in catalog.charts()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [
    *itertools.product([catalog.DEFAULT, "saturated_fraction", "activation_mean"], VALUES),
    *((name, "mixed") for name in names()),
])  # fmt: skip
def test_every_chart_draws_any_trace_at_any_size(name, kind):
    pairs = itertools.product(DEPTHS, SIZES) if name == catalog.DEFAULT else zip(DEPTHS, SIZES, strict=True)
    for depth, (width, height) in pairs:
        trace = made_trace(VALUES[kind](depth))
        result = ProfilePicture(name, trace, made_trace(np.ones(3))).draw(width, height)
        assert len(result.rows) == height
        assert {sum(len(text) for text, _ in row) for row in result.rows} == {width}
        assert result.column_of(1) is not None


@pytest.mark.parametrize("name", names())
def test_every_chart_has_its_words_and_its_values(name):
    chart = catalog.chart(name)
    trace = made_trace([0.5, 0.25], steps=3)
    assert chart.values(trace).shape == (2, 1 if chart.by_layer else 3)
    assert not chart.by_layer or not chart.of(trace)  # a trace of another kind has no such weights
    assert 0 < len(chart.title) <= 18
    assert chart.about.endswith(".")
    assert chart.about != chart.title


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 40), (8, 3), (9, 3), (200, 1), (200, 2)])
def test_any_size_is_drawn(size):
    result = ProfilePicture("gradient_rms", made_trace([1, 2]), made_trace([1])).draw(*size)
    assert len(result.rows) == size[1]
    result.with_cursor(1)


def test_every_trace_has_charts_and_the_gradient_comes_first():
    assert set(every_trace()) <= set(names())
    assert names()[0] == catalog.DEFAULT == "gradient_rms"


def test_a_lesson_can_choose_every_chart_and_nothing_else():
    assert set(charted()) == set(names())


def test_a_chart_draws_what_was_measured_and_fractions_in_percent_where_its_unit_says_so():
    trace = made_trace([0.5, 0.25])
    for chart in catalog.charts():
        drawn = chart.values(trace)
        if chart.name in trace.profile:
            np.testing.assert_array_equal(drawn, trace.profile[chart.name] * (100 if chart.unit == "percent" else 1))
        else:
            assert np.isnan(drawn).all()


def test_a_new_file_is_a_new_chart(tmp_path, monkeypatch):
    (tmp_path / "made_up.py").write_text(
        '"""Made up for a test."""\nTITLE = "made up"\nLOG = False\nPHASE = "forward"\nORDER = 999\n'
    )
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    trace = made_trace([1, 2])
    trace = replace(trace, profile={**trace.profile, "made_up": trace.profile["gradient_rms"]})
    assert "made up by layer" in ProfilePicture("made_up", trace).draw(60, 10).text()
    assert parse_scenario({"lesson": [{"text": "{made_up@2}", "quantity": "made_up"}]})


def test_an_unknown_chart_names_the_nearest():
    with pytest.raises(UserError, match="did you mean gradient_rms"):
        catalog.chart("gradient_rsm")


def test_marks_stand_in_rows_of_their_own_and_are_explained():
    picture = ProfilePicture("gradient_rms", made_trace([0, 1e-3, 1, np.inf, np.nan], "nonfinite"))
    rows = picture.draw(60, 12).text().splitlines()
    assert "v zero  ^ inf  x NaN" in rows[0]
    above = next(row for row in rows[1:] if "^" in row)
    below = next(row for row in rows[1:] if "v" in row)
    assert above.rstrip().endswith("x")
    assert below[LEFT] == "v"
    for row in (above, below):
        assert set(row[LEFT:]) <= set(" ^xv")
        assert not row[: LEFT - 1].strip()
    assert rows.index(above) < rows.index(next(row for row in rows if "⠔" in row))


def test_where_there_are_few_rows_marks_stand_at_the_edges():
    rows = ProfilePicture("gradient_rms", made_trace([0, 1, np.inf], "nonfinite")).draw(60, 6).text().splitlines()
    assert any("^" in row for row in rows[1:3])


def test_a_chart_without_a_finite_number_says_so_and_where_to_look():
    drawing = ProfilePicture("gradient_rms", made_trace([np.nan, np.nan], "nonfinite")).draw(70, 12)
    assert "no finite number here" in drawing.text()
    assert drawing.with_cursor(1)[0] == drawing.rows[0]
    walking = ProfilePicture("gradient_rms", made_trace([np.nan, np.nan], "nonfinite"), reached=(1, 0))
    for other in (walking, ProfilePicture("gradient_rms", made_trace([1.0, np.nan], "nonfinite"))):
        assert "no finite number" not in other.draw(70, 12).text()


def test_marks_are_not_explained_where_there_are_none():
    head = ProfilePicture("gradient_rms", made_trace([1, 2, 3])).draw(80, 12).text().splitlines()[0]
    assert head.strip("─ ") == "gradient rms by layer, log scale"


def test_a_narrow_legend_keeps_all_marks():
    trace = made_trace([0, np.inf, np.nan, 1], "nonfinite")
    head = ProfilePicture("gradient_rms", trace, trace).draw(58, 12).text().splitlines()[0]
    assert head.rstrip("─ ").endswith("v zero  ^ inf  x NaN")
    assert "as is" in head
    assert "fixes" in head


def test_zero_is_a_value_on_a_linear_axis():
    head, *rows = ProfilePicture("zero_fraction", made_trace([0, 1])).draw(60, 12).text().splitlines()
    assert "v" not in head
    assert not any("v" in row for row in rows)


def test_baseline_and_fixed_differ_without_colour():
    picture = ProfilePicture("gradient_rms", made_trace([1e-6, 1e-5]), made_trace([1e-1, 1]))
    for braille, dashes, solid in ((True, "⠒ ⠒", "⠒⠒⠒"), (False, "...", "***")):
        head, *rows = picture.draw(80, 16, braille=braille).text().splitlines()
        assert f"{dashes} as it is" in head
        assert f"{solid} with fixes" in head
        plain_half, fixed = ("".join(row[LEFT:] for row in half) for half in (rows[8:13], rows[:4]))
        gaps = [" " in part.replace("as it is", "").replace("with fixes", "").strip() for part in (plain_half, fixed)]
        assert gaps[0] or not braille
        assert ("." in plain_half, "*" in fixed) == (not braille, not braille)


def test_where_curves_meet_no_dot_of_either_is_lost():
    rising, falling = made_trace([1e-3, 1]), made_trace([1, 1e-3])

    def dots(text: str) -> dict[tuple[int, int], int]:
        rows = enumerate(text.splitlines()[1:-2])
        return {(x, y): ord(c) - 0x2800 for y, row in rows for x, c in enumerate(row) if 0x2800 < ord(c) < 0x2900}

    both = dots(ProfilePicture("gradient_rms", rising, falling, reached=(1, 2)).draw(60, 14).text())
    alone = dots(ProfilePicture("gradient_rms", falling).draw(60, 14).text())
    assert all(both[cell] & bits == bits for cell, bits in alone.items())
    assert sum(bits.bit_count() for bits in both.values()) > sum(bits.bit_count() for bits in alone.values())


def test_each_curve_is_named_at_its_end_where_nothing_else_stands():
    picture = ProfilePicture("gradient_rms", made_trace([1, 1e-6]), made_trace([1, 1]), label="ReLU + He init")
    rows = picture.draw(80, 16).text().splitlines()
    assert "⠒⠒⠒ ReLU + He init" in rows[0]
    assert [name for row in rows[1:] for name in ("as it is", "ReLU + He init") if row.rstrip().endswith(name)] == [
        "ReLU + He init", "as it is"]  # fmt: skip
    alone = ProfilePicture("gradient_rms", made_trace([1, 1e-6])).draw(80, 16).text()
    assert "as it is" not in alone


@pytest.mark.parametrize("kind", VALUES)
def test_without_braille_everything_is_ascii(kind):
    trace = made_trace(VALUES[kind](50))
    result = ProfilePicture("gradient_rms", trace, trace).draw(60, 12, braille=False)
    assert result.text().isascii()
    assert all(text.isascii() for row in result.with_cursor(5) for text, _ in row)


def test_the_walk_draws_only_the_layers_reached_on_the_same_axes():
    trace = made_trace(10.0 ** np.linspace(-9, 0, 20))
    whole = ProfilePicture("gradient_rms", trace).draw(60, 14)
    part = ProfilePicture("gradient_rms", trace, reached=(11, 20)).draw(60, 14)
    assert part.axes == whole.axes
    half = whole.column_of(10)
    assert all(row[LEFT:half].strip() == "" for row in part.text().splitlines()[1:-2])
    assert part.text() != whole.text()


def test_dots_of_all_layers_at_once_are_those_of_each():
    for depth, width in itertools.product([1, 2, 20, 333], [2, 13, 60]):
        each = [grid.dot(layer, depth, width) for layer in range(1, depth + 1)]
        assert canvas.dots(depth, depth, width).tolist() == each


def test_columns_and_layers_are_inverse():
    for depth, width in itertools.product([1, 2, 7, 20, 60], [60, 80, 200]):
        result = ProfilePicture("gradient_rms", made_trace(np.ones(depth))).draw(width, 10)
        if 2 * depth <= width - LEFT:
            assert [result.place_at(result.column_of(n)) for n in range(1, depth + 1)] == list(range(1, depth + 1))
        assert result.place_at(0) is None
        assert result.place_at(width) is None
        assert result.place_at(width - 1) == depth


def test_the_cursor_is_a_column_that_leaves_data_readable():
    result = ProfilePicture("gradient_rms", made_trace([1, 1, 1])).draw(40, 10)
    column = result.column_of(2)
    rows = ["".join(text for text, _ in row) for row in result.with_cursor(2)]
    before = ["".join(text for text, _ in row) for row in result.rows]
    assert rows[-2][column] == "▲"
    for old, new in zip(before[1:-2], rows[1:-2], strict=True):
        assert new[column] == ("│" if old[column] == " " else old[column])
    assert result.with_cursor(None) == result.with_cursor(99) == result.rows


def test_axes_stay_until_data_leave_or_shrink_much():
    def draw(values, axes=None):
        return ProfilePicture("gradient_rms", made_trace(values)).draw(60, 14, axes=axes).axes

    wide = draw([1e-9, 1])
    assert draw([1e-7, 1], wide) is wide
    assert draw([1e-12, 1], wide).low == -12
    assert draw([0.5, 1], wide).low > -9
    assert ProfilePicture("weight_factor", made_trace([1e-7, 1])).draw(60, 14, axes=wide).axes.name == "weight_factor"


def test_a_healthy_profile_looks_flat():
    axes = ProfilePicture("gradient_rms", made_trace([0.9, 1.1, 1.0])).draw(60, 14).axes
    assert axes.high - axes.low == axis.LEAST_DECADES


STEPS = {n * 10**e for n in (1, 2, 3, 5) for e in range(3)}


@given(st.integers(-324, 307), st.integers(1, 600), st.integers(1, 60), st.booleans(), st.booleans())
def test_log_ticks_are_round_equally_far_apart_and_at_both_ends(low, decades, rows, above, below):
    fitted = axis.fit_rows(grid.Axes("x", True, float(low), float(min(low + decades, 309))), rows, above, below)
    positions, labels = zip(*fitted.ticks, strict=True)
    assert fitted.rows + fitted.above + fitted.below <= rows
    assert positions[0] == 0
    assert positions[-1] == fitted.rows - 1
    assert len({b - a for a, b in itertools.pairwise(positions)}) <= 1
    assert all(len(text) <= axis.LABEL_WIDTH for text in labels)
    exponents = [int(text.removeprefix("1e")) for text in labels]
    if rows >= axis.LEAST_ROWS:
        assert {b - a for a, b in itertools.pairwise(exponents)} <= STEPS
        assert exponents[0] <= low
        assert exponents[-1] >= min(low + decades, 309)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False),
       st.integers(1, 60))  # fmt: skip
def test_linear_ticks_are_equally_far_apart_and_at_both_ends(one, other, rows):
    low, high = sorted((one, other))
    if low == high:
        return
    fitted = axis.fit_rows(grid.Axes("x", False, low, high), rows)
    positions, labels = zip(*fitted.ticks, strict=True)
    assert (positions[0], positions[-1]) == (0, fitted.rows - 1)
    assert fitted.rows <= rows
    assert len({b - a for a, b in itertools.pairwise(positions)}) <= 1
    assert all(0 < len(text) <= axis.LABEL_WIDTH for text in labels)
    room = 1e-6 * (high / 2 - low / 2)
    assert fitted.axes.low - low <= room
    assert high - fitted.axes.high <= room


@pytest.mark.parametrize(("limits", "rows", "labels"), [
    ((0, 1500), 4, ["0", "500", "1000", "1500"]), ((0, 1), 11, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ((1.44, 2.34), 3, ["1", "2", "3"]), ((0, 100), 5, ["0", "50", "100"]),
    ((0, 100), 16, ["0", "20", "40", "60", "80", "100"]),
])  # fmt: skip
def test_linear_labels_are_round_numbers(limits, rows, labels):
    assert [text for _, text in axis.fit_rows(grid.Axes("x", False, *map(float, limits)), rows).ticks] == labels


@pytest.mark.parametrize("value", [-1.2345e-300, 1e308, 0.1, -0.001234, 123456.0, 0.0])
def test_labels_have_at_most_six_characters(value):
    assert len(axis.label(value)) <= axis.LABEL_WIDTH


def test_a_number_that_fits_is_written_out():
    assert [axis.label(value) for value in (1500, 2345.6, 123456, 0.25, 1e-5)] == [
        "1500", "2346", "123456", "0.25", "1e-05"]  # fmt: skip


def test_decimation_keeps_the_extremes_and_gaps():
    x = canvas.dots(10_000, 10_000, 50)
    y = np.sin(np.arange(10_000.0))
    y[:200] = np.nan
    xs, ys = canvas.decimate(x, y)
    assert len(xs) == 100
    assert np.isnan(ys[:2]).all()
    assert np.nanmax(ys) == np.nanmax(y)
    assert np.nanmin(ys) == np.nanmin(y)


def test_a_curve_crosses_its_corners():
    rows = canvas.curve(canvas.dots(2, 2, 10), np.array([0.0, 1.0]), 10, 5, "*")
    assert rows[0][-1] == rows[-1][0] == "*"
    assert [len(row) for row in rows] == [10] * 5


def test_text_with_and_without_colour():
    result = ProfilePicture("gradient_rms", made_trace([1, 0.1]), made_trace([1, 1])).draw(60, 10)
    assert "\x1b" not in ansi.to_text(result, colour=False)
    coloured = ansi.to_text(result, colour=True)
    assert "\x1b[35m" in coloured
    assert "\x1b[36m" in coloured
    assert re.sub(r"\x1b\[[0-9]*m", "", coloured).split() == ansi.to_text(result, colour=False).split()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "no such encoding"])
def test_encodings_without_braille(encoding):
    assert not glyphs.has_braille(encoding)


def test_the_linux_console_has_no_braille(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert glyphs.has_braille("utf-8")
    monkeypatch.setenv("TERM", "linux")
    assert not glyphs.has_braille("utf-8")


@pytest.mark.parametrize("size", [(0, 0), (2, 2), (12, 3), (30, 6), (80, 24)])
@pytest.mark.parametrize("braille", [True, False])
def test_histograms_are_drawn_at_any_size(size, braille):
    empty = Histogram(np.zeros(8, dtype=np.int64), np.linspace(0, 1, 9))
    full = Histogram(np.array([0, 1, 5, 100]), np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    for one, other in ((full, None), (full, empty), (empty, full)):
        result = HistogramPicture("activation", one, other).draw(*size, braille=braille)
        assert len(result.rows) == size[1]
        assert braille or result.text().isascii()


def test_a_histogram_shows_its_shape_and_range():
    histogram = Histogram(np.array([1, 8, 1]), np.array([-1.5, -0.5, 0.5, 1.5]))
    rows = HistogramPicture("slope", histogram).draw(12, 5).text().splitlines()
    assert rows[0] == "─ slope ────"
    assert rows[1] == "    ████"
    assert rows[-1].split() == ["-1.5", "1.5"]


def test_resampling_keeps_the_count():
    histogram = Histogram(np.arange(7), np.linspace(0, 1, 8))
    for columns in (1, 3, 7, 50):
        assert resample(histogram, columns).sum() == pytest.approx(21)


@pytest.mark.parametrize("height", [4, 6, 7, 14])
def test_the_cursor_never_hides_the_numbers_of_the_axis(height):
    result = ProfilePicture("gradient_rms", made_trace([1.0], steps=60), axis="step").draw(60, height)
    foot = "".join(text for text, _ in result.rows[-1])
    for step in range(1, 61):
        marked = "".join(text for text, _ in result.with_cursor(step)[-1])
        assert all(new == old for new, old in zip(marked, foot, strict=True) if old != " ")


def test_a_frame_has_the_labels_and_no_data():
    result = ProfilePicture("gradient_rms", made_trace([1e-3, 1]), made_trace([1, 1])).draw(60, 14)
    rows = grid.frame(result.rows)
    assert {sum(len(text) for text, _ in row) for row in rows} == {60}
    assert {role for row in rows for text, role in row if text.strip()} == {"title", "label", "axis"}
    assert "".join(text for text, _ in rows[-1]) == "".join(text for text, _ in result.rows[-1])
