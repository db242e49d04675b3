"""The contract of fixes/: pure, idempotent, valid or honest about why not, free of order, clashes named."""

import re
import subprocess
import sys
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradsim.sim import registry
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.scenario import fix_menu, fixing, verdict_words
from gradsim.sim.scenario import fixes as folder
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from strategies import scenarios

NAMES = registry.names("fixes")
PROMISED = {
    "xavier_init", "he_init", "lecun_init", "orthogonal_init", "selu_init", "small_init", "relu", "leaky_relu",
    "elu", "gelu", "silu", "batch_norm", "layer_norm", "rms_norm", "group_norm", "residual", "scaled_residual",
    "rezero", "fewer_layers", "wider", "bigger_batch", "orthogonal_recurrent", "identity_recurrent", "spectral_rescale",
    "lstm", "gru", "forget_bias", "truncate", "shorter_sequence", "bfloat16", "float32", "loss_scaling",
    "lower_learning_rate", "warmup", "momentum", "adam", "clip_norm", "clip_value", "adaptive_clip", "weight_decay",
    "skip_nonfinite", "larger_eps", "larger_norm_eps", "master_weights", "standardize", "pre_norm", "qk_norm",
    "deepnorm", "final_norm",
}  # fmt: skip
AGAIN = {fix.name for fix in fix_menu.fixes() if fix.again}


def test_every_promised_fix_is_there() -> None:
    assert set(NAMES) >= PROMISED


@pytest.mark.parametrize("fix", fix_menu.fixes(), ids=lambda fix: fix.name)
def test_says_what_the_panel_shows(fix: fix_menu.Fix) -> None:
    assert 1 <= len(fix.label) <= 16
    assert fix.label.isprintable()
    assert len(fix.cures) <= 90
    assert fix.cures.endswith(".")
    assert re.search(r"(19|20)\d\d", fix.source), "a source names its year"


@pytest.mark.parametrize(("name", "changes", "words"), [
    ("he_init", {"network.activation": "relu"}, "ReLU nets that fade"),
    ("he_init", {"network.activation": "tanh"}, "tanh's own gain"),
    ("gelu", {"network.activation": "relu"}, "Dead ReLUs"),
    ("gelu", {"network.activation": "sigmoid"}, "GELU's is near 1"),
    ("rezero", {"network.skip": "identity"}, "Residual nets"),
    ("rezero", {"network.skip": "none"}, "a path round each"),
    ("scaled_residual", {"network.skip": "none"}, "a path round each"),
    ("layer_norm", {"network.width": 2}, "which is larger"),
    ("layer_norm", {"network.width": 3}, "each sample is scaled"),
    ("group_norm", {"network.width": 16}, "which is larger"),
    ("group_norm", {"network.width": 64}, "groups of units"),
    ("batch_norm", {"data.batch": 2}, "of 2 samples"),
    ("lower_learning_rate", {"training.optimizer": {"name": "sgd", "learning_rate": 0.5}}, "a rate of 0.05"),
    ("bigger_batch", {"network.norm": "batch", "data.batch": 4}, "on 4 samples"),
])  # fmt: skip
def test_what_it_says_depends_on_the_scenario(name: str, changes: dict[str, Any], words: str) -> None:
    assert words in fixing.cures(name, Scenario().edit(changes))


def test_the_panel_has_one_order() -> None:
    shown = fix_menu.fixes()
    orders = [fix.order for fix in shown]
    assert orders == sorted(set(orders))
    assert len({fix.label for fix in shown}) == len(shown)
    assert [fix.name for fix in shown[:2]] == ["relu", "he_init"]
    on_updates = [fix for fix in shown if fix.training]
    assert list(shown) == [fix for fix in shown if not fix.training] + on_updates
    assert fix_menu.fixes(training=True) == (*on_updates, *[fix for fix in shown if not fix.training])


