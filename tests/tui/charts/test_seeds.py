"""The band of several seeds: from lowest to highest behind the curves, with their median, and never over the data."""

import numpy as np
import pytest

from factories import made_trace
from gradsim.tui.charts.plot.bands import BAND, MEDIAN, SEEDS
from gradsim.tui.charts.plot.legend import GUTTER
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.charts.spread import Spread

NAME = "gradient_rms"
LAYERS = 20


def spread_of(*ends: float) -> Spread:
    """Seeds whose gradient falls from 1 at the last layer to an end at the first, a straight line on a log axis."""
    traces = [made_trace(end ** np.linspace(1, 0, LAYERS)) for end in ends]
    return Spread(tuple(trace.verdict for trace in traces), tuple(trace.profile for trace in traces))


def columns_of(text: str, column: int) -> list[str]:
    return [row.ljust(column + 1)[column] for row in text.splitlines()[1:-2]]


@pytest.mark.parametrize("braille", [True, False])
@pytest.mark.parametrize("relative", [True, False])
def test_the_band_goes_from_the_lowest_to_the_highest_seed(braille: bool, relative: bool) -> None:
    trace = made_trace(1e-6 ** np.linspace(1, 0, LAYERS))
    spread = spread_of(1e-2, 1e-6, 1e-8, 1e-4, 1e-10)
    drawing = ProfilePicture(NAME, trace, relative=relative, seeds=(spread,)).draw(70, 16, braille=braille)
    text, plot = drawing.text(), drawing.plot
    assert plot is not None
    labels = {float(row[: GUTTER - 1]): y for y, row in enumerate(text.splitlines()) if row[: GUTTER - 1].strip(" e+-")
              and row[GUTTER - 1] in "┤+" and row[: GUTTER - 1].strip()}  # fmt: skip
    first = columns_of(text, plot.column(1) + 1)
    shaded = [y for y, character in enumerate(first, 1) if character == SEEDS[braille]]
    assert min(labels[1e-2] - 1, min(shaded)) <= min(shaded) <= labels[1e-2] + 1
    assert labels[1e-10] - 1 <= max(shaded) <= labels[1e-10] + 1
    assert SEEDS[braille] not in columns_of(text, plot.column(LAYERS)), "all are the same at the last layer"
    assert f"{SEEDS[braille] * 2} 5 seeds" in text.splitlines()[0]
    assert f"{MEDIAN[braille]} median" in text.splitlines()[0]
    assert text.isascii() != braille


@pytest.mark.parametrize("braille", [True, False])
def test_the_band_is_never_over_the_data(braille: bool) -> None:
    trace, other = made_trace(1e-6 ** np.linspace(1, 0, LAYERS)), made_trace(np.linspace(0.5, 1, LAYERS))
    picture = ProfilePicture(NAME, trace, other, relative=True)
    with_band = ProfilePicture(NAME, trace, other, relative=True, seeds=(spread_of(1e-6, 1e-5), spread_of(0.1, 0.9)))
    rows = [picture.draw(70, 16, braille=braille).text().splitlines(),
            with_band.draw(70, 16, braille=braille).text().splitlines()]  # fmt: skip
    for before, after in zip(*(part[1:] for part in rows), strict=True):
        for one, two in zip(before.ljust(70), after.ljust(70), strict=True):
            assert two == one or one in f" {BAND[braille]}-╌healthy", (before, after)


def test_seeds_that_end_in_zero_or_nan_do_not_break_the_band() -> None:
    trace = made_trace(np.linspace(0.5, 1, LAYERS))
    dead = made_trace([0.0, *np.ones(LAYERS - 1)], "dead")
    broken = made_trace([np.nan, np.inf, *np.ones(LAYERS - 2)], "nonfinite")
    traces = (trace, dead, broken)
    spread = Spread(tuple(one.verdict for one in traces), tuple(one.profile for one in traces))
    text = ProfilePicture(NAME, trace, seeds=(spread,)).draw(70, 16).text()
    assert SEEDS[True] in text
    assert "3 seeds" in text


def test_what_no_seed_has_kept_and_a_walk_have_no_band() -> None:
    trace = made_trace(np.linspace(0.5, 1, LAYERS))
    other = ProfilePicture("activation_std", trace, seeds=(Spread((), ({NAME: trace.profile[NAME]},)),)).draw(70, 16)
    walking = ProfilePicture(NAME, trace, reached=(3, 20), seeds=(spread_of(0.1, 0.9),)).draw(70, 16)
    assert "seeds" not in other.text() + walking.text()
