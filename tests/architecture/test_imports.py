"""What an import may bring along, seen in a fresh process."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    own = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}  # as a user's process
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own)
    return set(json.loads(done.stdout))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import gradsim.tui.startup", {"numba", "scipy", "torch"}),
        (
            "import gradsim.tui.cli.commands.open, gradsim.tui.running",  # which paints first, then imports the rest
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
            "gradsim.sim.scenario.fix_menu as f, gradsim.sim.scenario.fixing; f.fixes()",
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
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = [path.parent.relative_to(ROOT) for top in ("sim", "tui", "scenarios") for path in
               (ROOT / top).rglob("__init__.py")]  # fmt: skip
    assert sorted(listed) == sorted("gradsim." + ".".join(folder.parts) for folder in folders)


IMPORT = re.compile(r"^ *from (\.+)([\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def imported(name: str, path: Path, files: Collection[str]) -> Iterator[str]:
    """What a file of the package imports of it anywhere in its text, for types only or within functions too."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for dots, module, names in IMPORT.findall(path.read_text(encoding="utf-8")):
        above = package[: len(package) - len(dots) + 1] + module.split(".") * bool(module)
        for part in re.findall(r"(\w+)(?: as \w+)?", re.sub("#.*", "", names)):
            inner = ".".join([*above, part])
            yield inner if inner in files else ".".join(above)


def circle(files: dict[str, Path]) -> list[str]:
    """Files that import one another in a circle; empty if none do."""
    graph = {name: set(imported(name, path, files)) & files.keys() - {name} for name, path in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_files_import_one_another_in_a_circle() -> None:
    paths = [path for top in ("sim", "tui") for path in (ROOT / top).rglob("*.py")]
    names = [path.parent if path.name == "__init__.py" else path.with_suffix("") for path in paths]
    assert circle({".".join(name.relative_to(ROOT).parts): path for name, path in zip(names, paths, strict=True)}) == []


def test_a_circle_within_functions_is_seen(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("def f():\n    from .other import (\n        g,\n    )\n")
    other.write_text("from . import one\n")
    assert set(circle({"top.one": one, "top.other": other})) == {"top.one", "top.other"}


def private_imports(text: str) -> set[str]:
    """Modules that a program imports of what numba, plotext and Textual keep to themselves."""
    nodes = list(ast.walk(ast.parse(text)))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name for name in modules if re.match(r"numba\.core\b|(plotext|textual)\.(\w+\.)*_", name)}


def test_private_parts_of_a_library_are_used_in_the_file_named_for_it() -> None:
    paths = (path for folder in ("sim", "tui") for path in (ROOT / folder).rglob("*.py"))
    users = {(path.stem, name.partition(".")[0]) for path in paths for name in private_imports(path.read_text())}
    assert users == {("numba_private", "numba"), ("plotext_private", "plotext"), ("textual_private", "textual")}


@pytest.mark.parametrize(
    "text", ["import numba.core.runtime", "from plotext._figure import x", "from textual._c import d"]
)
def test_a_private_import_is_seen(text: str) -> None:
    assert private_imports(text)
