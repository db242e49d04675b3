"""The command line: what it prints, its statuses, and what it does without a screen or without a reader."""

import contextlib
import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import WEIGHTS, made_trace
from gradsim.sim.errors import UserError, printable
from gradsim.sim.errors import quoted as toml
from gradsim.sim.numerics.kernel_store import CacheFolder, cache_folder
from gradsim.sim.scenario.file import load_scenario, make_scenario, to_toml
from gradsim.sim.scenario.presets import presets
from gradsim.sim.scenario.quantities import every_trace
from gradsim.sim.scenario.scenario import Scenario, changed, parse_scenario
from gradsim.tui.cli import doctor_checks, main, scenario_arguments
from gradsim.tui.cli.commands import doctor
from gradsim.tui.cli.process import output
from gradsim.tui.cli.report import records, table
from gradsim.tui.state import recent_files
from gradsim.tui.workers.prefetch import Request
from strategies import scenarios

SMALL = """
title = "Small \\u001b[31mred\\u0007 [bold]net[/bold]"
[network]
depth = 5
width = 8
activation = "sigmoid"
init = { name = "normal", std = 0.1 }
[data]
batch = 4
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return str(path)


@pytest.fixture
def cli(capsys):
    def call(*args):
        status = main.run([str(arg) for arg in args])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def process(*args, **kwargs):
    """The installed program in a process of its own."""
    command = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **kwargs)


# --- help, version, list, show, check


@pytest.mark.parametrize("args", [["--help"], ["-h"], *([name, "--help"] for name in main.COMMANDS)])
def test_help_explains_and_fits_80_columns(cli, args):
    status, out, err = cli(*args)
    assert (status, err) == (0, "")
    assert out.startswith("Usage: gradsim")
    assert max(map(len, out.splitlines())) <= 80


def test_help_names_every_command_and_the_interfaces_options(cli):
    out = cli("--help")[1]
    assert all(word in out for word in (*main.COMMANDS, "--fix", "--set", "--seed", "--no-mouse", "Examples:"))


def test_version(cli):
    assert cli("--version") == (0, f"gradsim {version('gradsim')}\n", "")


def test_light_commands_import_nothing_heavy():
    code = (
        "import sys; from gradsim.tui.cli.main import run; run([sys.argv[1]]);"
        "heavy = {'numpy', 'pydantic', 'numba', 'textual', 'plotext'} & set(sys.modules); assert not heavy, heavy"
    )
    for word in ("list", "--help"):
        result = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, "")


def test_list_names_every_preset(cli):
    status, out, _ = cli("list")
    assert status == 0
    assert all(preset.name in out for preset in presets())
    assert max(map(len, out.splitlines())) <= 120
    data = json.loads(cli("list", "--format", "json")[1])
    assert [entry["name"] for entry in data] == [preset.name for preset in presets()]


def test_list_works_with_no_preset(cli, monkeypatch):
    monkeypatch.setattr("gradsim.tui.cli.commands.list.presets", tuple)
    assert cli("list") == (0, "no presets are installed\n", "")


def test_show_is_a_scenario_file_with_every_default(cli, small, tmp_path):
    status, out, _ = cli("show", small, "--fix", "relu", "--set", "network.depth=7", "--seed", "9")
    again = tmp_path / "again.toml"
    again.write_text(out)
    scenario = load_scenario(again)
    assert status == 0
    assert (scenario.network.activation.name, scenario.network.depth, scenario.seed) == ("relu", 7, 9)
    assert "batch" in out
    assert "\x1b" not in out


def test_check_is_silent_about_nothing(cli, small, tmp_path):
    assert cli("check", small, small) == (0, f"{small}: ok\n" * 2, "")
    bad = tmp_path / "bad.toml"
    bad.write_text("[network]\ndepth = 0\nwidht = 3\n")
    status, out, err = cli("check", small, bad, tmp_path / "none.toml")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 3


# --- run


def test_table_says_the_verdict_first_and_fits_80_columns(cli, small):
    status, out, err = cli("run", small)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("VANISHING: ")
    assert lines[-1].split()[0] == "5"
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in out


def test_table_with_fixes_shows_both_side_by_side(cli, small):
    out = cli("run", small, "--fix", "relu", "--fix", "he_init", "--fix", "residual")[1]
    assert "as it is - VANISHING" in out
    assert "with relu, he_init, residual - " in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("depth", [1, 24, 25, 1000, 10_000])
def test_deep_tables_are_thinned_out(depth):
    trace = made_trace(10.0 ** np.linspace(-300, 0, depth))
    for baseline in (None, made_trace([1.0, 0.0, np.nan])):
        lines = table.to_table(trace, baseline).splitlines()
        assert max(map(len, lines)) <= 80
        assert len(lines) < 50
        assert any(line.split()[:1] == ["1"] for line in lines)
        assert any(line.split()[:1] == [str(depth)] for line in lines)
        assert (f"of {depth} layers are left out" in lines[-1]) == (depth > table.ROWS)


def test_plot_has_the_size_of_the_terminal(cli, small, monkeypatch):
    for columns, lines in ((80, 24), (120, 40), (40, 10)):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(lines))
        out = cli("run", small, "--format", "plot", "--fix", "residual")[1].splitlines()
        assert max(map(len, out)) <= columns
        assert len(out) <= max(lines, 20)
        assert any("as it is" in line or "as is" in line for line in out)
        assert not any("\x1b" in line for line in out)


def test_json_has_the_shape_of_the_design(cli, small):
    def refuse(word):
        raise ValueError(word)

    status, out, _ = cli("run", small, "--format", "json")
    data = json.loads(out, parse_constant=refuse)
    assert status == 0
    assert list(data) == ["scenario", "layers", "verdict", "profile", "weights", "loss"]
    assert list(data["verdict"]) == [
        "kind",
        "ratio",
        "factor_per_layer",
        "first_nonfinite",
        "why",
        "outlook",
        "concerns",
    ]
    assert list(data["profile"]) == list(every_trace())
    assert sorted(data["weights"]) == sorted(WEIGHTS)
    assert all(np.shape(rows) == (5, 1) for rows in data["profile"].values())
    assert all(len(values) == 5 for values in data["weights"].values())
    assert data["scenario"]["network"]["skip"] == "none"


def test_json_writes_inf_and_nan_as_words():
    data = json.loads(records.to_json(made_trace([np.inf, -np.inf, np.nan, 0.5])))
    assert data["profile"]["gradient_rms"] == [["inf"], ["-inf"], ["nan"], [0.5]]
    assert data["weights"]["weight_norm"] == ["inf", "-inf", "nan", 0.5]


def test_csv_has_a_row_a_layer_and_step(cli, small):
    rows = list(csv.reader(io.StringIO(cli("run", small, "--format", "csv")[1])))
    assert rows[0][:2] == ["layer", "step"]
    assert set(every_trace()) < set(rows[0])
    assert {f"weights.{name}" for name in WEIGHTS} < set(rows[0])
    assert [row[:2] for row in rows[1:]] == [[str(n), "1"] for n in range(1, 6)]
    assert len(records.to_csv(made_trace([1, 2], steps=3)).splitlines()) == 1 + 2 * 3
    assert "inf" in records.to_csv(made_trace([np.inf]))


def test_json_and_csv_are_of_the_network_with_fixes(cli, small):
    data = json.loads(cli("run", small, "--format", "json", "--fix", "relu")[1])
    assert data["scenario"]["network"]["activation"] == "relu"
    assert len(cli("run", small, "--format", "csv", "--fix", "fewer_layers")[1].splitlines()) < 6


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [("vanishing", 1), ("exploding,vanishing", 1), (" vanishing , dead", 1), ("exploding", 0)],
)
def test_fail_on_is_the_status(cli, small, fail_on, status):
    exit_status, out, err = cli("run", small, "--fail-on", fail_on)
    assert (exit_status, err) == (status, "")
    assert "VANISHING" in out


def test_dump_writes_every_array(cli, small, tmp_path):
    path = tmp_path / "pass.npz"
    assert cli("run", small, "--dump", path, "--fix", "fewer_layers", "--format", "json")[0] == 0
    with np.load(path) as arrays:
        assert arrays["layers.1.weight"].shape == (8, 8)
        assert "layers.5.weight" not in arrays


def test_same_seed_same_bytes(cli, small):
    first, again, other = (cli("run", small, "--format", "json", "--seed", seed)[1] for seed in ("3", "3", "4"))
    assert first == again != other


# --- --set


@pytest.mark.parametrize(
    ("text", "value"),
    [("50", 50), ("1e-3", 1e-3), ("true", True), ("relu", "relu"), ('"relu"', "relu"), ("[1,", "[1,"), ("", ""),
     ("{ name = 'normal', std = 2 }", {"name": "normal", "std": 2}), ("1\ny = 2", "1\ny = 2"),
     ("9" * 5000, "9" * 5000)],
)  # fmt: skip
def test_values_are_toml_and_bare_words_are_text(text, value):
    assert scenario_arguments.toml_value(text) == value


def made(data, changes, seed=None):
    """The scenario of plain data with the changes of --set and --seed."""
    return make_scenario(data, scenario_arguments.edits(changes, seed))


def test_set_changes_keys_and_parameters_of_choices():
    changed = made(
        {},
        ["network.init=normal", "network.init.std=0.5", "network.activation=leaky_relu",
         "network.activation.alpha=0.2", "title = a = b", "network.depth=3"],
        "12",
    )  # fmt: skip
    assert str(changed.network.init) == "normal(0.5)"
    assert str(changed.network.activation) == "leaky_relu(0.2)"
    assert (changed.title, changed.network.depth, changed.seed) == ("a = b", 3, 12)


def test_a_data_file_given_by_set_stands_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert made({}, ["data.file=mine.csv"]).data.file == str(tmp_path / "mine.csv")


def test_set_keeps_the_parameters_that_are_there():
    data = {"network": {"norm": {"name": "group", "groups": 4}, "bias": {"name": "normal", "std": 1.0}}}
    assert made(data, ["network.norm.groups=8"]).network.norm.parameters["groups"] == 8
    assert str(made(data, ["network.bias.std=2"]).network.bias) == "normal(2)"
    assert made({}, ["training.optimizer.momentum=0.9"]).training.optimizer.plain() == {
        "name": "sgd", "learning_rate": 0.1, "momentum": 0.9,
    }  # fmt: skip


def test_set_without_a_value_takes_a_key_away():
    data = {"data": {"task": "digits", "inputs": 3}, "network": {"dpeth": 3, "depth": 4}}
    changed = made(data, ["data.inputs=", "network.dpeth="])
    assert changed == Scenario().edit({"data.task": "digits", "network.depth": 4})
    assert made(data, ["data=", "network = "]) == Scenario()


BROKEN = "[network]\nnorm = 'batch'\ndepth = 0\n[data]\nbatch = 1\n"


@pytest.mark.parametrize(("changes", "told"), [
    ([], ["FILE: network.depth: 0", "FILE: data.batch: 1 is too small"]),
    (["network.depth=2"], ["FILE: data.batch: 1 is too small"]),
    (["network.depth=-2"], ["--set: network.depth: -2", "FILE: data.batch: 1 is too small"]),
    (["network.depth=2", "network.norm=batch"], ["FILE with --set network.norm: data.batch: 1 is too small"]),
    (["network.depth=2", "data.batch=1"], ["--set: data.batch: 1 is too small"]),
    (["network.depth=2", "data.batch=2"], []),
    (["network.depth=2", "network.norm="], []),
])  # fmt: skip
def test_an_error_names_the_file_or_the_option(cli, tmp_path, changes, told):
    path = tmp_path / "broken.toml"
    path.write_text(BROKEN)
    options = [word for change in changes for word in ("--set", change)]
    for command in ("show", "check"):
        status, _, err = cli(command, path, *options)
        assert status == (2 if told else 0)
        assert len(err.splitlines()) == len(told)
        for line in told:
            assert f"gradsim: {line.replace('FILE', str(path))}" in err


@pytest.mark.slow
def test_seed_and_iterations_mend_a_file_too(cli, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text(f"seed = -1\n{SMALL}[loss]\nname = 'mse'\n[training]\niterations = 0\n")
    assert len(cli("train", path)[2].splitlines()) == 2
    assert "FILE: seed: -1".replace("FILE", str(path)) in cli("train", path, "--iterations", "2")[2]
    assert cli("train", path, "--iterations", "0", "--seed", "x")[2].splitlines() == [
        'gradsim: --seed: "x" is not allowed; give a whole number from 0 to 9223372036854775807',
        "gradsim: --iterations: 0 is not allowed; give a whole number from 1 to 1000000",
    ]
    assert cli("train", path, "--iterations", "2", "--seed", "3")[0] == 0


WRONG = (-1, "nothing", [], {"name": "no"}, True)  # of which each key refuses some


@settings(max_examples=40, deadline=None)
@given(scenario=scenarios(), data=st.data())
def test_whatever_is_wrong_with_a_key_set_mends_it(scenario, data):
    plain = scenario.plain()
    keys = [f"{name}.{key}" for name, table in plain.items() if isinstance(table, dict) for key in table]
    keys += ["network.unknown", "seed"]
    spoilt = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique=True))
    bad = changed(plain, [(key, data.draw(st.sampled_from(WRONG))) for key in spoilt])
    mending = [f"{key}={'' if (value := at(plain, key)) is None else toml(value)}" for key in spoilt]
    assert make_scenario(bad, scenario_arguments.edits(mending), "bad.toml") == scenario
    assert all(where.startswith("bad.toml") for some in ((), mending[1:]) for where in wheres(bad, some))


def wheres(data, changes):
    """Where the problems of plain data with changes are said to be."""
    try:
        make_scenario(data, scenario_arguments.edits(changes), "bad.toml")
    except UserError as error:
        return [problem.where for problem in error.problems]
    return []


def at(plain, key):
    """The value of a dotted key of plain data; None if there is none."""
    for part in key.split("."):
        plain = plain.get(part) if isinstance(plain, dict) else None
    return plain


# --- show


@settings(max_examples=40, deadline=None)
@given(scenario=scenarios(), lesson=st.booleans())
def test_what_is_shown_is_shown_the_same_again(scenario, lesson):
    if lesson:
        scenario = scenario.edit({"lesson": [{"text": "Look.", "layer": 1}], "expect": {"with": {"relu": "healthy"}}})
    text = to_toml(scenario)
    assert to_toml(parse_scenario(tomllib.loads(text))) == text


def test_every_preset_is_shown_the_same_again(cli, tmp_path):
    for preset in presets():
        text = cli("show", preset.name)[1]
        again = tmp_path / "again.toml"
        again.write_text(text)
        assert cli("show", again)[1] == text


# --- the interface


def test_without_a_screen_it_says_how_to_run(cli, small):
    for args in ([], [small], [small, "--no-mouse", "--fix", "relu"], ["--seed", "3", small]):
        status, out, err = cli(*args)
        assert (status, out) == (2, "")
        assert "needs a terminal" in err
        assert "gradsim run " in err


def test_with_a_dumb_terminal_it_says_how_to_run(cli, small, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True, raising=False)
    status, _, err = cli(small)
    assert status == 2
    assert "TERM is dumb" in err


@pytest.fixture
def opened(monkeypatch):
    """What the interface was opened with."""
    import types

    calls = []
    fake = types.ModuleType("gradsim.tui.running")
    fake.run_app = lambda *args, **kwargs: calls.append((args, kwargs)) or 143
    monkeypatch.setitem(sys.modules, "gradsim.tui.running", fake)
    monkeypatch.setattr("gradsim.tui.cli.commands.open.has_screen", lambda: True)
    monkeypatch.setattr("gradsim.tui.cli.commands.open.Ahead", contextlib.nullcontext)
    for name in ("TEXTUAL_ANIMATIONS", "OPENBLAS_THREAD_TIMEOUT"):
        monkeypatch.setenv(name, "1")
    return calls


def test_a_scenario_opens_the_interface_with_its_status(cli, small, opened):
    status, out, err = cli(small, "--fix", "relu", "--set", "network.depth=9", "--no-mouse")
    assert (status, out, err) == (143, "", "")
    (read, title), settings = opened[0]
    scenario, path = read()
    assert title == printable(scenario.title)  # it is painted
    assert scenario.network.depth == 9
    assert scenario.network.activation.name == "sigmoid"
    assert str(path) == small
    asked = Request(small, ("relu",), ("network.depth=9",), None)
    assert settings == {"mouse": False, "fixes": ("relu",), "ahead": asked, "present": False, "against": None}


def test_options_may_come_first_and_no_scenario_is_needed(cli, opened):
    assert cli("--seed", "5")[0] == 143
    assert cli()[0] == 143
    assert opened[0][0][0]()[0].seed == 5
    asked = Request("sigmoid_20", (), (), None)
    assert opened[1][1] == {"mouse": True, "fixes": (), "ahead": asked, "present": False, "against": None}


def test_another_scenario_beside_it_takes_the_fixes_and_both_the_changes(cli, small, opened):
    assert cli(small, "--against", "relu_30", "--fix", "he_init", "--seed", "5")[0] == 143
    (read, _), settings = opened[0]
    own, (other, path) = read()[0], settings["against"]()
    assert (own.seed, other.seed, path.stem) == (5, 5, "relu_30")
    assert settings["fixes"] == ("he_init",)
    assert settings["ahead"] == Request(small, (), (), "5")
    status, _, err = cli(small, "--against", "relu30")
    assert (status, "relu_30" in err) == (2, True)


def test_a_fix_that_does_not_apply_ends_the_interface_with_its_reason(cli, small, opened, monkeypatch):
    monkeypatch.setattr(sys.modules["gradsim.tui.running"], "run_app", lambda read, _title, **_: read())
    status, _, err = cli(small, "--fix", "relu", "--fix", "gelu")
    assert status == 2
    assert "both set network.activation" in err


@pytest.mark.parametrize("text", [None, "title = ", b"\xff"])
def test_the_interface_is_not_opened_on_what_is_no_toml(cli, tmp_path, opened, text):
    path = tmp_path / "bad.toml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    status, out, err = cli(str(path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert str(path) in err
    assert opened == []


# --- a reader that goes away, a full disk, keys


@pytest.mark.slow
def test_a_closed_pipe_ends_quietly(small):
    code = "from gradsim.tui.cli.main import main; main()"
    command = [sys.executable, "-c", code, "run", small, "--format", "csv", "--set", "network.depth=2000"]
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("args", [["--help"], ["list"], ["--version"], ["doctor"]])
def test_a_full_disk_is_one_line(args):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", *args]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert result.stderr == "gradsim: can't write the output: No space left on device\n"


def test_no_stdout_at_all_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main.run(["list"]) == 0
    assert main.run(["--version"]) == 0


@pytest.mark.slow
def test_ascii_output_replaces_what_it_cannot_write(small):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    result = process("run", small, "--format", "plot", "--set", "title=naïve ⣿", env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert "na?ve ?" in result.stdout
    assert "*" in result.stdout


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt(), 130), (MemoryError(), 2), (BrokenPipeError(), 141), (UserError(["x"]), 2)],
)
def test_what_ends_a_command_is_a_status(cli, monkeypatch, error, status):
    def fail(*_):
        raise error

    monkeypatch.setattr("gradsim.tui.cli.commands.list.emit", fail)
    exit_status, out, err = cli("list")
    assert (exit_status, out) == (status, "")
    assert "Traceback" not in err


def test_colours_only_on_a_terminal_that_wants_them(monkeypatch):
    monkeypatch.setattr(output, "is_tty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert output.colourful()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.colourful()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not output.colourful()


# --- doctor


def test_doctor_has_a_line_for_each_check(cli):
    status, out, err = cli("doctor")
    assert (status, err) == (0, "")
    for word in ("terminal", "colours", "encoding", "compile cache", "BLAS", "numba", "memory", "python", "packages"):
        assert word in out
    assert f"gradsim {version('gradsim')}" in out


def test_doctor_outlives_what_it_finds():
    def broken() -> doctor_checks.Finding:
        raise RuntimeError("no such library")

    lines = list(doctor.examine(broken))
    assert "can't be examined: no such library" in lines[0]
    assert "report" in lines[1]


@pytest.mark.parametrize(
    ("home", "cache"),
    [(None, None), (None, ""), ("", None), ("/no/such/home", None), ("not/absolute", None), (None, "/dev/null/below")],
)
def test_doctor_examines_whatever_home_there_is(monkeypatch, home, cache):
    """No HOME and no user of that number is what many containers have."""

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("os.mkdir", refused)
    for name, value in (("HOME", home), ("XDG_CACHE_HOME", cache)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    cache_folder.cache_clear()
    rows = [line for check in doctor_checks.CHECKS for line in doctor.examine(check)]
    cache_folder.cache_clear()
    assert not [line for line in rows if "can't be examined" in line or "reinstall" in line]
    assert any("XDG_CACHE_HOME" in line for line in rows)
    assert (recent_files.recent(), recent_files.remember(pathlib.Path("x.toml"))) == ((), None)


def refused(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


def test_doctor_has_a_remedy_for_what_is_bad(monkeypatch):
    monkeypatch.setattr(
        "gradsim.sim.numerics.kernel_store.cache_folder", lambda: CacheFolder(None, "no room", "buy a disk")
    )
    assert doctor_checks.compile_cache().remedy == "buy a disk"
    monkeypatch.setattr("gradsim.tui.terminal.glyphs.has_braille", lambda *_: False)
    monkeypatch.setenv("TERM", "xterm")
    assert "LC_ALL" in doctor_checks.encoding().remedy
    monkeypatch.setattr(doctor_checks, "PACKAGES", ("no-such-package",))
    assert doctor_checks.packages().remedy == "pip install no-such-package"


def test_a_signal_while_a_dump_is_written_leaves_nothing_behind(small, tmp_path, monkeypatch):
    def killed(file, **_):
        file.write(b"half")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(SystemExit) as ended:
        main.run(["run", small, "--dump", str(tmp_path / "x.npz")])
    assert ended.value.code == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.fixture
def recurrent(tmp_path):
    path = tmp_path / "recurrent.toml"
    path.write_text('[network]\nkind = "rnn"\ndepth = 2\nwidth = 8\n[time]\nsteps = 60\n')
    return str(path)


def test_a_recurrent_table_goes_by_step(cli, recurrent):
    out = cli("run", recurrent)[1]
    assert out.startswith("VANISHING: layer ")
    assert "memory horizon: after " in out
    assert "spectral radius" in out
    assert "spectral norm" in out
    assert max(map(len, out.splitlines())) <= 80
    assert out.splitlines()[-2].split()[0] == "60"
    both = cli("run", recurrent, "--fix", "shorter_sequence")[1]
    assert "as it is - VANISHING" in both
    assert "by step" in cli("run", recurrent, "--format", "plot")[1]


@pytest.mark.parametrize(("kind", "gates"), [("rnn", ""), ("lstm", "ifgo"), ("gru", "rzn")])
def test_recurrent_json_has_the_shape_of_the_design(cli, recurrent, kind, gates):
    data = json.loads(cli("run", recurrent, "--format", "json", "--set", f"network.kind={kind}")[1])
    assert isinstance(data["verdict"]["memory_horizon"], int)
    assert all(len(row) == 60 for rows in data["profile"].values() for row in rows)
    wanted = {f"gate_{gate}_{word}" for gate in gates for word in ("mean", "saturated")}
    wanted |= {"cell_gradient_rms"} if kind == "lstm" else set()
    assert wanted | {"input_weight_factor"} == set(data["profile"]) - set(every_trace())
    names = {"weight_norm", "gradient_norm", "gradient_rms", "spectral_norm", "underflow_fraction"}
    names |= {f"input_{name}" for name in names} | ({"spectral_radius"} if kind == "rnn" else set())
    assert set(data["weights"]) == names
    rows = cli("run", recurrent, "--format", "csv", "--set", f"network.kind={kind}")[1].splitlines()
    assert len(rows) == 1 + 2 * 60


@pytest.mark.parametrize("ending", [".safetensors", ".npz"])
def test_weights_are_written_and_taken(cli, small, tmp_path, ending):
    path = tmp_path / f"model{ending}"
    status, out, err = cli("run", small, "--format", "csv", "--save-weights", path)
    assert (status, err) == (0, "")
    taken = ("run", small, "--set", f"network.weights={path}", "--set", "network.init=zeros")
    assert cli(*taken, "--format", "csv") == (0, out, "")
    status, _, err = cli(*taken, "--set", "precision.format=float16")
    assert (status, err) == (0, f"model{ending}: float32 as float16\n")
    status, out, err = cli(*taken, "--set", "network.width=9")
    assert (status, out) == (2, "")
    assert f"{path}: has in another shape layers.1.weight (8, 8) instead of (9, 9)" in err
    assert cli("check", small, "--set", f"network.weights={path}", "--set", "network.depth=6")[0] == 2
    assert cli("check", small, "--set", f"network.weights={path}")[0] == 0


def test_weights_go_to_a_file_that_can_be(cli, small, tmp_path):
    for name, words in (("model.pt", "give a name that ends in .safetensors or .npz"),
                        ("no/model.npz", "there is no folder")):  # fmt: skip
        status, out, err = cli("run", small, "--save-weights", tmp_path / name)
        assert (status, out) == (2, "")
        assert words in err
