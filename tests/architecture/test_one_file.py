"""Adding a choice is adding one file: each menu picks up a file from a temporary folder, and the passes use it."""

import ast
import importlib
import pickle
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest

from factories import with_task
from gradsim.sim import registry, sweep
from gradsim.sim.engine.build import build
from gradsim.sim.errors import ScenarioError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.network.memory import estimate
from gradsim.sim.scenario import presets
from gradsim.sim.scenario.file import load_scenario, make_scenario, to_toml
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate, trace
from gradsim.sim.training.run import Run
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.cli.report.table import scenario_lines, to_table
from gradsim.tui.state.form_fields import changes, fields

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
        def backward(normalised, inverse, grad, out): out[:] = grad / 2
        ''',
    "skips": '''
        """Half skip."""
        ACTIVE = True
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
OF_A_RUN = {
    "pools": ({"network": {"kind": "conv", "depth": 2, "width": 4, "pool": "brand_new"}, "data": {"inputs": 1}}, '''
        """Mean: of each square, at every block."""
        from gradsim.sim.ops.pooling import AveragePool
        PARAMETERS = {"every": (1, 1, 100000)}
        ACTIVE = True
        def operation(source, image, size=2): return AveragePool((source,), image, size)
        '''),
    "operations": ({"network": {"layers": [{"kind": "dense", "width": 8}, {"kind": "brand_new"}]}}, '''
        """Bend: an activation by itself."""
        from gradsim.sim.network.graph import single_op
        from gradsim.sim.network.graph_parts import activation
        KEYS = {"activation": {"menu": "activations", "default": "tanh", "about": "nonlinearity"}}
        def graph(scenario, fan_in):
            return single_op(fan_in, activation(scenario, "in"))
        '''),
    "formats": ({"precision": {"format": "brand_new"}}, '''
        """8 bits of significand, and few exponents."""
        CARRIER = "float32"
        STORED = "float32"
        SIGNIFICAND = 8
        SMALLEST_EXPONENT = -30
        LARGEST = 4278190080.0
        OVERFLOW = "inf"
        '''),
    "optimizers": ({"training": {"optimizer": "brand_new"}}, '''
        """Signs: every parameter by the rate against its gradient."""
        import numpy as np
        LABEL = "signs"
        PARAMETERS = {"learning_rate": (0.001, 0.0, 1e30)}
        def slots(learning_rate): return ()
        def update(parameter, grad, memory, count, round_, weight_decay, learning_rate):
            parameter -= learning_rate * np.sign(grad)
            round_(parameter)
        '''),
    "clips": ({"training": {"clip": "brand_new"}}, '''
        """Signs: every number of the gradient to its sign."""
        import numpy as np
        from gradsim.sim.training.parameter_vector import ClipOutcome
        ACTIVE = True
        def clip(pairs, round_):
            for pair in pairs:
                np.sign(pair.gradient, out=pair.gradient)
            return ClipOutcome(True)
        '''),
    "schedules": ({"training": {"schedule": "brand_new"}}, '''
        """Half the learning rate."""
        ACTIVE = True
        def rate(learning_rate, update, updates): return learning_rate / 2
        '''),
    "loss_scales": ({"precision": {"loss_scale": {"name": "brand_new"}}}, '''
        """The loss times 8."""
        def start(): return 8.0
        def unscale(gradients, scale): gradients /= scale
        def adjust(scale, clean, broken): return scale, clean, False
        '''),
    "concerns": ({}, '''
        """There is always something."""
        ORDER = 1000
        COUNTED = False
        READ = "Nothing is ever quite right."
        SOURCE = "a test, 2025"
        def concern(facts): return 1.0, "there is always something"
        '''),
}  # fmt: skip
"""Files of menus that a run of training goes through, each with the keys of a scenario that choose it."""
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


@pytest.mark.parametrize("name", OF_A_RUN)
def test_one_file_is_one_more_choice_of_a_run(name, add):
    keys, text = OF_A_RUN[name]
    add(registry.package(name).removeprefix("gradsim."), "brand_new.py", text)
    usual = {"network": {"depth": 2, "width": 8}, "data": {}, "training": {}}
    tables = {table: usual.get(table, {}) | keys.get(table, {}) for table in {*usual, *keys}}
    if "layers" in tables["network"]:
        tables["network"] = keys["network"]
    scenario = with_task(parse_scenario(tables))
    result = simulate(scenario).verdict.concerns
    assert name != "concerns" or [one.text for one in result if one.name == "brand_new"] == [
        "there is always something"
    ]
    run = Run(scenario)
    run.advance()
    run.advance()
    assert np.isfinite(run.history.numbers["loss"]).all()
    assert "brand_new" in to_toml(scenario) or name == "concerns"


