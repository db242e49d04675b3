"""What charts promise, read from the drawn text: no stairs, no false crossing, right labels, one set of columns."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from factories import made_trace
from gradsim.sim.results.histogram import Histogram
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.text import format_number
from gradsim.tui.charts.plot.curves import place_plot
from gradsim.tui.charts.plot.grid import Drawing
from gradsim.tui.charts.plot.heatmap import HeatmapPicture
from gradsim.tui.charts.plot.histogram import HistogramPicture
from gradsim.tui.charts.plot.legend import GUTTER
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.charts.plot.strip import StripRow, as_curve, strip_rows
from gradsim.tui.charts.plot.training_picture import TrainingPicture
from gradsim.tui.charts.plot.update_curves import UpdatesPicture
from gradsim.tui.widgets.inspector import ALL, FEW, Inspector
from gradsim.tui.widgets.text_rows import plain
from gradsim.tui.widgets.verdict import VerdictPanel
from runs import trained

NAME = "gradient_rms"
FALLING = made_trace(10.0 ** np.linspace(-9, 0, 60))
HALVES = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # dots of a braille character by half, from above


def body(drawing: Drawing) -> list[str]:
    """The rows of the plot, between the words above and the axis below."""
    return drawing.text().splitlines()[1:-2]


def dots(drawing: Drawing) -> dict[int, list[int]]:
    """By half column the heights of the dots in it, from the top, four to a row."""
    heights_at: dict[int, list[int]] = {}
    for y, row in enumerate(body(drawing)):
        for x, character in enumerate(row[GUTTER:]):
            bits = ord(character) - 0x2800 if 0x2800 < ord(character) < 0x2900 else 0
            for half, ladder in enumerate(HALVES):
                heights_at.setdefault(2 * x + half, []).extend(4 * y + i for i, dot in enumerate(ladder) if bits & dot)
    return {x: heights for x, heights in heights_at.items() if heights}


@pytest.mark.parametrize("fixed", [False, True])
def test_each_run_is_a_line_of_single_dots_without_stairs(fixed: bool) -> None:
    """One dot a half column, and over a slope each of its heights: a stair would skip or repeat them."""
    slope, far = made_trace(10.0 ** np.linspace(-8.6, -0.4, 60)), made_trace(np.full(60, 1e3))
    runs = (far, slope) if fixed else (slope, far)
    drawing = ProfilePicture(NAME, *runs).draw(90, 16)
    low = {x: [y for y in heights if y > 16] for x, heights in dots(drawing).items()}
    line = {x: heights for x, heights in low.items() if heights}
    assert len(line) > (100 if fixed else 60), "the other line is dashed"
    assert max(map(len, line.values())) == 1
    tops = [line[x][0] for x in sorted(line)]
    assert all(0 <= a - b <= 1 for (a, b) in itertools.pairwise(tops)) if fixed else tops == sorted(tops, reverse=True)
    repeated = max(len(list(group)) for _, group in itertools.groupby(tops))
    assert repeated <= 6, "at three quarters of a row in a column no height lasts for three columns"


@pytest.mark.parametrize("values", [
    ([0.9, 0.97, 1.0], [0.2, 0.7, 1.0]),  # as of stacked_200: they meet in layer 3
    (np.geomspace(1e-3, 1, 200) * np.resize([1, 1.6], 200), np.geomspace(1e-4, 1, 200) * np.resize([1, 1.6], 200)),
])  # fmt: skip
@pytest.mark.parametrize("swapped", [False, True])
def test_curves_that_do_not_cross_are_not_drawn_crossing(values: tuple[object, object], swapped: bool) -> None:
    above, below = (made_trace(np.asarray(value)) for value in values)
    runs = (below, above) if swapped else (above, below)
    both = ProfilePicture(NAME, *runs).draw(60, 14)
    alone = [ProfilePicture(NAME, one).draw(60, 14, axes=both.axes) for one in (above, below)]
    assert {drawing.axes for drawing in alone} == {both.axes}
    upper, lower = map(dots, alone)
    assert upper.keys() == lower.keys()
    assert all(min(upper[x]) <= min(lower[x]) and max(upper[x]) <= max(lower[x]) for x in upper)
    drawn = dots(both)
    assert all(set(heights) <= {*upper[x], *lower[x]} for x, heights in drawn.items()), "and nothing beside them"


@pytest.mark.parametrize(("name", "values", "ends"), [
    (NAME, np.geomspace(2e-7, 0.5, 9), ("1e-07", "1e+00")), (NAME, [0.5, 0.7, 0.6], ("1e-01", "1e+01")),
    ("activation_mean", [0.0, 1500.0], ("0", "1500")), ("activation_mean", [-0.25, 0.25], ("-0.2", "0.4")),
])  # fmt: skip
@pytest.mark.parametrize("height", [9, 14, 23, 40])
def test_both_ends_have_labels_and_values_stand_beside_theirs(name, values, ends, height) -> None:
    rows = body(ProfilePicture(name, made_trace(values)).draw(60, height))
    labels = {y: row[: GUTTER - 1].strip() for y, row in enumerate(rows) if row[: GUTTER - 1].strip()}
    inside = [y for y, row in enumerate(rows) if row[GUTTER - 1] == "┤"]
    assert {min(inside), max(inside)} <= labels.keys(), "the outermost ticks say what they are"
    assert not any(c > "⠀" for row in (*rows[: min(inside)], *rows[max(inside) + 1 :]) for c in row[GUTTER:])
    assert len({b - a for a, b in itertools.pairwise(sorted(labels))}) <= 1
    numbers = [float(labels[y]) for y in sorted(labels)]
    assert numbers == sorted(numbers, reverse=True)
    if name == NAME:  # limits are whole decades
        assert numbers[-1] <= min(values)
        assert max(values) <= numbers[0]
    drawn = dots(ProfilePicture(name, made_trace(values)).draw(60, height))
    for value, heights in ((values[0], drawn[min(drawn)]), (values[-1], drawn[max(drawn)])):
        share = _share(value, numbers[-1], numbers[0], name == NAME)
        expected = max(labels) * 4 + 3 - share * ((max(labels) - min(labels) + 1) * 4 - 1)
        assert min(abs(y - expected) for y in heights) <= 2, (value, labels)


def _share(value: float, low: float, high: float, log: bool) -> float:
    value, low, high = (np.log10(number) if log else number for number in (value, low, high))
    return float((value - low) / (high - low))


def test_stacked_charts_have_the_same_columns() -> None:
    wide, narrow = made_trace(10.0 ** np.linspace(-300, 0, 3), steps=30), made_trace([0.1, 0.2, 0.3], steps=30)
    pictures = [ProfilePicture(NAME, trace, axis=axis, at=1) for trace in (wide, narrow) for axis in ("layer", "step")]
    pictures += [HeatmapPicture(NAME, wide), ProfilePicture("activation_mean", wide, axis="step", at=1),
                 UpdatesPicture("loss", np.linspace(1500, 1, 30)), ProfilePicture("zero_fraction", narrow)]  # fmt: skip
    drawings = [picture.draw(60, 12) for picture in pictures]
    for drawing in drawings:
        assert sum(row[GUTTER - 1] in "┤│" for row in body(drawing)) >= 6
        assert [row.index("└") for row in drawing.text().splitlines() if "└" in row] == [GUTTER - 1]
    feet = [next(row for row in reversed(drawing.text().splitlines()) if row.startswith((" layer", " step", " update")))
            for drawing in drawings]  # fmt: skip
    assert feet[4].split() == feet[1].split(), "a heatmap's steps stand in the middle of their cells"
    assert {len(foot) for foot in feet} == {60}, "the last of them stands at the end"
    assert feet[1] == feet[3] == feet[5]
    assert feet[0] == feet[2] == feet[7]
    plot = place_plot(60, 12, 3, "layer")
    assert plot is not None
    (cells,) = strip_rows([StripRow("signal", as_curve("baseline", np.ones(3), 3))], plot, braille=True)
    strip = "".join(text for text, _ in cells)
    columns = [match.start() for match in re.finditer("[123]", feet[0]) if match.start() >= GUTTER]
    assert all(strip[column] == "█" for column in columns)


def test_the_loss_has_a_line_at_that_of_the_best_constant_output() -> None:
    picture = TrainingPicture("loss", replace(trained(1).snapshot(), constant_loss=0.25))
    head, *rows = picture.draw(80, 14).text().splitlines()
    assert "╌╌ best constant output 0.25" in head
    (line,) = (y for y, row in enumerate(rows) if row[GUTTER:] == "╌" * (80 - GUTTER))
    labels = {y: float(row[: GUTTER - 1]) for y, row in enumerate(rows[:-2]) if row[: GUTTER - 1].strip()}
    assert min(labels, key=lambda y: abs(y - line)) == min(labels, key=lambda y: abs(labels[y] - 0.25))
    assert "-- best constant output" in picture.draw(80, 14, braille=False).text()


def test_a_loss_that_falls_by_a_third_is_no_flat_line() -> None:
    for values, log in ((np.geomspace(2.34, 1.44, 50), False), (np.geomspace(2.34, 0.01, 50), True)):
        drawing = UpdatesPicture("loss", values).draw(70, 16)
        assert ("log scale" in drawing.text()) == log
        heights = [y for ys in dots(drawing).values() for y in ys]
        assert max(heights) - min(heights) >= 4 * 3
        other = UpdatesPicture("loss", values, flipped=True).draw(70, 16)
        assert ("log scale" in other.text()) != log, "and the key shows the other"


def test_a_part_of_the_updates_has_a_scale_of_its_own() -> None:
    drawing = UpdatesPicture("loss", np.geomspace(100, 0.1, 100), window=(91, 100)).draw(70, 16)
    assert drawing.axes is not None
    assert drawing.axes.high <= 1
    assert drawing.text().splitlines()[-1].split()[-1] == "99"


@pytest.mark.parametrize("braille", [True, False])
def test_every_part_has_a_thin_rule_with_its_title_and_one_margin(braille: bool) -> None:
    rule = "─" if braille else "-"
    histogram = Histogram(np.array([1, 8, 1]), np.array([-1.5, -0.5, 0.5, 1.5]))
    pictures = [ProfilePicture(NAME, FALLING), HeatmapPicture(NAME, made_trace([1, 2], steps=3)),
                UpdatesPicture("loss", np.ones(3)), HistogramPicture("slope", histogram)]  # fmt: skip
    for picture in pictures:
        head, *rows = picture.draw(60, 12, braille=braille).text().splitlines()
        assert re.fullmatch(rf"{rule} \w.* {rule}+", head)
        assert len(head) == 60
        assert isinstance(picture, HistogramPicture) or all(row.startswith(" ") for row in rows)


# what stands beside charts


NETS = {"mlp": {"depth": 6, "width": 8, "activation": "sigmoid"},
        "residual": {"depth": 4, "width": 8, "activation": "tanh", "skip": "identity", "norm": "layer"},
        "transformer": {"kind": "transformer", "depth": 2, "width": 8},
        "gru": {"kind": "gru", "depth": 1, "width": 6}}  # fmt: skip


@pytest.fixture(scope="module", params=NETS)
def trace(request: pytest.FixtureRequest) -> Trace:
    several = {"time": {"steps": 5}} if request.param in ("gru", "transformer") else {}
    return simulate(parse_scenario({"network": NETS[request.param], **several}))


def test_the_inspectors_numbers_multiply_out_as_they_are_printed(trace: Trace) -> None:
    inspector = Inspector()
    for layer, step in itertools.product(range(1, trace.depth + 1), {max(trace.steps - 1, 1), trace.steps}):
        for other, most in itertools.product((None, trace), (FEW, ALL)):
            inspector.show(trace, other, layer, step, most)
            rows = [plain(row) for row in inspector.rows(110)]
            products = [row for row in rows if "=" in row and "×" in row and not row.startswith("─")]
            assert len(products) == 1 + (other is not None), "one table"
            for row in products:
                if "–" in row:  # nothing arrives at a token but the last
                    assert step < trace.steps
                    continue
                parts, whole = re.search(r"([\d.e-]+(?: *× +[\d.e-]+)+) = +([\d.e-]+)", row).groups()  # type: ignore[union-attr]
                value = np.prod([float(part) for part in parts.split("×")])
                assert format_number(float(value)) == format_number(float(whole)), row


def test_a_run_that_is_not_there_has_no_rows(trace: Trace) -> None:
    inspector, verdict = Inspector(), VerdictPanel()
    inspector.show(trace, None, 1, 2 if trace.steps > 1 else 1, FEW)
    rows = [plain(row) for row in inspector.rows(80)]
    assert not any(re.search(r"[–-] +[–-] +[–-]", row) for row in rows)
    assert not any("with fixes" in row for row in rows)
    verdict.show(trace, None, ("", ""))
    rows = [plain(row) for row in verdict.rows(80)]
    assert sum(row.startswith(" as it is") for row in rows) == 1
    assert not any("with fixes" in row for row in rows)
    assert all(row.startswith(" ") for row in rows)


def test_the_verdict_says_how_large_the_first_gradient_is_beside_the_last_and_how_much_a_layer_takes() -> None:
    why = simulate(parse_scenario({"network": {**NETS["mlp"], "depth": 12}})).verdict.why
    assert re.match(r"gradient at layer 1 is [\d.e-]+ x that at layer 12 \(x0\.\d+ per layer\): a sigmoid's slope", why)
