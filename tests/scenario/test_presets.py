"""Every preset keeps what it promises: its verdicts, and lessons that fit, are true and can be walked through.

GRADSIM_PRESET_SEEDS="0,1,2" tests the promises on these seeds (added to a preset's own), not only on its own.
"""

import os
import re
import tomllib
from pathlib import Path

import pytest

from gradsim.sim.numerics.number_format import narrow
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.fixing import apply_fixes, obstacle, remedies
from gradsim.sim.scenario.presets import presets
from gradsim.sim.scenario.quantities import charted, over_updates
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run
from gradsim.tui.state.lesson_text import fill
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.workers.passes import cheap
from lesson_digits import unexplained

PRESETS = {preset.name: preset.path for preset in presets()}
SEEDS = [int(seed) for seed in os.environ.get("GRADSIM_PRESET_SEEDS", "0").split(",")]
MADE: dict[str, Run] = {}
LONGEST = 150  # a lesson's text: two lines at 80 columns
CASES = [
    (name, fixes)
    for name, path in PRESETS.items()
    for fixes in ("", *tomllib.loads(path.read_text(encoding="utf-8"))["expect"].get("with", {}))
]
RUNS = [
    name for name, path in PRESETS.items() if "trained" in tomllib.loads(path.read_text(encoding="utf-8"))["expect"]
]
ROWS = {  # the rows of the design's last table
    "0.1 x 0.1 x 0.1 x 0.1 x 0.1 x 0.03": ["chain_of_factors"],
    "random normal or uniform, zeros, overflow to NaN": ["random_normal", "random_uniform", "all_zeros"],
    "Xavier and He, uniform and normal, right and wrong": [
        "relu_30", "he_uniform_relu", "xavier_uniform_tanh", "tanh_small_normal",
    ],
    "sigmoid's and tanh's slopes, saturation, the myth": ["sigmoid_20", "saturated_tanh", "saturation_myth"],
    "gradient overflow within a few dozen layers": ["gradient_overflow"],
    "ReLU, leaky, randomised leaky, dying ReLU": ["dying_relu", "born_dead", "randomised_leaky"],
    "batch, layer and group norm; small batches": ["batch_norm_explodes", "batch_norm_batch_2"],
    "residual connections over hundreds of layers": ["plain_200", "identity_skip"],
    "fewer layers": ["sigmoid_20"],
    "unrolled RNN: vanishing and exploding; LSTM and GRU": [
        "rnn_vanishing", "rnn_exploding", "rnn_orthogonal", "rnn_identity", "both_directions", "grows_then_vanishes",
        "lstm_bias_0", "lstm_bias_5", "gru_100", "adding_problem", "stacked_200", "digits_pixels_64", "truncated_bptt",
    ],
    "GPT-2's 0.02": ["gpt2_small_init"],
    "clipping saves the exploding RNN": ["clip_exploding_rnn", "clip_threshold"],
    "dying ReLU while training; batch norm while training": ["dying_relu_step", "train_batch_norm_2"],
    "clipping by value bends the direction, by norm keeps it": ["clip_by_value"],
    "learning rate too high diverges to NaN; lower it": ["learning_rate_too_high", "warm_up"],
    "weight regularisation; a better optimiser": ["weight_decay", "adam_against_sgd"],
    "early layers learn slowly": ["early_layers_stall"],
    "number formats; clipping that breaks": [
        "float16_underflow", "float16_overflow", "clipping_spreads_nan", "silent_zero_step",
    ],
}  # fmt: skip


def split(fixes: str) -> list[str]:
    return [name.strip() for name in fixes.split("+")] if fixes else []


def trained(scenario: Scenario) -> Run:
    """The scenario's run, each made once: presets that differ by a fix meet in it."""
    scenario = scenario.edit(dict.fromkeys(("title", "summary", "expect", "lesson", "sweep")))
    key = scenario.model_dump_json()
    if key not in MADE:
        run = MADE[key] = Run(scenario)
        while len(run) < scenario.training.iterations:
            if run.advance().numbers["bad_parameters"]:
                break  # for good: no update brings such a parameter back
    return MADE[key]


def scenario(name: str, seed: int = 0) -> Scenario:
    """A preset; with another seed so many after its own."""
    preset = load_scenario(PRESETS[name])
    return preset.edit({"seed": preset.seed + seed}) if seed else preset


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "fixes"), CASES)
def test_the_verdict_is_as_expected(name: str, fixes: str, seed: int) -> None:
    preset = scenario(name, seed)
    wanted = preset.expect.with_[fixes] if fixes else preset.expect.verdict
    verdict = simulate(apply_fixes(preset, split(fixes))).verdict
    assert wanted in (None, verdict.kind), verdict.why
    assert len(verdict.why) <= 200
    assert "NaN" not in verdict.why or verdict.kind == "nonfinite"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RUNS)