@pytest.mark.parametrize("fix", [fix for fix in fix_menu.fixes() if fix.training], ids=lambda fix: fix.name)
def test_a_fix_of_training_leaves_a_pass_alone(fix: fix_menu.Fix) -> None:
    narrow = {"precision": {"format": "float16"}, "training": {"optimizer": "adam"}}
    scenario = next(s for s in (Scenario(), parse_scenario(narrow)) if not fixing.obstacle(fix.name, s))
    fixed = fixing.apply_fixes(scenario, [fix.name])
    update = {"training": fixed.training, "precision": scenario.precision.model_copy(
        update={"master_weights": fixed.precision.master_weights})}  # fmt: skip
    assert fixed == scenario.model_copy(update=update)


SICK = (  # scenarios of which each symptom finds one that its remedies apply to
    {}, {"precision": {"format": "float16"}, "training": {"optimizer": "adam"}},
    {"network": {"skip": "identity"}}, {"network": {"norm": "batch"}, "data": {"batch": 2}},
    {"network": {"kind": "rnn", "depth": 1}, "time": {"steps": 50}},
    {"data": {"file": "my.npz"}, "loss": {"name": "mse"}},
)  # fmt: skip


def test_every_symptom_has_remedies_that_apply_and_every_fix_cures_one() -> None:
    assert {kind for fix in fix_menu.fixes() for kind in fix.kinds} == set(verdict_words.SYMPTOMS)
    assert all(fix.kinds for fix in fix_menu.fixes())
    for kind in verdict_words.SYMPTOMS:
        by_scenario = [(scenario, fixing.remedies(scenario, [kind])) for scenario in map(parse_scenario, SICK)]
        assert any(names for _, names in by_scenario), kind
        assert not any(fixing.obstacle(name, scenario) for scenario, names in by_scenario for name in names)
    assert fixing.remedies(Scenario(), []) == ()
    recurrent = parse_scenario({"network": {"kind": "rnn", "depth": 1}, "time": {"steps": 50}})
    assert {"orthogonal_recurrent", "truncate", "clip_norm"} <= set(fixing.remedies(recurrent, ["exploding"]))


def test_a_tenth_of_a_tenth_of_the_learning_rate() -> None:
    names = ["lower_learning_rate", "relu", "lower_learning_rate", "relu"]
    fixed = fixing.apply_fixes(Scenario(), names)
    assert fixed.training.optimizer.parameters["learning_rate"] == 0.001
    assert fixed.network.activation.name == "relu"
    assert fix_menu.in_words(names) == "lower_learning_rate x2, relu"
    nothing = fixing.apply_fixes(Scenario(), ["lower_learning_rate"] * 400)
    assert nothing.training.optimizer.parameters["learning_rate"] == 0


def test_no_size_of_the_weights_is_offered_where_a_norm_divides_it_out() -> None:
    sizes = {"he_init", "xavier_init", "lecun_init"}
    for norm in ("layer", "batch", "group", "rms"):
        normed = parse_scenario({"network": {"norm": norm, "init": {"name": "normal", "std": 1.0}}})
        assert not sizes & set(fixing.remedies(normed, ["exploding"]))
        assert "he_init" in fixing.remedies(normed, ["dead"]), "zeros are no size"
    assert sizes <= set(fixing.remedies(normed.edit({"network.norm": "none"}), ["exploding"]))


def test_remedies_of_the_likely_cause_come_first() -> None:
    pairs = parse_scenario({"network": {"norm": "batch"}, "data": {"batch": 2}})
    fixes = fixing.remedies(pairs, ["small_batch", "stalled"])
    assert fixes[:2] == ("bigger_batch", "group_norm")
    assert "relu" in fixes[2:]
    assert fixing.remedies(pairs, ["stalled", "small_batch"])[0] == "relu"
    narrow = parse_scenario({"precision": {"format": "float16"}, "training": {"optimizer": "adam"}})
    assert fixing.remedies(narrow, ["eps"]) == ("larger_eps", "bfloat16", "float32", "master_weights")
    assert fixing.remedies(narrow, ["lost_updates"]) == ("master_weights", "float32")


