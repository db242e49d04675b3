"""The cause of a verdict: a chain-rule factor is judged by what its file declares, whatever its name."""

import importlib
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.analysis.blame import MeanFactor, blame, multiplied_together, strongest
from gradsim.sim.results.factors import LayerInfo
from gradsim.sim.results.record import Record
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate

FACTS = 'TITLE = "damping factor"\nLOG = True\nPHASE = "backward"\nREAD = "It damps."\nSOURCE = "A test"\n'
KIND = '''
"""Damped: the activation, or the state that goes to the next step, is multiplied by 0.1."""
import numpy as np
from gradsim.sim.network.graph import LayerGraph
from gradsim.sim.network.graph_parts import activation
from gradsim.sim.ops.add import Add
from gradsim.sim.ops.base import Parameter
from gradsim.sim.ops.linear import Linear
SEQUENCE = {over_time}
STATE = {over_time}

def linear(source, name, width, fan_in, factor, size, matrix):
    def draw(number):
        return size * np.eye(width, fan_in)
    both = (Parameter(f"{{name}}.weight", (width, fan_in), draw, matrices=(matrix,)),
            Parameter(f"{{name}}.bias", (width,), lambda number: np.zeros(width)))
    return Linear((source,), both, factor)

def graph(scenario, fan_in):
    width, factors = scenario.network.width, ("slope", "norm", "weight")
    if not STATE:
        return LayerGraph(fan_in, ((("z",), linear("in", "main", width, fan_in, "weight", 1.0, "")),
                                   (("a",), activation(scenario, "z")),
                                   (("out",), linear("a", "damp", width, width, "damping", 0.1, "damp_"))),
                          "out", ("z",), factors)
    return LayerGraph(fan_in, ((("x",), linear("in", "main", width, fan_in, "input_weight", 1.0, "in_")),
                               (("damped",), linear("hidden@-1", "damp", width, width, "damping", 0.1, "damp_")),
                               (("h",), linear("damped", "again", width, width, "weight", 1.0, "")),
                               (("z",), Add(("h", "x"), "sum", ("recurrent", "input"))),
                               (("hidden",), activation(scenario, "z"))),
                      "hidden", ("x", "h"), factors, {{"hidden": width}})
'''


@pytest.fixture
def damped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bool], Trace]:
    """A function from facts of a new factor, and whether it acts over time, to a pass of a new kind that has it."""

    def run(facts: str, over_time: bool) -> Trace:
        name = "damped_over_time" if over_time else "damped"
        for menu, file, text in (("layers", f"{name}.py", KIND.format(over_time=over_time).lstrip()),
                                 ("quantities", "damping_factor.py", f'"""Damping."""\n{FACTS}{facts}\n')):  # fmt: skip
            package = importlib.import_module(f"gradsim.sim.{registry.MENUS[menu]}")
            folder = tmp_path / menu
            folder.mkdir()
            (folder / file).write_text(textwrap.dedent(text))
            monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        steps = {"time": {"steps": 9}} if over_time else {}
        return simulate(parse_scenario({"network": {"kind": name, "depth": 1 if over_time else 6, "width": 8}} | steps))

    return run


@pytest.mark.parametrize(("facts", "over_time", "words"), [
    ("", False, "each damping multiplies it by 0.10, in the mean over the layers"),
    ("", True, "the damping multiplies it by 0.10"),
    ('TOGETHER_WITH = "weight_factor"', False, "damping and weights together multiply it by 0.10"),
    ('TOGETHER_WITH = "weight_factor"', True, "damping and weights together multiply it by 0.10"),
    ('FACTOR_OF = "weights"', False, "the weights are too small: they multiply it by 0.10"),
    ('FACTOR_OF = "norm"\nTOGETHER_WITH = "weight_factor"', False, "norm and weights together multiply it by 0.10"),
    ('FACTOR_OF = "norm"\nTOGETHER_WITH = "weight_factor"', True, "norm and recurrent weights together"),
])  # fmt: skip
def test_a_factor_of_one_file_is_judged(
    damped: Callable[[str, bool], Trace], facts: str, over_time: bool, words: str
) -> None:
    trace = damped(facts, over_time)
    assert np.nanmax(trace["damping_factor"]) == pytest.approx(0.1)
    assert trace.verdict.kind == "vanishing"
    assert words in trace.verdict.why


def test_factors_told_together_are_multiplied_where_both_act() -> None:
    norm = MeanFactor("norm", "norm_factor", ("norm",), 8.0, "weight_factor")
    weights = MeanFactor("weight", "weight_factor", ("weights",), 0.25)
    slopes = MeanFactor("slope", "slope_factor", ("activation",), 0.5)
    both, other = multiplied_together([norm, slopes, weights])
    assert (both.made_by, both.value, other) == ("norm and weights", 2.0, slopes)
    assert multiplied_together([norm, slopes]) == [norm, slopes]
    assert multiplied_together([slopes, MeanFactor("pool", "pool_factor", ("pool",), np.nan)]) == [slopes]
    assert strongest([norm, slopes, weights], grows=True) is norm
    assert strongest([norm, slopes, weights], grows=False) is weights


def test_layers_whose_operations_declare_no_factor_have_none_to_blame() -> None:
    record = Record("float32", 1.0, [LayerInfo(1, "layers.1", "silent", 4, 4, 0, ())], 1)
    assert blame("vanishing", parse_scenario({}), record) == "no chain-rule factor could be measured"
