"""Random search: whatever a valid scenario says, only a user's mistake may be raised, and every sentence is consistent.

GRADSIM_SEARCH=5000 looks at as many scenarios; "from:to" at those from one seed to another.
"""

import contextlib
import json
import os
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from factories import with_task
from gradsim.sim import registry
from gradsim.sim.errors import UserError
from gradsim.sim.interop.arrays import dump
from gradsim.sim.network.memory import estimate
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.results.factors import cell_path, chain_factors
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.file import load_scenario, save_scenario, to_toml
from gradsim.sim.scenario.fixing import FixError, apply_fixes, clash, obstacle, remedies
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.scenario.verdict_words import SYMPTOMS
from gradsim.sim.simulation import inspect_layer, simulate
from gradsim.sim.training.clip_threshold import suggested_threshold
from gradsim.sim.training.memory import training_estimate
from gradsim.sim.training.run import Run
from gradsim.sim.training.run_file import load_run, save_run
from gradsim.sim.training.run_inspection import inspect_update
from gradsim.tui.cli.report.records import to_csv, to_json
from gradsim.tui.cli.report.table import to_plot, to_table
from gradsim.tui.cli.report.train_records import csv_header, csv_line, json_line
from gradsim.tui.cli.report.train_table import to_plot as to_train_plot
from gradsim.tui.cli.report.train_table import to_table as to_train_table
from gradsim.tui.cli.scenario_arguments import read
from interrupting import interrupt
from random_scenarios import random_scenario, wrong_value

FIRST, _, LAST = os.environ.get("GRADSIM_SEARCH", "200").rpartition(":")
SEEDS = range(int(FIRST or 0), int(LAST))
AT_ONCE, IN_CI = 4, 40  # of those that run and train; the others are slow, or long
READ = [*SEEDS[:40], *(pytest.param(i, marks=pytest.mark.slow) for i in SEEDS[40:])]
ROUNDING = 1e-6
COUNTED = ("saturated_fraction", "zero_fraction", "underflow_fraction")


@pytest.mark.parametrize("seed", READ)
def test_a_scenario_survives_its_words(seed: int, tmp_path: Path) -> None:
    check_words(random_scenario(Random(seed), tmp_path), tmp_path)


