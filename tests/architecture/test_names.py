"""What a quantity is stands in its file: nothing is decided by a part of its name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradsim.sim import registry
from gradsim.sim.scenario.quantities import BY_LAYER, NUMBERS, over_updates, quantities

NAMES = {*quantities(), *over_updates(), *NUMBERS, *BY_LAYER}
FACTORS = {name for name, quantity in quantities().items() if quantity.factor_of}
ROOT = Path(registry.__file__).parents[1]
MEASURES = [ROOT / "sim" / room for room in ("ops", "network", "engine", "results/quantities")]  # what names quantities
FITS = {
    "startswith": str.startswith, "removeprefix": str.startswith, "endswith": str.endswith,
    "removesuffix": str.endswith, "in": str.__contains__,
}  # fmt: skip
WORDS = {"name", "quantity", "heading", "key", "word", "title"}  # what a variable is called that holds one name


def guesses(text: str) -> Iterator[str]:
    """Lines of a program that ask for a proper part of a quantity's name."""
    for node in ast.walk(ast.parse(text)):
        how, literals = "", []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            how, literals = node.func.attr, list(ast.walk(node.args[0]))
        elif isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Name):
            asks = isinstance(node.ops[0], ast.In | ast.NotIn) and node.comparators[0].id in WORDS
            how, literals = "in" if asks else "", [node.left]
        for literal in literals if how in FITS else ():
            part = literal.value if isinstance(literal, ast.Constant) and isinstance(literal.value, str) else ""
            if sum(map(str.isalpha, part)) > 1 and part not in NAMES and any(FITS[how](name, part) for name in NAMES):
                yield f"{node.lineno}: {ast.unparse(node)}"


def spelled(text: str) -> Iterator[str]:
    """Lines of a program with the name of a chain-rule factor, or with a part that names are put together of."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(part := node.value, str) and sum(map(str.isalpha, part)) > 1:
            begins = part.endswith("_") and any(name.startswith(part) for name in NAMES)
            if part in FACTORS or begins or (part.startswith("_") and any(name.endswith(part) for name in NAMES)):
                yield f"{node.lineno}: {part}"


@pytest.mark.parametrize("package", ["sim", "tui"])
def test_no_part_of_a_quantity_s_name_decides_anything(package: str) -> None:
    guessed = {
        str(path): lines for path in (ROOT / package).rglob("*.py") if (lines := list(guesses(path.read_text())))
    }
    assert not guessed, "say it in the file of the quantity, and ask sim/scenario/quantities.py"


@pytest.mark.parametrize("package", ["sim", "tui"])
def test_only_what_measures_a_factor_names_it(package: str) -> None:
    """What judges or shows factors takes them from the chain of a layer, and asks what their files declare."""
    files = [path for path in (ROOT / package).rglob("*.py") if not any(map(path.is_relative_to, MEASURES))]
    named = {str(path): lines for path in files if (lines := list(spelled(path.read_text())))}
    assert not named, "take it from the chain of the layer (sim/results/factors.py), and ask its quantity's facts"


@pytest.mark.parametrize("text", [
    'if "gradient" in name: pass', 'quantity.endswith("_factor")', 'x = [n for n in names if n.startswith("gate_")]',
    'name.removesuffix("_factor")', 'name.startswith(("activation", "x"))', 'n.startswith("bad_")',
])  # fmt: skip
def test_a_guess_is_seen(text: str) -> None:
    assert list(guesses(text))


@pytest.mark.parametrize("text", [
    'record.has("norm_factor")', 'profile["slope_factor"]', 'f"{name}_factor"', '"reverse_" if both else ""',
])  # fmt: skip
def test_a_factor_s_name_is_seen(text: str) -> None:
    assert list(spelled(text))
    assert not list(spelled('layer.factor_of("norm"), profile["gradient_rms"], f"{matrix}gradient_norm", "_"'))


def test_whole_names_and_other_words_are_no_guess() -> None:
    assert not list(guesses('"gate_f_mean" in profile, "gradient_rms" in name, path.endswith(".npz"), "-" in name'))
