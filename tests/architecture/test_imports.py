"""What an import may bring along, seen in a fresh process."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    own = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}  # as a user's process
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import gradsim.tui.startup", {"numba", "scipy", "torch"}),
        (
            "import gradsim.tui.cli.commands.open, gradsim.tui.app",  # which paints first, and imports the rest then
            {
                "numpy",
                "pydantic",
                "plotext",
                "tomlkit",
                "numba",
                "gradsim.sim.scenario.scenario",
                "gradsim.tui.screens.single_pass.screen",
            },
        ),
        (
            "import gradsim.sim, gradsim.sim.engine.passes, gradsim.sim.interop.arrays, gradsim.sim.simulation",
            {"textual", "plotext", "rich", "click"},
        ),
        (
            "import gradsim.sim.scenario.scenario, gradsim.sim.scenario.file, "
            "gradsim.sim.scenario.fixing as f; f.fixes()",
            {"numba", "textual"},
        ),
        (
            "from gradsim.tui.workers.prefetch import Ahead, Request as R\n"
            "from gradsim.tui.workers.passes import Known, run_both as run\n"
            "from gradsim.tui.cli.scenario_arguments import chosen\n"
            "traces = Ahead(R('sigmoid_20', (), (), None)).traces(lambda: False, str)\n"
            "run(chosen('sigmoid_20', (), (), None)[0], None, Known(*traces), lambda: False, str)",
            {"numba"},
        ),
        (
            "import gradsim.tui.cli.process.prefetch, gradsim.tui.cli.scenario_arguments",
            {"click", "numpy", "pydantic", "asyncio"},
        ),
        (  # who asks for a sweep, and hands its points out
            "import gradsim.sim.sweeps.sweeping, gradsim.sim.sweeps.executors.processes, gradsim.tui.cli.sweep_loop, "
            "gradsim.tui.screens.mapping.screen",
            {"numba"},
        ),
        ("import gradsim.tui.cli.main", {"numba", "textual", "pydantic", "numpy"}),
    ],
)
def test_imports_stay_light(statement, never):
    assert not never & modules_after(statement)


def test_every_folder_of_code_is_installed():
    root = Path(__file__).parents[2]
    listed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = [path.parent.relative_to(root) for top in ("sim", "tui", "scenarios") for path in
               (root / top).rglob("__init__.py")]  # fmt: skip
    assert sorted(listed) == sorted("gradsim." + ".".join(folder.parts) for folder in folders)
