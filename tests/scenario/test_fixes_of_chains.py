"""Fixes of networks that are written layer by layer: they change the entries that they concern, or say why not."""

from typing import Any

import pytest

from gradsim.sim import registry
from gradsim.sim.scenario.fix_menu import fixes
from gradsim.sim.scenario.fixing import FixError, apply_fixes, changes, cures, obstacle, remedies
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate

FIXED: list[dict[str, Any]] = [
    {"kind": "dense", "width": 8, "repeat": 9, "activation": "sigmoid"},
    {"kind": "lstm", "width": 16}, {"kind": "norm"},
    {"repeat": 3, "block": [{"kind": "dense", "norm": "layer"}, {"kind": "dense", "repeat": 2}]},
    {"kind": "last_step"}, {"kind": "dense", "width": 4, "name": "head", "init": "normal"},
]  # fmt: skip
ALONE = {"kind": "transformer", "width": 8, "heads": 2, "norm_at": "post"}


def chain_of(layers: list[dict[str, Any]], **network: Any) -> Scenario:
    sequence = any(one.get("kind") in ("lstm", "transformer") for one in layers)
    return parse_scenario({
        "network": {"init": "he_normal", **network, "layers": layers}, "data": {"batch": 4, "inputs": 3},
        "time": {"steps": 30} if sequence else {},
    })  # fmt: skip


def written(*names: str, layers: list[dict[str, Any]] = FIXED, **network: Any) -> list[dict[str, Any]]:
    """The entries of a chain with fixes."""
    fixed = apply_fixes(chain_of(layers, **network), names)
    entries = fixed.plain()["network"]["layers"]
    return [dict(entry) for entry in entries]


def test_a_fix_changes_the_entries_that_it_concerns():
    relu = written("relu")
    assert [entry.get("activation") for entry in relu] == ["relu", None, None, None, None, "relu"]
    assert [one["activation"] for one in relu[3]["block"]] == ["relu", "relu"]
    residual = written("residual")
    assert [entry.get("skip") for entry in residual] == ["identity", None, None, "identity", None, None]
    assert all("skip" not in one for one in residual[3]["block"])
    assert written("fewer_layers")[0]["repeat"] == 4
    assert [entry.get("width") for entry in written("wider")] == [256, 256, None, None, None, 256]
    assert written("gru")[1] == {"kind": "gru", "width": 16}
    assert written("forget_bias")[1]["forget_bias"] == 1.0
    assert written("rms_norm")[2]["norm"] == "rms"
    assert [entry.get("norm") for entry in written("batch_norm")] == ["batch", None, "batch", None, None, "batch"]
    assert written("larger_norm_eps")[3]["block"][0]["norm"] == {"name": "layer", "eps": 1.0}


def test_a_fix_of_inits_is_one_of_the_readout_too():
    fixed = apply_fixes(chain_of(FIXED, init="normal"), ["he_init"])
    assert {str(table.get("init")) for table in fixed.tables if table.get("init")} == {"he_normal"}
    assert str(fixed.readout_init) == "he_normal"


@pytest.mark.parametrize(("layers", "name", "why"), [
    (FIXED, "lstm", "already so in this scenario"),
    (FIXED, "qk_norm", "the chain has no attention"),
    (FIXED[2:3], "relu", "no entry has activation"),
    ([ALONE, {"kind": "norm"}], "delta_orthogonal", "the chain has no convolution"),
    (FIXED[:1], "orthogonal_recurrent", "the chain has no recurrent weights"),
    ([FIXED[1], FIXED[4]], "elu", "an lstm has sigmoid gates"),
    (FIXED[5:], "fewer_layers", "there is only 1 layer"),
    ([ALONE], "final_norm", "in a chain a norm after the last block is an entry of kind norm"),
])  # fmt: skip
def test_why_a_fix_does_not_apply_to_a_chain(layers, name, why):
    assert obstacle(name, chain_of(layers, init="he_normal")).startswith(why)


def test_fixes_of_transformers_change_those_of_a_chain():
    chain = [{"kind": "dense", "width": 8}, ALONE, {"kind": "last_step"}]
    assert written("pre_norm", "qk_norm", layers=chain)[1] == {**ALONE, "norm_at": "pre", "qk_norm": "rms"}
    assert written("deepnorm", layers=chain)[1] == {**ALONE, "skip": "deepnorm", "init": "deepnet"}


@pytest.mark.parametrize("name", registry.names("fixes"))
def test_every_fix_says_of_a_chain_what_it_does_or_why_not(name):
    chosen = chain_of(FIXED)
    if why := obstacle(name, chosen):
        assert why[0].islower() or why[0] == '"'
        return
    fixed = apply_fixes(chosen, [name])
    assert changes(name, chosen)
    assert fixed != chosen
    assert len(cures(name, chosen)) <= 90
    assert obstacle(name, fixed) or next(fix for fix in fixes() if fix.name == name).again
    assert fixed.plain()["network"].keys() == chosen.plain()["network"].keys()


@pytest.mark.parametrize("init", ["xavier_normal", "he_normal", "lecun_normal", "orthogonal"])
def test_a_fix_that_changes_no_layer_still_says_what_it_is_good_for(init):
    dense = {"kind": "dense", "width": 8, "activation": "tanh"}
    for chosen in (chain_of([dense, dense], init=init), chain_of([{"kind": "activation", "activation": "relu"}])):
        assert all(cures(fix.name, chosen).endswith(".") for fix in fixes())


def test_fixes_of_a_chain_come_in_any_order_and_clash():
    chosen, names = chain_of(FIXED), ("relu", "he_init", "layer_norm", "residual", "gru")
    with pytest.raises(FixError, match=r"relu and gru: both set network\.activation"):
        apply_fixes(chosen, names)
    assert apply_fixes(chosen, names[:4]) == apply_fixes(chosen, names[3::-1])


def test_advice_of_a_chain_finds_what_helps():
    chosen = parse_scenario({"network": {"activation": "sigmoid", "layers": [
        {"kind": "dense", "width": 16, "repeat": 20}, {"kind": "norm", "norm": "rms"}]}})  # fmt: skip
    assert simulate(chosen).verdict.kind == "vanishing"
    candidates = remedies(chosen, ["vanishing"])
    assert {"relu", "residual", "batch_norm"} <= set(candidates)
