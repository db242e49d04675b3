"""How many files of sim/ a preset goes through from scenario to trace: `python -m benchmarks.files sigmoid_20 ...`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import gradsim.sim
from gradsim.sim import load, registry
from gradsim.sim.simulation import simulate

ROOT = Path(gradsim.sim.__path__[0])


def files_on_the_way(name: str) -> list[str]:
    """Those in which any function runs in a pass whose choices are imported and compiled, in the order of first use."""
    scenario, files = load(name), dict[str, None]()
    simulate(scenario)

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            files[frame.f_code.co_filename] = None

    sys.setprofile(look)
    try:
        simulate(scenario)
    finally:
        sys.setprofile(None)
    return [str(Path(path).relative_to(ROOT)) for path in files if Path(path).is_relative_to(ROOT)]


def of_menus(files: list[str]) -> Iterator[str]:
    """The choices among them, each of which is a file by itself."""
    menus = {Path(*package.split(".")) for package in registry.MENUS.values()}
    yield from (path for path in files if Path(path).parent in menus)


if __name__ == "__main__":
    for preset in sys.argv[1:]:
        every = files_on_the_way(preset)
        choices = list(of_menus(every))
        print(f"{preset}: {len(every)} files, {len(choices)} of them choices")
        print(*(f"  {path}" for path in every if path not in choices), sep="\n")
