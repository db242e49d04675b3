"""Draw stills of the real screen: all, or python docs/screenshot.py PRESET FILE.svg WIDTHxHEIGHT [KEY ...]."""

import asyncio
import contextlib
import re
import sys
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.common.curing import GROUP
from gradsim.tui.state.session import begin

STILLS = (
    ("sigmoid_20", "docs/screen.svg", "100x30", "1", "2"),
    ("learning_rate_too_high", "docs/training.svg", "100x30", "t", "1"),
    ("lstm_bias_0", "docs/recurrent.svg", "100x30", "2"),
)
FONTS = "Menlo, Consolas, DejaVu Sans Mono, monospace"


async def draw(preset: str, path: Path, size: tuple[int, int], keys: list[str]) -> None:
    """Open a preset, press the keys and save what the terminal shows once all is simulated."""
    scenario = locate(preset)
    app = GradsimApp(begin(load_scenario(scenario), scenario))
    app.theme = "textual-dark"  # whatever the terminal that draws it can show
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await _at_rest(app, pilot)
        for key in keys:
            await pilot.press(key)
            await _at_rest(app, pilot)
        svg = app.export_screenshot(title="gradsim")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # a picture that loads nothing
    path.write_text(re.sub(r"font-family: [^;]+;", f"font-family: {FONTS};", svg), encoding="utf-8")


async def _at_rest(app: GradsimApp, pilot: Pilot[int]) -> None:
    """All is made that has been asked for; what a key has outdated is cancelled."""
    while awaited := [worker for worker in app.workers if worker.group != GROUP]:  # what is tried may take minutes
        with contextlib.suppress(WorkerCancelled):
            await app.workers.wait_for_complete(awaited)
        await pilot.pause()
    await pilot.pause()


if __name__ == "__main__":
    for name, target, shape, *pressed in (sys.argv[1:],) if sys.argv[1:] else STILLS:
        width, height = map(int, shape.split("x"))
        asyncio.run(draw(name, Path(target), (width, height), pressed))
