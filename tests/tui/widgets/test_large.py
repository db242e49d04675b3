"""What an audience sees: large words and strips, broad lines, and nothing covered or cut by them."""

import numpy as np
import pytest

from factories import made_trace
from gradsim.tui.charts.plot.curves import place_plot
from gradsim.tui.charts.plot.grid import RUNS, SHADES
from gradsim.tui.charts.plot.letters import FONT, written
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.charts.plot.strip import StripRow, as_curve, strip_rows
from gradsim.tui.charts.plot.thick import thick
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.widgets.text_rows import plain
from gradsim.tui.widgets.verdict import VerdictPanel

KINDS = sorted({*glyphs().kinds} - {"borderline"})


@pytest.mark.parametrize("kind", KINDS)
def test_every_verdict_is_written_in_letters_that_fit(kind: str) -> None:
    word = kind.upper()
    assert set(word) <= set(FONT)
    for room, tall, braille, height in ((36, False, True, 3), (78, True, True, 5), (78, True, False, 5)):
        rows = written(word, room, tall, braille)
        assert len(rows) == height
        assert len({len(row) for row in rows}) == 1
        assert len(rows[0]) <= room
        assert braille or all(row.isascii() for row in rows)
    cramped = len(written(word, 99, False, True)[0]) - 1
    assert written(word, cramped, True, True)[0] in (" ".join(word), word), "letters set apart"
    assert written(word, len(word), False, False) == [word]


def test_letters_of_the_font_differ() -> None:
    assert len(set(FONT.values())) == len(FONT)
    assert {len(dots.split()) for dots in FONT.values()} == {5}


def panel(two: bool, **more: object) -> VerdictPanel:
    shown = VerdictPanel()
    runs = (made_trace([1e-6, 1]), made_trace([1, 1], "healthy") if two else None)
    shown.show(*runs, ("", ""), large=("Twenty layers", "with ReLU"), **more)  # type: ignore[arg-type]
    return shown


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_two_verdicts_stand_beside_each_other_each_over_its_sentence(width: int) -> None:
    rows = [plain(row) for row in panel(two=True).rows(width)]
    assert max(map(len, rows)) <= width
    assert "Twenty layers" in rows[0]
    second = rows[0].index("with ReLU")
    assert second >= width // 2 - 2
    assert rows[-1].count("made by hand") == 2
    assert rows[-1].index("made by hand", 10) == second
    narrow = width == 60
    assert any(("V A N" if narrow else "█") in row[:second] for row in rows)
    assert any(("H E A" if narrow else "█") in row[second:] for row in rows)


def test_a_walk_hides_the_words_and_moves_nothing() -> None:
    before, during = panel(two=True).rows(80), panel(two=True, walking="the verdict comes later").rows(80)
    assert len(before) == len(during)
    text = "\n".join(plain(row) for row in during)
    assert "the verdict comes later" in text
    assert "█" not in text


def test_the_reason_gives_way_before_the_sentence_is_cut() -> None:
    trace = made_trace([1e-6, 1])
    why = "gradient at layer 1 is 1.4e-12 x that at layer 20 (x0.24 per layer): a sigmoid's slope is at most 0.25"
    object.__setattr__(trace.verdict, "why", why)
    shown = VerdictPanel()
    shown.show(trace, made_trace([1, 1]), ("", ""), large=("one", "two"))
    rows = [plain(row) for row in shown.rows(80)]
    left = " ".join(row[:38].strip() for row in rows[-2:])
    assert left == why.partition(":")[0]


@pytest.mark.parametrize("tall", [1, 2, 4])
@pytest.mark.parametrize("braille", [True, False])
def test_a_taller_strip_has_more_levels_and_its_name_at_the_foot(tall: int, braille: bool) -> None:
    plot = place_plot(60, 8, 4, "layer")
    assert plot is not None
    row = StripRow("signal", as_curve("baseline", np.array([1.0, 0.5, 0.25, 0.0]), 4))
    rows = [plain(one).ljust(60) for one in strip_rows([row], plot, braille, tall)]
    assert len(rows) == tall
    assert rows[-1].startswith(" signal")
    full = "█" if braille else "@"
    heights = [sum(row[plot.column(n)] != " " for row in rows) for n in (1, 2, 3, 4)]
    assert heights == [tall, max(tall // 2, 1), max(tall // 4, 1), 0]
    assert all(row[plot.column(1)] == full for row in rows)


def test_a_broad_line_covers_nothing_and_keeps_every_dot() -> None:
    picture = ProfilePicture("gradient_rms", made_trace(1e-6 ** np.linspace(1, 0, 20)), made_trace(np.ones(20)),
                             relative=True)  # fmt: skip
    thin, broad = picture.draw(70, 16), thick(picture.draw(70, 16))
    cells = [[[(c, role) for text, role in row for c in text] for row in drawing.rows] for drawing in (thin, broad)]
    more = 0
    for before, after in zip(*cells, strict=True):
        for (one, role_before), (two, role) in zip(before, after, strict=True):
            if role_before in RUNS and 0x2800 <= ord(one) < 0x2900:
                assert ord(one) & ~ord(two) == 0
                assert role in RUNS
            elif one != " " and role_before not in SHADES:
                assert (one, role_before) == (two, role)
            more += one != two
    assert more > 50
    plainly = picture.draw(70, 16, braille=False)
    assert thick(plainly) is plainly