def test_parameters_of_one_optimizer_go_together() -> None:
    fixed = fixing.apply_fixes(Scenario(), ["momentum", "lower_learning_rate"])
    assert fixed.training.optimizer.plain() == {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}


@settings(max_examples=12)
@given(scenario=scenarios())
def test_each_is_pure_idempotent_and_valid_or_says_why_not(scenario: Scenario) -> None:
    before = scenario.model_dump_json()
    for name in NAMES:  # all of them on one scenario, as drawing one takes as long as trying several
        check(name, scenario)
        assert scenario.model_dump_json() == before, name


def check(name: str, scenario: Scenario) -> None:
    """A fix changes a scenario to a valid one on which it changes nothing more, and says so, or why it can't."""
    reason = fixing.obstacle(name, scenario)
    if reason:
        assert len(reason) <= 150, name
        with pytest.raises(fixing.FixError, match=re.escape(reason)):
            fixing.apply_fixes(scenario, [name])
        return
    text = fixing.cures(name, scenario)
    assert len(text) <= 90, name
    assert text.endswith("."), name
    assert text.isprintable(), name
    fixed = fixing.apply_fixes(scenario, [name])
    assert fixed != scenario, name
    assert parse_scenario(fixed.plain()) == fixed, name
    twice = fixing.apply_fixes(scenario, [name, name])
    if name in AGAIN:
        assert twice == fixing.apply_fixes(fixed, [name]) != fixed, name
        assert fix_menu.in_words([name, name]) == f"{name} x2"
    else:
        assert fixing.changes(name, fixed) == {}, name
        assert fixing.obstacle(name, fixed), name
        assert twice == fixed, name
        assert fix_menu.in_words([name, name]) == name


@settings(max_examples=25)
@given(scenario=scenarios(), wanted=st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))
def test_order_does_not_matter_and_clashes_are_named(scenario: Scenario, wanted: list[str]) -> None:
    applicable = [name for name in wanted if not fixing.obstacle(name, scenario)]
    pairs = [(a, b) for i, a in enumerate(applicable) for b in applicable[i + 1 :]]
    clashes = {(a, b): fixing.clash(scenario, a, b) for a, b in pairs}
    assert clashes == {(a, b): fixing.clash(scenario, b, a) for a, b in pairs}
    if any(clashes.values()):
        with pytest.raises(fixing.FixError) as caught:
            fixing.apply_fixes(scenario, applicable)
        for (a, b), key in clashes.items():
            assert not key or f"fixes {a} and {b}: both set {key}" in str(caught.value)
        return
    together = fixing.apply_fixes(scenario, applicable)
    for order in permutations(applicable):
        assert fixing.apply_fixes(scenario, order) == together
    one_by_one = scenario
    for name in applicable:
        why = fixing.obstacle(name, one_by_one)
        assume(why in ("", "already so in this scenario"))  # 10 steps are too few to truncate
        if not why:  # selu_init has already set what lecun_init wants
            one_by_one = fixing.apply_fixes(one_by_one, [name])
    assert one_by_one == together


@pytest.mark.parametrize(("first", "second", "key"), [
    ("relu", "leaky_relu", "network.activation"), ("relu", "selu_init", "network.activation"),
    ("he_init", "selu_init", "network.init"), ("batch_norm", "layer_norm", "network.norm"),
    ("residual", "rezero", "network.skip"), ("clip_norm", "clip_value", "training.clip"),
    ("adam", "momentum", "training.optimizer"), ("lower_learning_rate", "adam", "training.optimizer"),
])  # fmt: skip
def test_two_fixes_of_one_key_clash(first: str, second: str, key: str) -> None:
    assert fixing.clash(Scenario(), first, second) == key


def test_a_fix_clashes_also_over_what_the_scenario_has_already() -> None:
    scenario = parse_scenario({"network": {"init": "lecun_normal"}})  # selu_init needs it to stay
    assert fixing.clash(scenario, "selu_init", "small_init") == "network.init"


