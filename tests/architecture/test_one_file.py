"""Adding a choice is adding one file: each menu picks up a file from a temporary folder, and the passes use it."""

import ast
import importlib
import textwrap
from pathlib import Path

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.scenario import presets
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate

FILES = {
    "activations": '''
        """Cube: u^3, scaled."""
        import numpy as np
        PARAMETERS = {"scale": (0.5, 0.0, 10.0)}
        def value(u, out, scale): out[:] = scale * u**3
        def slope(u, a, out, scale): out[:] = 3 * scale * u**2
        def largest_slope(scale): return np.inf
        def gain(scale): return 1.0
        ''',
    "inits": '''
        """Ones: every weight 1 / fan-in."""
        import numpy as np
        def weights(rng, fan_out, fan_in, place): return np.full((fan_out, fan_in), 1 / fan_in)
        ''',
    "norms": '''
        """Halving: not a norm at all."""
        import numpy as np
        ACTIVE = True
        BIAS = False
        def resolve(features): return ()
        def inverse_shape(rows, features): return 1, 1
        def forward(z, normalised, inverse): normalised[:] = z / 2
        def pull(normalised, inverse, grad, out): out[:] = grad / 2
        ''',
    "skips": '''
        """Half skip."""
        JOINS = True
        LEARNABLE = False
        def scale(depth): return 0.5
        ''',
    "losses": '''
        """Sum of all outputs."""
        import numpy as np
        READOUT = False
        TARGET = "direction"
        def value_and_gradient(output, target): return float(output.sum()), np.ones_like(output)
        ''',
    "tasks": '''
        """All ones."""
        import numpy as np
        from gradsim.sim.data.samples import Samples
        INPUTS = 3
        SAMPLES = None
        TARGETS = ("value",)
        def load(rng, batch, inputs, target): return Samples(np.ones((batch, 3)), np.ones((batch, 1)), 1)
        ''',
}
KEYS = {"activations": "network.activation", "inits": "network.init", "norms": "network.norm",
        "skips": "network.skip", "losses": "loss.name", "tasks": "data.task"}  # fmt: skip


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Adds a file to a package of gradsim for the time of one test."""

    def add_file(package: str, name: str, text: str) -> None:
        (tmp_path / name).write_text(textwrap.dedent(text).lstrip())
        folder = importlib.import_module(f"gradsim.{package}")
        monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
        importlib.invalidate_caches()

    return add_file


@pytest.mark.parametrize("name", FILES)
def test_one_file_is_one_more_choice(name, add):
    add(registry.package(name).removeprefix("gradsim."), f"brand_new_{name}.py", FILES[name])
    choice = f"brand_new_{name}"
    assert choice in registry.names(name)
    assert registry.entry(name, choice).summary
    trace = simulate(parse_scenario({"network": {"depth": 3, "width": 8}}).edit({KEYS[name]: choice}))
    assert np.isfinite(trace.profile["gradient_rms"]).all()


def test_one_file_is_one_more_preset(add):
    add("scenarios", "brand_new.toml", 'title = "Brand new"\n[network]\ndepth = 3\n')
    presets.presets.cache_clear()
    try:
        assert "Brand new" in [preset.title for preset in presets.presets()]
        assert load_scenario(locate("brand_new")).network.depth == 3
    finally:
        presets.presets.cache_clear()


CHOICES = [path for path in Path(registry.__file__).parent.glob("*/[!_]*.py") if path.parent.name != "ops"]


@pytest.mark.parametrize(("menu", "name"), [(menu, name) for menu in registry.MENUS for name in registry.names(menu)])
def test_all_facts_stand_where_they_are_read(menu, name):
    path = Path(importlib.import_module(registry.package(menu)).__path__[0], f"{name}.py")
    found = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
    named = [(node.targets[0].id, node.value) for node in found if isinstance(node.targets[0], ast.Name)]
    whole = {name: ast.literal_eval(value) for name, value in named if name.isupper() and name[0] != "_"}
    assert registry.entry(menu, name).metadata == whole


def test_a_docstring_may_look_like_code(tmp_path):
    (tmp_path / "focal.py").write_text('"""Focal loss.\n\nclass weights are those of the paper.\n"""\nREADOUT = True\n')
    assert registry._entry((str(tmp_path),), "focal").metadata == {"READOUT": True}
