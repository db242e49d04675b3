"""What is shown to an audience, and what is given away as a file."""

import csv
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim.scenario.file import load_scenario, make_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.tui.app import GradsimApp
from gradsim.tui.charts.plot.bands import SEEDS
from gradsim.tui.screens.dialogs.ask import Ask
from gradsim.tui.state.export import of_training
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.textual_private import screen_text
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.footer import LessonStrip, StatusLine
from gradsim.tui.widgets.form import Form
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.strip import Strip
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.widgets.verdict import VerdictPanel
from pilot import chart, settled
from runs import trained

SMALL = {"network": {"depth": 3, "width": 8, "activation": "sigmoid"}}


async def write(pilot, name: str) -> None:
    await pilot.press("E")
    assert isinstance(pilot.app.screen, Ask)
    pilot.app.screen.query_one("#text").value = name
    await pilot.press("enter")
    await pilot.pause()


async def test_the_screen_and_the_chart_s_numbers_become_files(tmp_path: Path) -> None:
    app = GradsimApp(begin(make_scenario(SMALL)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("1")
        await settled(pilot)
        for name in ("seen.svg", "seen.txt", "seen.csv"):
            await write(pilot, name)
            assert app.screen is app.main
            assert name in app.main.query_one(StatusLine).text()
        assert "VANISHING" in (tmp_path / "seen.txt").read_text() or "HEALTHY" in (tmp_path / "seen.txt").read_text()
        assert (tmp_path / "seen.svg").read_text().startswith("<svg")
        rows = list(csv.reader((tmp_path / "seen.csv").read_text().splitlines()))
        assert rows[0] == ["layer", "step", "gradient_rms, as it is", "gradient_rms, with fixes"]
        runs = app.main.runs
        assert [float(row[2]) for row in rows[1:]] == runs.baseline.profile["gradient_rms"][:, 0].tolist()
        assert [float(row[3]) for row in rows[1:]] == runs.with_fixes.profile["gradient_rms"][:, 0].tolist()
        before = (tmp_path / "seen.csv").read_bytes()
        await write(pilot, "seen.csv")
        assert isinstance(app.screen, Ask), "it asks before it replaces"
        await pilot.press("escape")
        assert (tmp_path / "seen.csv").read_bytes() == before
        await write(pilot, "seen.pdf")
        assert "ends in" in str(app.screen.query_one("#about").content)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_an_audience_sees_chart_strip_verdict_and_lesson_only(size: tuple[int, int]) -> None:
    app = GradsimApp(begin(load_scenario(locate("sigmoid_20"))), present=True)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        plot, rows = app.main.query_one("#chart", PlotWidget), screen_text(app.main).splitlines()
        parts = [part for part in app.main.query("*") if isinstance(part, TextRows | PlotWidget | Form)]
        shown = [type(part) for part in parts if part.is_on_screen]
        assert shown == [VerdictPanel, PlotWidget, Strip]
        assert "Twenty sigmoid layers" in rows[size[1] > 30]
        assert any("█ █ █▀█ █▄ █" in row or "██  ██  ██████" in row for row in rows), "its word in large letters"
        large, strip = plot.size, app.main.query_one(Strip).size.height
        assert large.width > size[0] - 5
        assert large.height >= 0.45 * size[1]
        await pilot.press("n")
        await settled(pilot)
        lesson, cells = app.main.query_one(LessonStrip), app.main.query_one(Strip).region
        assert lesson.is_on_screen
        assert cells.bottom <= lesson.region.y, "both of its rows are seen whole"
        assert screen_text(app.main).splitlines()[cells.bottom - 1].split()[0] == "gradient"
        assert plot.size.height >= 0.45 * size[1] - 1
        await pilot.press("n", "P")
        await settled(pilot)
        assert app.main.query_one(FixPanel).display
        assert "VANISHING" in screen_text(app.main)
        assert plot.size.width < large.width
        assert app.main.query_one(Strip).size.height < strip


def test_numbers_of_training_are_by_update() -> None:
    run = trained(3)
    head, rows = of_training("loss", run.snapshot(), None)
    assert head == ("update", "loss, as it is")
    assert [row[0] for row in rows] == [0, 1, 2]
    head, rows = of_training("gradient_rms", run.snapshot(), None)
    assert head[:2] == ("layer", "update")
    assert len(rows) == 9
    assert np.isfinite([float(str(row[2])) for row in rows]).all()


async def test_twenty_seeds_are_a_band_and_a_sentence_until_asked_again() -> None:
    app = GradsimApp(begin(make_scenario(SMALL)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = chart(app)
        await pilot.press("R")
        await settled(pilot)
        status = " ".join(app.main.query_one(StatusLine).text().split())
        assert "20 seeds: R is" in status
        assert "(median)" in status
        assert f"{SEEDS[True] * 2} 20 seeds" in chart(app)
        await pilot.press("R")
        await settled(pilot)
        assert chart(app) == before


async def test_another_scenario_is_the_second_line_until_escape() -> None:
    app = GradsimApp(begin(make_scenario(SMALL)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("O", *"selu_50", "enter")
        await settled(pilot)
        assert "selu_50" in chart(app).splitlines()[0]
        assert "digits switch fixes on selu_50" in " ".join(app.main.query_one(StatusLine).text().split())
        rows = app.main.query_one(VerdictPanel).text().splitlines()
        assert any(row.startswith(" selu_50") for row in rows)
        await pilot.press("escape")
        await settled(pilot)
        assert "selu_50" not in chart(app) + app.main.query_one(VerdictPanel).text()
        assert app.main.now.other is None