@pytest.mark.parametrize("seed", READ)
def test_set_mends_a_file(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    check_repair(rng, random_scenario(rng, tmp_path), tmp_path)


@pytest.mark.parametrize(
    "seed",
    [
        *SEEDS[:AT_ONCE],
        *(pytest.param(i, marks=pytest.mark.slow) for i in SEEDS[AT_ONCE:IN_CI]),
        *(pytest.param(i, marks=pytest.mark.long) for i in SEEDS[IN_CI:]),
    ],
)
def test_a_scenario_runs_and_trains_with_and_without_fixes(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    scenario = random_scenario(rng, tmp_path)
    fixed, _ = check_fixes(rng, scenario)
    try:
        baseline = check_pass(rng, scenario)
        trace = check_pass(rng, fixed)
        assert to_table(trace, baseline)
    except UserError:
        if scenario.data.file is None:  # only a user's data can still be wrong
            raise
        return
    check_training(rng, rng.choice([scenario, fixed]), tmp_path)


def check_words(scenario: Scenario, folder: Path) -> None:
    """It survives being written and read, whole or as it was given."""
    assert parse_scenario(scenario.plain()) == scenario
    whole = scenario.plain(resolved=True)
    assert parse_scenario(whole).plain(resolved=True) == whole
    text = to_toml(scenario)
    assert to_toml(parse_scenario(tomllib.loads(text))) == text
    save_scenario(scenario, folder / "saved.toml")
    assert load_scenario(folder / "saved.toml") == scenario
    assert estimate(scenario) > 0
    assert training_estimate(scenario) > 0


def check_repair(rng: Random, scenario: Scenario, folder: Path) -> None:
    """A file with one wrong key is refused in words, and --set mends it."""
    plain = tomllib.loads(to_toml(scenario, resolved=False))
    tables = {table: keys for table, keys in plain.items() if isinstance(keys, dict) and keys}
    if not tables:
        return
    table = rng.choice(sorted(tables))
    key = rng.choice(sorted(tables[table]))
    right, tables[table][key] = tables[table][key], wrong_value(rng)
    document = {"seed": scenario.seed} | plain
    (folder / "wrong.toml").write_text(toml(document), encoding="utf-8")
    with contextlib.suppress(UserError):  # by chance it may be right
        load_scenario(folder / "wrong.toml")
    mended, _ = read(str(folder / "wrong.toml"), [f"{table}.{key}={value_toml(right)}"])
    assert mended.plain(resolved=True) == scenario.plain(resolved=True)


def check_fixes(rng: Random, scenario: Scenario) -> tuple[Scenario, tuple[str, ...]]:
    """Every fix that applies gives a scenario; some of them together."""
    able = [name for name in registry.names("fixes") if not obstacle(name, scenario)]
    for name in rng.sample(able, min(len(able), 4)):
        assert apply_fixes(scenario, [name]) != scenario
        other = rng.choice(able)
        assert bool(clash(scenario, name, other)) == bool(clash(scenario, other, name))
    assert set(remedies(scenario, [rng.choice(list(SYMPTOMS))])) <= set(able)
    chosen = tuple(rng.sample(able, min(len(able), rng.randint(1, 3))))
    try:
        fixed = apply_fixes(scenario, chosen)
        assert apply_fixes(scenario, chosen[::-1]) == fixed
    except FixError:
        chosen = chosen[:1]
        fixed = apply_fixes(scenario, chosen)
    return fixed, chosen


def check_pass(rng: Random, scenario: Scenario) -> Trace:
    """One pass: what it measured, dumps, prints and shows closely."""
    trace, arrays = dump(scenario, spectral=rng.random() < 0.5)
    check_trace(trace)
    if trace.verdict.first_nonfinite is None:
        assert not [name for name, array in arrays.items() if not np.isfinite(array).all()]
    data = json.loads(to_json(trace), parse_constant=pytest.fail)
    assert data["verdict"]["kind"] == trace.verdict.kind
    assert to_csv(trace).count("\n") == 1 + trace.depth * trace.steps
    assert to_table(trace, None)
    assert to_plot(trace, None)
    layer, step = rng.randint(1, trace.depth), rng.randint(1, trace.steps)
    for axis in ("layers", "time"):
        chain_factors(trace, layer, step - 1, axis)
    cell_path(trace, layer, step)
    inspect_layer(scenario, layer, step=step)
    return trace


def has_no_largest_slope(scenario: Scenario) -> bool:
    """Whether the slope of its activation grows without bound, so that no unit is near the largest one."""
    activation = scenario.network.activation
    if scenario.network.get("mlp_ratio") == 0:  # a transformer without MLPs activates nothing
        return True
    return bool(np.isinf(activation.load().largest_slope(*activation.parameters.values())))


def check_trace(trace: Trace) -> None:
    """The verdict agrees with the numbers, and the numbers with each other."""
    first, profile = trace.verdict.first_nonfinite, trace.profile
    bad = profile["nonfinite_count"].any() or not np.isfinite(trace.loss)
    assert (first is not None) == (trace.verdict.kind == "nonfinite")
    assert first is not None or not bad
    assert trace.verdict.why
    if first is not None:
        check_first(first, trace.scenario)
        return
    carrier = number_format(trace.scenario.precision.format).dtype
    sizes = ("activation_rms", "activation_std", "activation_mean", "preactivation_std", "gradient_rms", "gradient_max")
    for name in sizes:
        if name == "preactivation_std" and trace.scenario.network.get("mlp_ratio") == 0:
            assert np.isnan(profile[name]).all()
            continue
        assert np.isfinite(profile[name]).all(), name
        assert name == "activation_mean" or (profile[name] >= 0).all(), name
    above = profile["activation_rms"] * (1 + ROUNDING) + np.finfo(carrier).smallest_subnormal
    assert (np.abs(profile["activation_mean"]) <= above).all()
    assert (profile["activation_std"] <= above).all()
    assert (profile["gradient_rms"] <= profile["gradient_max"] * (1 + ROUNDING)).all()
    for name in COUNTED:
        for values in (profile, trace.weights):
            share = values.get(name, np.zeros(1))
            unknown = np.isnan(share).all() and name != "underflow_fraction" and has_no_largest_slope(trace.scenario)
            assert unknown or ((share >= 0) & (share <= 1)).all(), name
    for name, values in trace.weights.items():
        assert not (values < 0).any(), name


def check_first(first: Nonfinite, scenario: Scenario) -> None:
    """A place in the network, and a sentence."""
    assert not np.isfinite(first.value)
    assert first.phase in ("forward", "backward", "clip", "update")
    assert 1 <= first.layer <= scenario.network.depth + 1
    assert first.step >= 1
    assert first.text
    assert first.array


def check_training(rng: Random, scenario: Scenario, folder: Path) -> None:
    """Some updates; stopped anywhere, saved, reopened and continued they are the same, bit for bit."""
    scenario = with_task(scenario)
    run, broken, updates = Run(scenario), Run(scenario), rng.choice([2, 3, 4, 60])
    made = [run.advance(spectral=rng.random() < 0.1) for _ in range(updates)]
    np.testing.assert_equal(made[0].trace.loss, simulate(scenario).loss)
    check_run(rng, run)
    for update in made[:5]:
        check_trace(update.trace)
        data = json.loads(json_line(update), parse_constant=pytest.fail)
        assert data["iteration"] == update.iteration
    for _ in range(rng.randint(0, min(updates, 4) - 1)):
        broken.advance()
    done = len(broken)
    interrupt(broken, rng.random())
    assert len(broken) in (done, done + 1)
    if len(broken) == 0:
        broken.advance()
    save_run(broken, folder / "run.npz")
    again = load_run(folder / "run.npz")
    assert repr(again.first_nonfinite) == repr(broken.first_nonfinite)
    for one in (broken, again):
        while len(one) < min(updates, 5):
            one.advance()
        same(one, run)
    again.visit(rng.randrange(len(again)))
    inspect_update(again, rng.randrange(len(again)), rng.randint(1, scenario.network.depth))


def check_run(rng: Random, run: Run) -> None:
    """Everything that is told of a run."""
    numbers, first = run.history.numbers, run.first_nonfinite
    bad = any((numbers[name] > 0).any() for name in numbers if name.startswith("bad_"))
    assert first is not None or not (bad or not np.isfinite(numbers["loss"]).all())
    if first is not None:
        check_first(first, run.scenario)
        assert first.iteration is not None
        assert first.iteration < len(run)
        assert run.failure_events
    scales = numbers["loss_scale"]
    if run.scenario.precision.loss_scale.name == "dynamic":
        with np.errstate(over="ignore"):
            assert np.array_equal(scales.astype(np.float32), scales)  # as GradScaler holds it
    assert run.verdict.why
    assert run.verdict.kind == "nonfinite" or not numbers["bad_parameters"][-1] > 0
    assert set(run.symptoms) <= set(SYMPTOMS)
    assert suggested_threshold(run.scenario, run.history).text
    header = csv_header(run.scenario.network.depth)
    assert csv_line(run.history, len(run) - 1).count(",") == header.count(",")
    assert to_train_table([run], ())
    assert to_train_plot([run], ())


def same(one: Run, other: Run) -> None:
    """A run is the same in history and state as a longer one was there."""
    made = len(one)
    for name, column in one.history.numbers.items():
        assert np.array_equal(column, other.history.numbers[name][:made], equal_nan=True), name
    for name, table in one.history.layers.items():
        assert np.array_equal(table, other.history.layers[name][:made], equal_nan=True), name
    other._go_to(made)
    mine, its = one.end, other.trainer.state()
    assert np.array_equal(mine.values, its.values, equal_nan=True)
    assert (mine.count, mine.loss_scale, mine.clean) == (its.count, its.loss_scale, its.clean)
    if one.first_nonfinite is not None:
        assert repr(one.first_nonfinite) == repr(other.first_nonfinite)


def toml(plain: dict[str, Any]) -> str:
    """Plain data as TOML in which anything may be wrong."""
    heads = {key: value for key, value in plain.items() if not isinstance(value, dict)}
    lines = [f"{key} = {value_toml(value)}" for key, value in heads.items()]
    for table in (key for key in plain if key not in heads):
        lines += [f"[{table}]", *(f"{key} = {value_toml(value)}" for key, value in plain[table].items())]
    return "\n".join(lines)


def value_toml(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {value_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(value_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)
