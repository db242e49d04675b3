"""A folder is a menu, a file is a choice.

The facts of a choice (its docstring and its upper-case literals) are read from the file's text above its first
function, so that validating a scenario or listing a menu imports no choice, and with it no numba.
"""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

CODE = re.compile(r"^(?:@|def |class )", re.MULTILINE)  # where a file's functions begin; to parse them takes long
Value = float | int | bool | str | None | tuple[float, ...]

MENUS = {
    "activations": "ops.activations",
    "norms": "ops.norms",
    "pools": "ops.pools",
    "skips": "ops.skips",
    "losses": "ops.losses",
    "inits": "network.inits",
    "layers": "network.kinds",
    "operations": "network.operations",
    "tasks": "data.tasks",
    "formats": "numerics.formats",
    "quantities": "results.quantities",
    "concerns": "analysis.concerns",
    "fixes": "scenario.fixes",
    "optimizers": "training.optimizers",
    "clips": "training.clips",
    "schedules": "training.schedules",
    "loss_scales": "training.loss_scales",
    "update_quantities": "training.quantities",
    "sweep_quantities": "sweeps.quantities",
}
"""The package of each menu, below this one."""


@dataclass(frozen=True)
class ChoiceParameter:
    """One parameter of a choice: its default and either its range (both ends allowed) or its choices.

    A default of several numbers asks for a list of as many, each in the range.
    """

    default: Value
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return " or ".join(self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        kind = "a whole number" if isinstance(self.low, int) else "a number"
        if isinstance(self.default, tuple):
            kind = f"a list of {len(self.default)} numbers, each"
        return f"{kind} from {self.low} to {self.high}"


@dataclass(frozen=True)
class MenuEntry:
    """Metadata of a choice, read without importing it."""

    name: str
    summary: str
    metadata: Mapping[str, Any]
    parameters: Mapping[str, ChoiceParameter]

    @property
    def source(self) -> str:
        """Paper and equation, or an empty string."""
        return str(self.metadata.get("SOURCE", ""))


def package(menu: str) -> str:
    """The dotted name of a menu's package."""
    return f"{__package__}.{MENUS[menu]}"


def folders(menu: str) -> tuple[str, ...]:
    """The folders of a menu's files, which distinguish cached menus."""
    name = package(menu)
    return tuple((sys.modules.get(name) or importlib.import_module(name)).__path__)


def is_choice(module: str) -> bool:
    """Whether a module is a choice of some menu, by its dotted name."""
    return module.rpartition(".")[0] in map(package, MENUS)


def names(menu: str) -> tuple[str, ...]:
    """Names of all choices of a menu, sorted; imports none of them."""
    return _names(folders(menu))


def entry(menu: str, name: str) -> MenuEntry:
    """The facts of one choice, read from its file without importing it; raises KeyError if there is none."""
    return _entry(folders(menu), name)


def load(menu: str, name: str) -> Any:
    """The module of one choice, imported now."""
    return importlib.import_module(f"{package(menu)}.{name}")


def also(menu: str) -> dict[str, str]:
    """Synonyms (ALSO) of a menu's choices, each with its choice."""
    return {word: name for name in names(menu) for word in entry(menu, name).metadata.get("ALSO", ())}


@cache
def _names(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(m.name for m in pkgutil.iter_modules(folders) if not m.name.startswith("_")))


@cache
def _entry(folders: tuple[str, ...], name: str) -> MenuEntry:
    path = next((path for folder in folders if (path := Path(folder, f"{name}.py")).is_file()), None)
    if path is None:
        raise KeyError(f"{Path(folders[0]).name} has no {name}")
    return _read(path)


def _read(path: Path) -> MenuEntry:
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(CODE.split(text, maxsplit=1)[0])
    except SyntaxError:  # a line of the docstring looked like code
        tree = ast.parse(text)
    metadata: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.isupper() and not name.startswith("_"):
                metadata[name] = ast.literal_eval(node.value)
    summary = (ast.get_docstring(tree) or path.stem).splitlines()[0]
    parameters = {key: _parameter(value) for key, value in metadata.get("PARAMETERS", {}).items()}
    return MenuEntry(path.stem, summary, MappingProxyType(metadata), MappingProxyType(parameters))


def _parameter(value: Any) -> ChoiceParameter:
    if isinstance(value, bool):
        return ChoiceParameter(value)
    if isinstance(value[0], str):
        return ChoiceParameter(value[0], choices=tuple(value))
    default, low, high = value
    return ChoiceParameter(default, low, high)
