"""Draw what `gradsim sweep PRESET` prints as a picture: python docs/sweep.py [PRESET FILE.svg WIDTHxHEIGHT].

Points are kept beside the picture until it is done, so that it may be stopped and go on; the README's takes minutes.
"""

import os
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from gradsim.sim.numerics.threads import cores
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.sweeps.boundary import lines
from gradsim.sim.sweeps.executors import Resources
from gradsim.sim.sweeps.sweep import own_sweep
from gradsim.sim.sweeps.sweeping import advance, begin
from gradsim.tui.charts.plot.ansi import to_text
from gradsim.tui.charts.plot.sweep_map import SweepPicture
from gradsim.tui.cli.report.sweep_table import heading
from gradsim.tui.terminal.glyphs import RICH

FONTS = "Menlo, Consolas, DejaVu Sans Mono, monospace"


def draw(preset: str, path: Path, width: int, height: int) -> None:
    """Make the points, and save the command and what it prints as a picture that loads nothing."""
    points = path.with_suffix(".npz")
    results = begin(own_sweep(load_scenario(locate(preset))), points)
    for _ in advance(results, Resources(cores()), points):
        pass
    above = [f"$ gradsim sweep {preset}", *heading(results, width), ""]
    drawing = SweepPicture(results, RICH.kinds, lines(results.sweep)).draw(width, height - len(above))
    text = "\n".join([*above, to_text(drawing, True)]).rstrip()
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(text), end="")
    svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="gradsim", theme=MONOKAI), flags=re.DOTALL)
    path.write_text(re.sub(r"font-family: [^;]+;", f"font-family: {FONTS};", svg), encoding="utf-8")
    points.unlink()


if __name__ == "__main__":
    name, target, shape = sys.argv[1:] or ["trainable_depth", "docs/trainable-depth.svg", "90x26"]
    columns, rows = map(int, shape.split("x"))
    draw(name, Path(target), columns, rows)
