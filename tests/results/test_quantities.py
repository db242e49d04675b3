"""Contract of the menus of quantities: all that is measured has its file, and every file is measured."""

import importlib
import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.errors import UserError
from gradsim.sim.results import quantities as folder
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.quantities import charted, every_trace, only_of_weights, over_updates, quantities
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate, trace
from gradsim.sim.text import format_number
from gradsim.sim.training import quantities as folder_of_updates
from gradsim.sim.training.run import Run
from gradsim.tui.charts.catalog import chart
from gradsim.tui.charts.training_catalog import training_charts
from gradsim.tui.state.glossary import terms
from gradsim.tui.state.lesson_text import fill

MENU = quantities()
COUNTS = {"nonfinite_count", "underflow_fraction"}  # 0 of what is healthy
CONSTANT = {"pool_factor"}  # whatever the gradient
RECURRENT = {name: bool(registry.entry("layers", name).metadata.get("STATE")) for name in registry.names("layers")}
PARTS = [
    {"norm": "none", "skip": "none"},
    {"norm": "layer", "skip": "identity"},
    {"norm": "layer", "norm_at": "output"},
]
CHAIN = {"layers": [{"kind": "dense", "width": 8}, {"kind": "dense"}, {"kind": "norm"}]}
POOLED = {"kind": "conv", "pool": {"name": "max", "every": 2}}
BOTH = {"kind": "lstm", "direction": "both"}
CASES: list[dict[str, Any]] = [CHAIN, POOLED, BOTH] + [
    {"kind": kind, **parts} for kind, own in RECURRENT.items() for parts in (PARTS if own else PARTS[:2])
]


@cache
def measured(case: int, loss: str = "probe", scale: float = 1.0) -> tuple[Trace, set[str]]:
    """A trace with all that a kind measures, and the prefixes of its weight matrices."""
    chosen = CASES[case]
    network = chosen if "layers" in chosen else {"depth": 3, "width": 8, "activation": "tanh", **chosen}
    sequence = "layers" not in chosen and registry.entry("layers", chosen["kind"]).metadata.get("SEQUENCE")
    steps = {"time": {"steps": 3}} if sequence else {}
    precision = {"format": "float64", "loss_scale": {"name": "static", "value": scale}}
    built = build(parse_scenario({"network": network, "loss": {"name": loss}, "precision": precision} | steps))
    return trace(built, spectral=True), {matrix for layer in built.layers for matrix in layer.matrices}


def test_what_is_measured_has_its_file_and_every_file_is_measured() -> None:
    of_profile, of_weights = set(), set()
    for case in range(len(CASES)):
        present, matrices = measured(case)
        assert list(present.profile)[: len(every_trace())] == list(every_trace())
        of_profile |= set(present.profile)
        names = {(matrix, name) for matrix, name in product(matrices, MENU)
                 if "weights" in MENU[name].tables and matrix + name in present.weights}  # fmt: skip
        assert {matrix + name for matrix, name in names} == set(present.weights)
        of_weights |= {name for _, name in names} | set(only_of_weights()) & present.weights.keys()
    assert of_profile == {name for name, quantity in MENU.items() if "profile" in quantity.tables}
    assert of_weights == {name for name, quantity in MENU.items() if "weights" in quantity.tables}


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda case: "-".join(map(str, CASES[case].values())))
def test_the_loss_scale_is_in_no_number(case: int) -> None:
    (plain, _), (scaled, _) = measured(case), measured(case, scale=1024.0)
    for table, other in ((plain.profile, scaled.profile), (plain.weights, scaled.weights)):
        for name, values in table.items():
            np.testing.assert_allclose(other[name], values, rtol=1e-9, err_msg=name)


def _numbers(case: int, loss: str) -> dict[str, Any]:
    """By layer and step, and by layer what the profile has not."""
    names, _ = measured(case, loss=loss)
    return {**{name: names.weights[name] for name in only_of_weights() if name in names.weights}, **names.profile}