def test_one_file_is_one_more_quantity_of_a_sweep(add):
    text = '"""Letters of the verdict."""\nLOG = False\n\n\ndef value(outcome): return len(outcome.verdict.kind)\n'
    add("sim.sweeps.quantities", "brand_new.py", text)
    results = sweep({"network": {"width": 8}}, "network.depth=1,2", quantity="brand_new")
    assert results.median().ravel().tolist() == [len("healthy")] * 2


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
    assignments = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
    named = [(node.targets[0].id, node.value) for node in assignments if isinstance(node.targets[0], ast.Name)]
    whole = {name: ast.literal_eval(value) for name, value in named if name.isupper() and name[0] != "_"}
    assert registry.entry(menu, name).metadata == whole


def test_a_docstring_may_look_like_code(tmp_path):
    (tmp_path / "focal.py").write_text('"""Focal loss.\n\nclass weights are those of the paper.\n"""\nREADOUT = True\n')
    assert registry._entry((str(tmp_path),), "focal").metadata == {"READOUT": True}


TWO_BRANCHES = '''
    """Two branches: half the features gated by the other product, half as they are, 1.5 times as wide."""

    import numpy as np

    from gradsim.sim.network.graph import LayerGraph
    from gradsim.sim.network.graph_parts import activation
    from gradsim.sim.numerics.random_streams import stream
    from gradsim.sim.ops.add import Add
    from gradsim.sim.ops.base import Parameter
    from gradsim.sim.ops.linear import Linear

    def graph(scenario, fan_in):
        """One layer's operations."""
        width = scenario.network.width * 3 // 2
        def drawn(side):
            def draw(number):
                return stream(scenario.seed, side, number).standard_normal((width, fan_in)) / np.sqrt(fan_in)
            return draw
        def linear(side, matrix):
            own = (Parameter(f"{side}.weight", (width, fan_in), drawn(side), matrices=(matrix,)),
                   Parameter(f"{side}.bias", (width,), lambda number: np.zeros(width)))
            return Linear(("in",), own, f"{matrix}weight")
        ops = ((("left_product",), linear("left", "")), (("right_product",), linear("right", "right_")),
               (("left_out",), activation(scenario, "left_product")),
               (("right_out",), activation(scenario, "right_product")),
               (("out",), Add(("left_out", "right_out"), "sum of branches", ("left", "right"))))
        return LayerGraph(fan_in, ops, "out", ("left_product",), ("slope", "norm", "weight"))
    '''


@pytest.fixture
def two_branches(add):
    add("sim.network.kinds", "two_branches.py", TWO_BRANCHES)
    return {"kind": "two_branches", "depth": 4, "width": 8}


def test_a_kind_of_two_branches_and_another_width_is_one_file(two_branches):
    result = simulate(parse_scenario({"network": two_branches}))
    assert [layer.width for layer in result.layers] == [12] * 4
    assert [layer.fan_in for layer in result.layers] == [8, 12, 12, 12]
    assert np.isfinite(result["gradient_rms"]).all()
    chain = result.factors(2)
    assert [word for word, _ in chain.factors][-1] == "other paths"
    assert np.prod([value for _, value in chain.factors]) == pytest.approx(chain.layer_factor)


@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_its_gradients_are_those_of_central_differences(two_branches, activation):
    chosen = parse_scenario({"network": {**two_branches, "depth": 2, "activation": activation},
                             "data": {"batch": 3}, "precision": {"format": "float64"}})  # fmt: skip
    _, arrays = dump(chosen)
    network = build(chosen)
    for layer in network.layers:
        for name in ("left.weight", "right.bias"):
            values, step = layer.parameters[name], 1e-6
            place = (0,) * values.ndim
            here, losses = values[place], []
            for change in (step, -step):
                values[place] = here + change
                losses.append(trace(network).loss)
            values[place] = here
            side, _, short = name.partition(".")
            made = arrays[f"layers.{layer.number}.{side}.grad_{short}"][place]
            assert made == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-6, abs=1e-9)


def test_its_overflow_is_found_with_its_operands(two_branches):
    chosen = parse_scenario({"network": {**two_branches, "activation": "linear", "depth": 40},
                             "precision": {"format": "float16"}})  # fmt: skip
    first = simulate(chosen).verdict.first_nonfinite
    assert first is not None
    assert first.layer > 5
    assert first.terms
    assert abs(first.exact) > 65504
    assert first.text


def test_it_is_drawn_and_trained(two_branches, capsys):
    chosen = parse_scenario({"network": two_branches, "data": {"task": "spirals"}, "loss": {"name": "cross_entropy"},
                             "training": {"iterations": 40, "optimizer": "adam"}})  # fmt: skip
    run = Run(chosen)
    for _ in range(40):
        run.advance()
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert run.visit(7).trace.loss == run.history["loss"][7]
    picture = ProfilePicture("gradient_rms", simulate(chosen))
    assert picture.draw(60, 16).text().strip()
    assert to_table(simulate(chosen), None)