def test_a_run_ends_as_expected_and_as_its_lesson_says(name: str, seed: int) -> None:
    """All at once, as all of it is about the same few runs."""
    preset = scenario(name, seed)
    expect = preset.expect
    for fixes, wanted in {"": expect.trained, **expect.trained_with}.items():
        verdict = trained(apply_fixes(preset, split(fixes))).verdict
        same = [{"stalled", "undecided"}]  # whether its noise can still be taken for a trend depends on the processor
        assert verdict.kind == wanted or {verdict.kind, wanted} in same, (fixes, verdict.why)
        assert len(verdict.why) <= 200
    kinds = trained(preset).symptoms
    assert bool(kinds) == (expect.trained != "learning")
    cures = {fix for fixes, kind in expect.trained_with.items() if kind == "learning" for fix in split(fixes)}
    assert not kinds or cures & set(remedies(preset, kinds)), "a remedy makes it learn"
    check_lesson(preset)


@pytest.mark.parametrize("name", [name for name in PRESETS if scenario(name).expect.verdict not in ("healthy", None)])
def test_a_remedy_of_the_verdict_makes_it_healthy(name: str) -> None:
    preset, expect = scenario(name), scenario(name).expect
    kinds = [str(expect.verdict), *(["overflow", "underflow"] if narrow(preset.precision.format) else [])]
    cures = {fix for fixes, kind in expect.with_.items() if kind == "healthy" for fix in split(fixes)}
    assert cures & set(remedies(preset, kinds))


@pytest.mark.parametrize("name", PRESETS)
def test_says_what_it_shows(name: str) -> None:
    preset = scenario(name)
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,24}", name)
    assert 5 <= len(preset.title) <= 45
    assert 20 <= len(preset.summary) <= 150
    assert preset.summary.endswith((".", "!"))
    assert preset.expect.verdict or preset.expect.trained
    assert preset.expect.with_
    promised = [apply_fixes(preset, split(fixes)) for fixes in ("", *preset.expect.with_, *preset.expect.trained_with)]
    assert unexplained(f"{preset.title} {preset.summary}", promised) == []


@pytest.mark.parametrize("name", PRESETS)
def test_the_lesson_can_be_walked_through(name: str) -> None:
    preset = scenario(name)
    assert 3 <= len(preset.lesson) <= 6
    assert preset.lesson[-1].text.startswith("Takeaway: ")
    for step in preset.lesson:
        assert step.text.endswith((".", "?", "...", ".)")), step.text
        fixed = apply_fixes(preset, step.fixes)
        assert step.layer is None or step.layer <= fixed.depth
        assert step.step is None or step.step <= fixed.steps
        assert step.quantity in (charted() if step.update is None else over_updates())
        assert step.update is None or step.update < fixed.training.iterations
        assert step.update is None or preset.expect.trained, "a lesson on training promises how it ends"
    shown = {fix for step in preset.lesson for fix in step.fixes}
    assert shown, "a lesson switches something on"


@pytest.mark.parametrize("name", PRESETS)
def test_a_lesson_states_no_number_of_a_simulation(name: str) -> None:
    preset = scenario(name)
    for step in preset.lesson:
        assert unexplained(step.text, [preset, apply_fixes(preset, step.fixes)], step) == [], step.text


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [name for name in PRESETS if name not in RUNS])
def test_every_number_of_a_lesson_is_there_and_leaves_room(name: str, seed: int) -> None:
    check_lesson(scenario(name, seed))


def check_lesson(preset: Scenario) -> None:
    """Its texts with the numbers of the runs and passes that they are about."""
    for step in preset.lesson:
        scenarios = (preset, apply_fixes(preset, step.fixes))
        if step.update is None:
            passes = [simulate(each, spectral=cheap(each)) for each in scenarios] if "{" in step.text else [None, None]
            text = fill(step, passes[0], passes[1])
        else:
            text = fill(step, *(trained(each).snapshot() for each in scenarios))
        assert glyphs().ellipsis not in text
        assert text.count("NaN") == step.text.count("NaN"), text
        assert len(text) <= LONGEST, text


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_of_a_preset_can_be_changed(name: str) -> None:
    if not scenario(name).network.by_key:  # a chain's are in its file
        assert scenario(name).edit({"data.batch": 3}).data.batch == 3
        return
    assert scenario(name).edit({"network.depth": 3, "network.width": 16, "network.bias": 0.0}).network.depth == 3
    assert scenario(name).has_state or obstacle("fewer_layers", scenario(name)) == ""


def test_titles_are_unique() -> None:
    assert len({preset.title for preset in presets()}) == len(PRESETS) >= 18


@pytest.mark.parametrize("row", ROWS)
def test_the_source_documents_are_covered(row: str) -> None:
    assert set(ROWS[row]) <= set(PRESETS)


def test_the_folder_holds_nothing_else() -> None:
    folder = next(iter(PRESETS.values())).parent
    names = {path.name for path in Path(folder).iterdir()} - {"__pycache__"}
    assert names == {f"{name}.toml" for name in PRESETS} | {"__init__.py", "py.typed"}
