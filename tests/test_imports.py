"""What an import may bring along, seen in a fresh process."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import gradsim.tui.starting", {"numba", "scipy", "torch"}),
        ("import gradsim.tui.cli.open, gradsim.tui.app",  # which paints first, and imports the rest then
         {"numpy", "pydantic", "plotext", "tomlkit", "numba", "gradsim.sim.scenario", "gradsim.tui.screens.main"}),
        ("import gradsim.sim, gradsim.sim.passes, gradsim.sim.dump, gradsim.sim.inspect",
         {"textual", "plotext", "rich", "click"}),
        ("import gradsim.sim.scenario, gradsim.sim.files, gradsim.sim.fixing as f; f.fixes()", {"numba", "textual"}),
        ("from gradsim.tui.ahead import Ahead, Request as R\n"
         "from gradsim.tui.simulation import Known, run_both as run\n"
         "from gradsim.tui.cli.reading import chosen\n"
         "traces = Ahead(R('sigmoid_20', (), (), None)).traces(lambda: False, str)\n"
         "run(chosen('sigmoid_20', (), (), None)[0], None, Known(*traces), lambda: False, str)", {"numba"}),
        ("import gradsim.tui.cli.ahead, gradsim.tui.cli.reading", {"click", "numpy", "pydantic", "asyncio"}),
        ("import gradsim.tui.cli.main", {"numba", "textual", "pydantic", "numpy"}),
    ],
)  # fmt: skip
def test_imports_stay_light(statement, never):
    assert not never & modules_after(statement)


def test_every_folder_of_code_is_installed():
    root = Path(__file__).parent.parent
    listed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = [path.parent.relative_to(root) for top in ("sim", "tui", "scenarios") for path in
               (root / top).rglob("__init__.py")]  # fmt: skip
    assert sorted(listed) == sorted("gradsim." + ".".join(folder.parts) for folder in folders)
