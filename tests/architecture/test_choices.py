"""What a choice is stands in its file: nothing outside the menus is decided by a choice's name."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import get_args

import pytest

from gradsim.sim import registry
from gradsim.sim.scenario import tables

MENUS = sorted(set(registry.MENUS) - {"quantities", "update_quantities", "sweep_quantities"})
NAMES = {name for menu in MENUS for name in registry.names(menu)}
ROOT = Path(registry.__file__).parents[1]
OWN = tuple(ROOT / "sim" / Path(*registry.MENUS[menu].split(".")) for menu in MENUS)
HOLDS = {"name", "kind"}  # attributes that hold the name of a choice, and what a variable is called that does


def guesses(text: str, holds: set[str] = HOLDS, names: Collection[str] = NAMES) -> Iterator[str]:
    """Lines of a program that compare what a choice is called with the name of one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            named = any((isinstance(side, ast.Attribute) and side.attr in holds) or
                        (isinstance(side, ast.Name) and side.id in holds - {"name"}) for side in sides)  # fmt: skip
            words = {part.value for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant)}
            if named and not words.isdisjoint(names):
                yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("package", ["sim", "tui"])
def test_no_choice_s_name_decides_anything_outside_the_menus(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*.py") if path.parent not in OWN]
    guessed = {str(path): lines for path in files if (lines := list(guesses(path.read_text())))}
    assert not guessed, "declare a fact in the choice's file, and ask that"


def test_which_steps_the_loss_sees_is_asked_of_its_table() -> None:
    steps, own = get_args(tables.Loss.model_fields["at"].annotation), Path(tables.__file__)
    assert list(guesses(own.read_text(), {"at"}, steps))
    files = [path for package in ("sim", "tui") for path in (ROOT / package).rglob("*.py") if path != own]
    assert not {str(path) for path in files if list(guesses(path.read_text(), {"at"}, steps))}


@pytest.mark.parametrize("text", [
    'if skip.name == "rezero": pass', 'network.kind != "mlp"', 'norm.name in ("batch", "layer")', '"lstm" == kind',
])  # fmt: skip
def test_a_guess_is_seen(text: str) -> None:
    assert list(guesses(text))


def test_facts_and_other_words_are_no_guess() -> None:
    assert not list(guesses('skip.entry.metadata["ACTIVE"], verdict.kind == "dead", name == "norm", path.name == "x"'))