def test_fixes_that_want_the_same_do_not_clash() -> None:
    assert fixing.clash(Scenario(), "lecun_init", "selu_init") == ""


@pytest.mark.parametrize(("name", "scenario", "reason"), [
    ("residual", {"network": {"depth": 1}, "data": {"inputs": 3}}, "joins equal widths"),
    ("layer_norm", {"network": {"width": 1}}, "always 0"),
    ("group_norm", {"network": {"width": 8}}, "always 0"),
    ("batch_norm", {"data": {"batch": 1}}, "too small for batch norm"),
    ("fewer_layers", {"network": {"depth": 4}}, "only 4 layers"),
    ("wider", {"network": {"width": 300}}, "300 units wide already"),
    ("bigger_batch", {"data": {"batch": 256}}, "256 samples already"),
    ("bigger_batch", {"data": {"file": "my.npz"}}, "in your file"),
    ("relu", {"network": {"activation": "relu"}}, "already so"),
    ("float32", {"precision": {"format": "float64"}}, "the format is float64 already"),
    ("bfloat16", {}, "float32 has that range already"),
    ("bfloat16", {"precision": {"format": "bfloat16"}}, "already so"),
    ("loss_scaling", {}, "far below any gradient worth an update"),
    ("loss_scaling", {"precision": {"format": "bfloat16"}}, "bfloat16 reaches far below"),
    ("loss_scaling", {"precision": {"format": "float16", "loss_scale": "dynamic"}}, "dynamic already"),
    ("lstm", {}, "an mlp has no steps"),
    ("orthogonal_recurrent", {}, "no recurrent weights"),
    ("truncate", {}, "an mlp has no steps"),
    ("truncate", {"network": {"kind": "rnn"}, "time": {"steps": 20}}, "only 20 steps"),
    ("shorter_sequence", {"network": {"kind": "gru"}, "data": {"task": "digits_rows"}}, "the data decide"),
    ("identity_recurrent", {"network": {"kind": "gru"}}, "is of kind gru"),
    ("relu", {"network": {"kind": "lstm"}}, "an lstm has sigmoid gates, which pass the gradient on"),
    ("batch_norm", {"network": {"kind": "rnn", "depth": 2}}, "each step has other statistics"),
    ("he_init", {"network": {"kind": "rnn", "depth": 1}}, "init is of the input weights"),
    ("residual", {"network": {"kind": "lstm", "depth": 1}}, "goes round a layer"),
    ("momentum", {"training": {"optimizer": "adam"}}, "a momentum of its own"),
    ("adam", {"training": {"optimizer": "adamw"}}, "adamw already"),
    ("clip_norm", {"training": {"clip": {"name": "norm", "threshold": 0.5}}}, "already, at 0.5"),
    ("larger_eps", {"precision": {"format": "float16"}}, "sgd has no eps"),
    ("larger_eps", {"training": {"optimizer": "adam"}}, "is not 0 in float32"),
    ("larger_eps", {"training": {"optimizer": "adam"}, "precision": {"format": "bfloat16"}}, "is not 0 in bfloat16"),
    ("larger_eps", {"training": {"optimizer": "adam"}, "precision": {"format": "float16", "master_weights": True}},
     "float32 master weights"),
    ("larger_norm_eps", {}, "no norm"),
    ("larger_norm_eps", {"network": {"norm": {"name": "layer", "eps": 1.0}}}, "is 1 already"),
    ("standardize", {}, "this is a task"),
    ("standardize", {"data": {"file": "my.npz", "standardize": "both"}, "loss": {"name": "mse"}}, "already so"),
    ("master_weights", {}, "is not narrower"),
    ("warmup", {"training": {"iterations": 19}}, "needs 20 updates"),
    ("lower_learning_rate", {"training": {"optimizer": {"name": "sgd", "learning_rate": 0.0}}}, "is 0"),
])  # fmt: skip
def test_says_honestly_why_not(name: str, scenario: dict[str, Any], reason: str) -> None:
    assert reason in fixing.obstacle(name, parse_scenario(scenario))


