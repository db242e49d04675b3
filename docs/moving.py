"""Draw the moving picture of the README from a real session: python docs/moving.py [FILE.svg].

Each row that the session shows is drawn once, with the times at which it is seen: rows that stay cost nothing.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from rich.color import Color
from rich.segment import Segment
from textual.pilot import Pilot
from textual.strip import Strip
from textual.worker import WorkerCancelled

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.common.curing import Curing
from gradsim.tui.state import signal_walk
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.textual_private import screen_strips

PRESET, SIZE = "sigmoid_20", (80, 24)
THEME = "textual-dark"
LOOK, STEP = 2.5, 0.12  # seconds that a picture stands, and a step of the walk
SCRIPT = ("walk", "2", "0", "7", "n", "n")  # keys, and the pass played
WIDTH, HEIGHT = 8.4, 17  # of a cell
FONT = "Menlo, Consolas, DejaVu Sans Mono, monospace"
Frame = tuple[float, list[Strip]]
"""How long it stands, and its rows."""


async def frames() -> list[Frame]:
    """What a terminal shows while the script is played."""
    signal_walk.LEAST = signal_walk.MOST = 1e9  # seconds of the walk, which goes on by hand
    Curing.in_background = staticmethod(lambda: False)  # type: ignore[method-assign]  # what is tried takes long
    path = locate(PRESET)
    app = GradsimApp(begin(load_scenario(path), path))
    app.theme = THEME
    found: list[Frame] = []
    async with app.run_test(size=SIZE) as pilot:
        while app.main.runs is None:
            await pilot.pause()
        await _at_rest(app, pilot)
        found.append((LOOK, screen_strips(app.screen)))
        for key in SCRIPT:
            if key == "walk":
                await pilot.press("space")
                while app.main.now.walk is not None:
                    await _at_rest(app, pilot)
                    found.append((STEP, screen_strips(app.screen)))
                    app.main.navigation.tick()
            else:
                await pilot.press(key)
            await _at_rest(app, pilot)
            found.append((LOOK, screen_strips(app.screen)))
    return found


async def _at_rest(app: GradsimApp, pilot: Pilot[int]) -> None:
    """All is made that has been asked for."""
    for _ in range(2):
        while app.workers:
            with contextlib.suppress(WorkerCancelled):
                await app.workers.wait_for_complete()
            await pilot.pause()
        await pilot.pause()


def svg(shown: list[Frame]) -> str:
    """The picture: of each row every text that it has, seen while it has it."""
    total = sum(seconds for seconds, _ in shown)
    starts = [sum(seconds for seconds, _ in shown[:i]) for i in range(len(shown) + 1)]
    width, height = SIZE[0] * WIDTH + 16, SIZE[1] * HEIGHT + 16
    classes: dict[str, str] = {}
    body: list[str] = []
    for y in range(SIZE[1]):
        rows: dict[str, list[tuple[float, float]]] = {}
        for i, (_, strips) in enumerate(shown):
            drawn = "".join(_row(strips[y], y, classes))
            spans = rows.setdefault(drawn, [])
            if spans and spans[-1][1] == starts[i]:
                spans[-1] = (spans[-1][0], starts[i + 1])
            else:
                spans.append((starts[i], starts[i + 1]))
        body += [f"<g>{drawn}{_times(spans, total)}</g>" for drawn, spans in rows.items() if drawn]
    styles = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" xml:space="preserve">'
        f"<style>text{{font:14px {FONT};white-space:pre}}{styles}</style>"
        f'<rect width="100%" height="100%" rx="8" fill="#121212"/><g transform="translate(8 8)">'
        f"{''.join(body)}</g></svg>\n"
    )


def _times(spans: list[tuple[float, float]], total: float) -> str:
    """When a row is seen; nothing if always."""
    if spans == [(0, total)]:
        return ""
    points = [(0.0, spans[0][0] == 0)]
    for first, last in spans:
        points += [(first / total, True), (last / total, False)]
    kept = dict(point for point in points if point[0] < 1)  # of two at one time the later counts
    values, times = ";".join("inline" if on else "none" for on in kept.values()), ";".join(f"{t:.4f}" for t in kept)
    attributes = f'values="{values}" keyTimes="{times}" dur="{total:.2f}s"'
    return f'<animate attributeName="display" {attributes} calcMode="discrete" repeatCount="indefinite"/>'


def _row(strip: Strip, y: int, classes: dict[str, str]) -> Iterator[str]:
    """The backgrounds and texts of a row; `classes` collects the styles."""
    x = 0
    for segment in strip:
        cells, text = segment.cell_length, segment.text
        front, back = _colours(segment)
        if back is not None:
            corner = f'x="{x * WIDTH:.1f}" y="{y * HEIGHT}"'
            yield f'<rect {corner} width="{cells * WIDTH:.1f}" height="{HEIGHT}" fill="{back}"/>'
        if text.strip():
            bold = ";font-weight:bold" if segment.style and segment.style.bold else ""
            name = classes.setdefault(f"fill:{front}{bold}", f"c{len(classes)}")
            at = f'x="{x * WIDTH:.1f}" y="{y * HEIGHT + 13}" textLength="{cells * WIDTH:.1f}"'
            yield f'<text class="{name}" {at}>{escape(text)}</text>'
        x += cells


def _colours(segment: Segment) -> tuple[str, str | None]:
    """The colours of a segment; no background where it is the picture's own."""
    style = segment.style
    front, back = (_hex(style.color), _hex(style.bgcolor)) if style else (None, None)
    if style and style.reverse:
        front, back = back or "#121212", front or "#e0e0e0"
    return front or "#e0e0e0", None if back in (None, "#121212") else back


def _hex(colour: Color | None) -> str | None:
    return None if colour is None or colour.is_default else colour.get_truecolor().hex


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/session.svg")
    target.write_text(svg(asyncio.run(frames())), encoding="utf-8")
