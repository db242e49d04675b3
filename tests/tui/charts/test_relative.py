"""What a chart shows beside its curves: the healthy band, shares of the last layer, another scale, part of an axis."""

import numpy as np
import pytest

from factories import made_trace
from gradsim.sim.analysis.verdict import EXPLODING, VANISHING
from gradsim.tui.charts.plot.bands import BAND, HEALTHY, LEVEL
from gradsim.tui.charts.plot.legend import GUTTER
from gradsim.tui.charts.plot.profile import ProfilePicture, shares_of_last
from gradsim.tui.state.zoom import LEAST, closer, window

NAME = "gradient_rms"
FALLING = made_trace(0.03 * 10.0 ** np.linspace(-12, 0, 20))


def rows_of(picture: ProfilePicture, width: int = 60, height: int = 16, braille: bool = True) -> dict[float, str]:
    """The rows of the plot that have a label, by what it says."""
    rows = picture.draw(width, height, braille=braille).text().splitlines()
    return {float(row[: GUTTER - 1]): row[GUTTER:] for row in rows[1:-2] if row[: GUTTER - 1].strip()}


@pytest.mark.parametrize("braille", [True, False])
def test_the_band_is_where_the_verdict_is_healthy(braille: bool) -> None:
    picture = ProfilePicture(NAME, FALLING, relative=True)
    rows = rows_of(picture, braille=braille)
    assert all((BAND[braille] in row) == (VANISHING <= value <= EXPLODING) for value, row in rows.items() if value != 1)
    assert LEVEL[braille] * 9 in rows[1.0]
    text = picture.draw(60, 16, braille=braille).text()
    assert text.count(HEALTHY) == 1
    assert "relative to layer 20" in text.splitlines()[0]


def test_a_healthy_gradient_stands_in_a_band_of_its_whole_size() -> None:
    rows = rows_of(ProfilePicture(NAME, made_trace([0.5, 0.7, 0.6]), relative=True))
    assert min(rows) <= VANISHING
    assert all(BAND[True] in row for value, row in rows.items() if value >= VANISHING and value != 1)


def test_both_runs_end_at_1_and_their_names_stand_where_they_begin() -> None:
    other = made_trace(np.linspace(7, 5, 20))
    picture = ProfilePicture(NAME, FALLING, other, relative=True, label="ReLU")
    assert rows_of(picture)[1.0].rstrip()[-1] not in " ╌"
    lines = [row[GUTTER + 1 :] for row in picture.draw(60, 16).text().splitlines()[1:]]
    assert [row.split("░")[0].split()[0] for row in lines if row.startswith(("ReLU", "as it is"))] == ["ReLU", "as"]


@pytest.mark.parametrize("last", [0.0, np.inf, np.nan])
def test_without_a_last_gradient_it_is_shown_as_it_is(last: float) -> None:
    trace = made_trace([1e-3, 0.1, last], "nonfinite")
    assert shares_of_last(trace.profile[NAME], "layer") is None
    text = ProfilePicture(NAME, trace, relative=True).draw(60, 16).text()
    assert BAND[True] not in text
    assert "relative" not in text


def test_another_scale_is_a_key_away_but_no_log_of_what_is_negative() -> None:
    picture = ProfilePicture(NAME, made_trace([1.0, 2.0, 3.0]), flipped=True)
    assert "linear scale" in picture.draw(60, 12).text()
    assert {0.0, 2.0} <= set(rows_of(picture))
    signed = ProfilePicture("activation_mean", made_trace([-1.0, 2.0]), flipped=True).draw(60, 12)
    assert signed.axes is not None
    assert not signed.axes.log
    fractions = ProfilePicture("zero_fraction", made_trace([0.001, 0.5]), flipped=True).draw(60, 12)
    assert fractions.axes is not None
    assert fractions.axes.log


def test_a_part_of_the_axis_has_its_own_scale_and_its_own_numbers() -> None:
    drawing = ProfilePicture(NAME, FALLING, window=(16, 20)).draw(60, 12)
    assert drawing.axes is not None
    assert drawing.axes.low > -6
    assert drawing.text().splitlines()[-1].split() == ["layer", *map(str, range(16, 21))]
    assert [drawing.column_of(n) for n in (15, 16, 20, 21)] == [None, GUTTER, 59, None]
    assert drawing.place_at(59) == 20


def test_fewer_layers_end_where_more_do() -> None:
    drawing = ProfilePicture(NAME, FALLING, made_trace([1.0, 1.0, 1.0, 1.0]), relative=True).draw(60, 16)
    first = drawing.column_of(17)
    assert first is not None
    row = next(row for row in drawing.text().splitlines() if row.strip().startswith("1e+00"))
    assert set(row[GUTTER:first]) == {LEVEL[True]}
    assert LEVEL[True] not in row[first:]


@pytest.mark.parametrize("length", [1, 7, 9, 20, 200, 1_000_000])
def test_a_zoomed_axis_has_the_cursor_and_reaches_both_ends(length: int) -> None:
    assert window(length, 1, 0) is None
    zoom = 0
    while (after := closer(length, zoom, 1)) != zoom:
        zoom = after
        for cursor in {1, length, (length + 1) // 2, min(3, length)}:
            part = window(length, cursor, zoom)
            assert part is None or (1 <= part[0] <= cursor <= part[1] <= length)
            assert part is None or part[1] - part[0] + 1 >= min(LEAST, length)
        ends = window(length, 1, zoom), window(length, length, zoom)
        assert ends == (None, None) or (ends[0] and ends[1] and (ends[0][0], ends[1][1]) == (1, length))
    assert closer(length, 0, -1) == 0


def test_whole_decades_between_labels_have_ticks() -> None:
    drawn = ProfilePicture(NAME, made_trace([1e-20, 1.0])).draw(60, 24).text().splitlines()[1:-2]
    assert sum(bool(row[: GUTTER - 1].strip()) for row in drawn) < sum(row[GUTTER - 1] == "┤" for row in drawn)
    linear = ProfilePicture("zero_fraction", made_trace([0.0, 1.0])).draw(60, 24).text().splitlines()[1:-2]
    assert all(row[: GUTTER - 1].strip() for row in linear if row[GUTTER - 1] == "┤")