def test_fixes_of_the_number_format() -> None:
    scenario = parse_scenario({"precision": {"format": "float16", "master_weights": True}})
    assert fixing.apply_fixes(scenario, ["float32"]).precision.format == "float32"
    scaled = fixing.apply_fixes(scenario, ["loss_scaling", "bfloat16"])
    assert (scaled.precision.format, scaled.precision.loss_scale.name) == ("bfloat16", "dynamic")
    assert fixing.clash(scenario, "float32", "bfloat16") == "precision.format"


@pytest.mark.parametrize(
    ("form", "optimizer", "eps"),
    [("float16", "adam", 1e-4), ("float8_e5m2", "adamw", 1e-3), ("float8_e4m3", "rmsprop", 1e-2)],
)
def test_a_larger_eps_is_one_that_the_format_holds(form: str, optimizer: str, eps: float) -> None:
    scenario = parse_scenario({"precision": {"format": form}, "training": {"optimizer": optimizer}})
    fixed = fixing.apply_fixes(scenario, ["larger_eps"])
    assert fixed.training.optimizer.parameters["eps"] == pytest.approx(eps)
    assert number_format(form).number(1e-8) == 0 < number_format(form).number(eps)


def test_an_init_fix_replaces_the_whole_init() -> None:
    scenario = parse_scenario({"network": {"init": {"name": "xavier_normal", "gain": 0.1}}})
    assert fixing.apply_fixes(scenario, ["xavier_init"]).network.init.plain() == "xavier_normal"


def test_unknown_fixes_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(fixing.FixError, match="did you mean relu"):
        fixing.apply_fixes(Scenario(), ["rellu"])


def test_fixes_need_no_kernels() -> None:
    code = (
        "import sys\n"
        "from gradsim.sim.scenario import fix_menu, fixing\n"
        "from gradsim.sim.scenario.scenario import Scenario\n"
        "[fixing.obstacle(fix.name, Scenario()) for fix in fix_menu.fixes()]\n"
        "assert not {'numba', 'textual'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_new_file_is_a_new_fix(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deeper.py").write_text(
        '"""deeper"""\n\nORDER = 1\nCURES = "Nothing."\nSOURCE = "a test, 2025"\n\n\n'
        'def changes(scenario):\n    return {"network.depth": 99}\n'
    )
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "gradsim.sim.scenario.fixes.deeper", raising=False)
    assert fix_menu.fixes()[0] == fix_menu.Fix("deeper", "deeper", "Nothing.", "a test, 2025", 1)
    assert fixing.apply_fixes(Scenario(), ["deeper", "relu"]).network.depth == 99
    monkeypatch.delitem(sys.modules, "gradsim.sim.scenario.fixes.deeper", raising=False)
    assert parse_scenario({"expect": {"with": {"deeper": "vanishing"}}}).expect.with_ == {"deeper": "vanishing"}


@pytest.mark.parametrize(("name", "changes", "applies"), [
    ("float32", {"precision.format": "tfloat32"}, True),
    ("float32", {"precision.format": "float64"}, False),
    ("loss_scaling", {"precision.format": "float8_e5m2"}, True),
    ("loss_scaling", {"precision.format": "bfloat16"}, False),
    ("adam", {"training.optimizer": "rmsprop"}, True),
    ("adam", {"training.optimizer": "adamw"}, False),
    ("identity_recurrent", {"network.kind": "rnn", "time.steps": 9}, True),
    ("identity_recurrent", {"network.kind": "gru", "time.steps": 9}, False),
])  # fmt: skip
def test_a_fix_applies_by_what_the_choice_in_use_declares(name: str, changes: dict[str, Any], applies: bool) -> None:
    assert bool(fixing.obstacle(name, Scenario().edit(changes))) is not applies