def test_what_the_forward_pass_makes_known_knows_no_loss() -> None:
    pairs = [(_numbers(case, "probe"), _numbers(case, "mse")) for case in range(len(CASES))]
    changed = {name for one, other in pairs for name in one
            if not np.allclose(one[name], other[name], rtol=1e-9, atol=0, equal_nan=True)}  # fmt: skip
    assert changed == {name for name, quantity in MENU.items() if quantity.phase == "backward"} - COUNTS - CONSTANT


@pytest.mark.parametrize("name", MENU)
def test_every_quantity_has_its_words(name: str) -> None:
    quantity = MENU[name]
    assert quantity.about.endswith(".")
    assert quantity.title
    assert quantity.phase in ("forward", "backward")
    assert not quantity.saturated or MENU[quantity.saturated].range == (0.0, 1.0)
    assert not quantity.scales_with_loss or quantity.phase == "backward"


def test_the_reference_names_every_quantity_of_lessons() -> None:
    lines = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith("| `lesson.quantity` |")]
    assert set(re.findall(r"[a-z]+(?:_[a-z]+)+", row)) == set(charted())


@pytest.mark.parametrize("name", over_updates())
def test_every_quantity_over_updates_is_a_file_of_facts_and_a_function(name: str) -> None:
    entry, module = registry.entry("update_quantities", name), registry.load("update_quantities", name)
    assert entry.summary.endswith(".")
    assert {"TITLE", "LOG", "ORDER"} <= set(entry.metadata)
    assert callable(module.values)
    assert (name in over_updates(by_layer=True)) != (name in over_updates(by_layer=False))


def test_a_new_file_is_a_new_quantity_of_any_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = 'TITLE = "made up"\nLOG = False\nPHASE = "backward"\nCOLUMN = 999\nORDER = 999\nALSO = ("mu",)\n'
    (tmp_path / "made_up.py").write_text('"""Made up."""\n' + facts)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    assert every_trace()[-1] == "made_up"
    assert "made_up" in charted()
    with pytest.raises(UserError, match="did you mean made_up"):
        parse_scenario({"lesson": [{"text": "Look.", "quantity": "mu"}]})
    assert "made_up" in simulate(parse_scenario({"network": {"depth": 2, "width": 4}})).profile


@pytest.mark.parametrize("title", ["made up", "made up again"])
def test_what_is_known_of_a_quantity_is_of_its_folder(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has the same name, and was once answered with the first."""
    facts = f'TITLE = "{title}"\nLOG = False\nPHASE = "backward"\nORDER = 999\n'
    (tmp_path / "of_two_folders.py").write_text('"""Made up."""\n' + facts)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    assert quantities()["of_two_folders"].title == title
    assert chart("of_two_folders").title == title
    assert any(title == term.word for term in terms())


def test_a_new_file_is_a_new_chart_over_updates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = 'TITLE = "made up"\nLOG = False\nORDER = 999\nALSO = ("mu",)\n'
    function = "def values(record):\n    return 2 * record.numbers['loss']\n"
    (tmp_path / "made_up.py").write_text('"""Made up."""\n' + facts + function)
    monkeypatch.setattr(folder_of_updates, "__path__", [*folder_of_updates.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    network, step = {"depth": 2, "width": 4}, {"text": "{made_up@1}", "quantity": "made_up", "update": 1}
    run = Run(parse_scenario({"network": network, "lesson": [step], "data": {"task": "spirals", "batch": 8},
                              "loss": {"name": "cross_entropy"}, "training": {"iterations": 2}}))  # fmt: skip
    run.advance()
    assert training_charts()[-1].values(run.snapshot()) == 2 * run.history.numbers["loss"]
    run.advance()
    assert fill(run.scenario.lesson[0], run.snapshot(), None) == format_number(2 * run.history.numbers["loss"][1])
    with pytest.raises(UserError, match="did you mean made_up"):
        parse_scenario({"lesson": [step | {"quantity": "mu"}]})