OWN_KEYS = TWO_BRANCHES.replace(
    "    from gradsim.sim.numerics.random_streams",
    """
    KEYS = {
        "tilt": {"range": (0.0, 2.0), "default": 0.5, "after": "init", "about": "of the branches", "also": ("slant",)},
        "order": {"values": ("left", "right"), "default": "left", "about": "which comes first"},
        "mirrored": {"default": False, "about": "whether both are the same"},
        "branch_init": {"menu": "inits", "default": "orthogonal", "about": "weights of a branch"},
        "norm_at": {"values": ("left", "right"), "default": "right", "after": "norm", "about": "whose the norm is"},
    }
    DEFAULTS = {"activation": "gelu", "width": 6}
    REFUSES = {"norms": ("batch",)}

    from gradsim.sim.numerics.random_streams""",
)


@pytest.fixture
def own_keys(add):
    add("sim.network.kinds", "own_keys.py", OWN_KEYS)
    return {"kind": "own_keys", "depth": 3}


def test_a_kind_declares_its_own_keys_and_defaults_in_its_file(own_keys):
    chosen = parse_scenario({"network": {**own_keys, "tilt": 1.5, "branch_init": {"name": "normal", "std": 0.1}}})
    network = chosen.network
    assert (network.get("tilt"), network.get("order"), network.get("mirrored"), network.get("norm_at")) == (
        1.5, "left", False, "right")  # fmt: skip
    assert (network.activation.name, network.width) == ("gelu", 6)
    whole = chosen.plain(resolved=True)["network"]
    assert list(whole) == ["kind", "depth", "width", "activation", "init", "tilt", "bias", "norm", "norm_at", "skip",
                           "order", "mirrored", "branch_init"]  # fmt: skip
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    again = make_scenario(tomllib.loads(to_toml(chosen)))
    assert again.plain(resolved=True) == chosen.plain(resolved=True)
    assert make_scenario(tomllib.loads(to_toml(chosen, resolved=False))) == chosen
    assert np.isfinite(simulate(chosen)["gradient_rms"]).all()


@pytest.mark.parametrize(("network", "message"), [
    ({"tilt": 3.0}, "network.tilt: 3.0 is not allowed; give a number from 0.0 to 2.0"),
    ({"slant": 1.0}, 'network.slant: no key "slant"; did you mean tilt?'),
    ({"order": "rigth"}, 'network.order: no order "rigth"; did you mean right? allowed: left, right'),
    ({"mirrored": 1}, "network.mirrored: 1 is not allowed; give true or false"),
    ({"norm_at": "cell"}, 'network.norm_at: no norm_at "cell"; allowed: left, right'),
    ({"norm": "batch"}, 'network.norm: "batch" has no place in kind own_keys; give '),
    ({"recurrent_init": "zeros"}, "network.recurrent_init: own_keys has no recurrent weights"),
    ({"kind": "lstm", "tilt": 1.0}, "network.tilt: lstm has no tilt; remove the key or give kind own_keys"),
])  # fmt: skip
def test_what_is_wrong_with_its_keys_is_told_in_one_sentence(own_keys, network, message):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario({"network": own_keys | network})
    (problem,) = caught.value.problems
    assert str(problem).replace("an own_keys", "own_keys").startswith(message)


def test_its_keys_are_in_the_form_and_go_with_another_kind(own_keys):
    chosen = parse_scenario({"network": {**own_keys, "tilt": 1.5, "norm": "layer", "norm_at": "left"}})
    by_key = {field.key: field for field in fields(chosen)}
    assert by_key["network.tilt"].value == "1.5"
    assert by_key["network.tilt"].about == "of the branches: a number from 0.0 to 2.0"
    assert by_key["network.order"].options == ("left", "right")
    assert by_key["network.mirrored"].options == ("false", "true")
    assert "batch" not in by_key["network.norm"].options
    assert [key for key in by_key if key.startswith("network.") and key.count(".") == 1][4:6] == [
        "network.init", "network.tilt"]  # fmt: skip
    other = chosen.edit(changes(chosen, {"network.kind": "rnn"}))
    assert (other.network.norm.name, other.network.get("norm_at")) == ("layer", "cell")
    assert "tilt 1.50" in " ".join(scenario_lines(chosen, 1, 500))


def test_its_memory_is_estimated(two_branches):
    small, wide = (parse_scenario({"network": {**two_branches, "width": width}}) for width in (64, 1024))
    assert estimate(wide) - estimate(small) > 4 * 4 * 2 * 1536**2  # of four layers with two float32 matrices each, most
