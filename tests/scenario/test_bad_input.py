"""Every mistake gets a clear message on stderr, status 2 and an empty stdout; never a traceback."""

import os
import subprocess
import sys

import numpy as np
import pytest

from gradsim.tui.cli import main

# a broken scenario file -> what its message must say
FILES = {
    # not TOML, or not text
    "no value": ("depth = ", "is not valid TOML"),
    "no equals": ("[network]\ndepth 20", "a key is followed by =, as depth = 20 (at line 2"),
    "unclosed": ('title = "abc', "is not valid TOML"),
    "unclosed on its line": ('title = "abc\nseed = 1', "close it with a quote (at line 1"),
    "word without quotes": ("[network]\nactivation = relu", 'text stands in double quotes, as "relu"'),
    "two values": ("[network]\ndepth = 2 3", "more stands on the line than a key and its value"),
    "twice": ("seed = 1\nseed = 2", "a key is given twice"),
    "table twice": ("[network]\n[network]\n", "is not valid TOML"),
    "json": ('{"network": {"depth": 3}}', "is not valid TOML"),
    "yaml": ("network:\n  depth: 3\n", "is not valid TOML"),
    "latin-1": (b'title = "na\xefve"', "is not UTF-8 text: byte 11"),
    "utf-16": ('title = "x"'.encode("utf-16"), "is not UTF-8 text"),
    "binary": (bytes(range(256)), "is not UTF-8 text"),
    "nul": (b"\0\0\0", "is not valid TOML"),
    "bare carriage return": (b"seed = 1\rseed = 2", "is not valid TOML"),
    "too large": (b"#" * 1_000_001, "is larger than 1,000,000 bytes"),
    "deep nesting": (b"a = " + b"[" * 50_000, "nested too deeply"),
    "huge integer": ("seed = " + "9" * 5000, "too many digits"),
    "huge hexadecimal": ("[network]\ndepth = 0x" + "f" * 5000, "too many digits"),
    "huge octal in a choice": ('[network]\ninit = { name = "normal", std = 0o' + "7" * 5000 + " }", "too many digits"),
    "deep tables": (f"[{'.'.join('a' * 5000)}]\nx = 1", "nested too deeply"),
    "deep dotted key": (f"[network]\nactivation.{'.'.join('a' * 900)} = 1", "nested too deeply"),
    # keys
    "unknown key": ("[network]\ndept = 3", 'network.dept: no key "dept"; did you mean depth?'),
    "unknown table": ("[netwrok]\ndepth = 3", 'netwrok: no key "netwrok"; did you mean network?'),
    "key at top": ("depth = 3", "depth: no such key here; did you mean network.depth?"),
    "key in wrong table": ("[data]\nwidth = 3", "data.width: no such key here; did you mean network.width?"),
    "table as value": ("network = 5", "network: 5 is not a table; write [network]"),
    "array as table": ("network = []", "network: [] is not a table"),
    "array of tables": ("[[network]]\ndepth = 3", "network: [{ depth = 3 }] is not a table"),
    "value as table": ("[title]\nx = 1", "title: "),
    "no updates": ("[training]\niterations = 0", "training.iterations: 0 is not allowed; give a whole number from 1"),
    "one beta": ('[training]\noptimizer = { name = "adam", betas = [0.9] }', "a list of 2 numbers, each from 0.0 to"),
    "beta of 1": (
        '[training]\noptimizer = { name = "adam", betas = [0.9, 1.0] }',
        "training.optimizer.betas: [0.9, 1.0]",
    ),
    "unknown clip": ('[training]\nclip = "nrom"', 'training.clip: no clip "nrom"; did you mean norm?'),
    "steps of an mlp": ("[time]\nsteps = 5", "time.steps: 5 steps need a recurrent network"),
    "forget bias of an mlp": ("[network]\nforget_bias = 1.0", "network.forget_bias: only an lstm has a forget gate"),
    "negative loss scale": ("[precision]\nloss_scale = -2.0", "precision.loss_scale.value: -2.0 is not allowed"),
    "empty key": ('"" = 3', 'no key ""'),
    "key that forges": ('"a\\nb" = 3', 'a\N{REPLACEMENT CHARACTER}b: no key "a'),
    "long key": ("a" * 5000 + " = 3", "aaa...: no key"),
    "key that steers": ('"\\u001b[31m" = 3', "no key"),
    # types and ranges
    "text for number": ('[network]\ndepth = "20"', 'network.depth: "20" is not allowed; give a whole number from 1'),
    "float for whole": ("[network]\ndepth = 2.0", "network.depth: 2.0 is not allowed; give a whole number"),
    "bool for number": ("[network]\ndepth = true", "network.depth: true is not allowed; give a whole number"),
    "date": ("[network]\ndepth = 2020-01-01", "network.depth: "),
    "zero depth": ("[network]\ndepth = 0", "network.depth: 0 is not allowed; give a whole number from 1 to 100000"),
    "negative width": ("[network]\nwidth = -1", "network.width: -1 is not allowed; give a whole number from 1"),
    "too wide": ("[network]\nwidth = 100000", "network.width: 100000 is not allowed"),
    "no batch": ("[data]\nbatch = 0", "data.batch: 0 is not allowed; give a whole number from 1"),
    "negative seed": ("seed = -1", "seed: -1 is not allowed; give a whole number from 0"),
    "huge seed": (f"seed = {2**63}", "seed: 9223372036854775808 is not allowed"),
    "number for title": ("title = 5", "title: 5 is not allowed; give text of at most 200 characters"),
    "long title": (f'title = "{"x" * 201}"', "give text of at most 200 characters"),
    "long summary": (f'summary = "{"x" * 1001}"', "give text of at most 1000 characters"),
    "inf bias": ("[network]\nbias = inf", "network.bias"),
    "nan std": ('[network]\ninit = { name = "normal", std = nan }', "network.init.std: nan is not allowed"),
    "negative std": ('[network]\ninit = { name = "normal", std = -1 }', "network.init.std: -1 is not allowed"),
    "text std": ('[network]\ninit = { name = "normal", std = "1" }', 'network.init.std: "1" is not allowed'),
    # names
    "unknown activation": ('[network]\nactivation = "rleu"', 'no activation "rleu"; did you mean relu?'),
    "wrong case": ('[network]\nactivation = "ReLU"', 'no activation "ReLU"; did you mean relu?'),
    "unknown init": ('[network]\ninit = "xavier"', 'network.init: no init "xavier"; did you mean xavier_'),
    "unknown norm": ('[network]\nnorm = "bach"', 'network.norm: no norm "bach"; did you mean batch?'),
    "unknown skip": ('[network]\nskip = "residual"', 'network.skip: no skip "residual"'),
    "unknown loss": ('[loss]\nname = "mes"', 'loss.name: no loss "mes"; did you mean mse?'),
    "unknown task": ('[data]\ntask = "digit"', 'data.task: no task "digit"; did you mean digits?'),
    "unknown format": ('[precision]\nformat = "float23"', 'no number format "float23"; did you mean float32?'),
    "unknown kind": ('[network]\nkind = "mpl"', 'no kind "mpl"; did you mean mlp?'),
    "no name": ("[network]\ninit = { std = 1.0 }", "network.init: "),
    "number for name": ("[network]\nactivation = 3", "network.activation: 3 is not a name"),
    "list for name": ('[network]\nactivation = ["relu"]', "network.activation: "),
    "list for word": ('[loss]\nat = ["last"]', 'loss.at: ["last"] is not a word; allowed: last, every'),
    "table for loss": ("[loss]\nname = { a = 1 }", "loss.name: { a = 1 } is not a name or {"),
    "unknown parameter": ('[network]\ninit = { name = "normal", sd = 1 }', 'no parameter of normal "sd"; did you mean'),
    "no parameters": ('[network]\nactivation = { name = "relu", alpha = 1 }', "network.activation.alpha: "),
    "unknown choice": ('[network]\nactivation = { name = "gelu", approximate = "tan" }', "none or tanh"),
    "unknown verdict": ('[expect]\nverdict = "vanished"', 'no verdict "vanished"; did you mean vanishing?'),
    "unknown fix": ('[expect]\nwith = { he = "healthy" }', 'expect.with: no fix "he"'),
    "unknown lesson fix": ('[[lesson]]\ntext = "x"\nfixes = ["rleu"]', 'no fix "rleu"; did you mean relu?'),
    "empty lesson": ("[[lesson]]\nlayer = 1", "lesson[1].text: is missing"),
    "lesson layer": ('[[lesson]]\ntext = "x"\nlayer = 0', "lesson[1].layer: 0 is not allowed"),
    "lesson quantity": (
        '[[lesson]]\ntext = "x"\nquantity = "gradient_rsm"',
        'no quantity "gradient_rsm"; did you mean gradient_rms?',
    ),
    "lesson quantity of a gate": (
        '[[lesson]]\ntext = "x"\nquantity = "gate_f_maen"',
        'no quantity "gate_f_maen"; did you mean gate_f_mean?',
    ),
    # combinations
    "task and file": ('[data]\ntask = "gaussian"\nfile = "x.npz"', "a task and a file can't be given together"),
    "inputs of digits": ('[data]\ntask = "digits"\ninputs = 10', "data.inputs: 10 is not what the data have"),
    "batch of one": ('[network]\nnorm = "batch"\n[data]\nbatch = 1', "data.batch: 1 is too small for batch norm"),
    "groups": ('[network]\nwidth = 10\nnorm = { name = "group", groups = 3 }', "3 groups do not divide the width 10"),
    "too many samples": ('[data]\ntask = "digits"\nbatch = 2000', "data.batch: 2000 is more than the 1797 samples"),
    "loss of task": ('[data]\ntask = "spirals"\n[loss]\nname = "mse"', 'loss.name: "mse" needs a value as target'),
    "yes or no of a task": (
        '[data]\ntask = "digits"\n[loss]\nname = "binary_cross_entropy"',
        'loss.name: "binary_cross_entropy" needs numbers from 0 to 1, or two classes, as target, and digits has 10 '
        "classes; give cross_entropy or probe",
    ),
    "yes or no of three arms": (
        '[data]\ntask = { name = "spirals", arms = 3 }\n[loss]\nname = "binary_cross_entropy"',
        "spirals has 3 classes",
    ),
    "yes or no of values": ('[data]\ntask = "adding"\n[network]\nkind = "rnn"\n[loss]\nname = "bce"', "did you mean"),
    "delta": ('[loss]\nname = { name = "huber", delta = 0 }', "loss.name.delta: 0 is not allowed; give a number from"),
    "delta of another": ('[loss]\nname = { name = "mae", delta = 1 }', "loss.name.delta: "),
    "standardized yes or no": (
        '[data]\nfile = "good.csv"\nbatch = 2\nstandardize = "both"\n[loss]\nname = "binary_cross_entropy"',
        "needs numbers from 0 to 1 as targets; give inputs or none",
    ),
    "yes or no of file": (
        '[data]\nfile = "good.csv"\nbatch = 2\n[loss]\nname = "binary_cross_entropy"',
        '"binary_cross_entropy" needs numbers from 0 to 1 as targets, and that of sample',
    ),
    "bias rule": ('[network]\nbias = "orthogonal"', "network.bias: "),
    # the user's data
    "no data file": ('[data]\nfile = "none.npz"', "none.npz"),
    "empty data name": ('[data]\nfile = ""', "data.file: "),
    "data of another kind": ('[data]\nfile = "bad.toml"', "bad.toml"),
    "broken npz": ('[data]\nfile = "broken.npz"', "broken.npz"),
    "npz without target": ('[data]\nfile = "half.npz"', "target"),
    "nan in npz": ('[data]\nfile = "nan.npz"\nbatch = 2', "nan.npz"),
    "text in csv": ('[data]\nfile = "text.csv"\nbatch = 2', "text.csv"),
    "ragged csv": ('[data]\nfile = "ragged.csv"\nbatch = 2', "ragged.csv"),
    "empty csv": ('[data]\nfile = "empty.csv"\nbatch = 2', "empty.csv"),
    "small file": ('[data]\nfile = "good.csv"\nbatch = 3', "data.batch: 3 is more than the 2 samples"),
    "loss of file": ('[data]\nfile = "good.csv"\nbatch = 2\n[loss]\nname = "cross_entropy"', "loss.name"),
    "inputs of file": ('[data]\nfile = "good.csv"\nbatch = 2\ninputs = 5', "data.inputs: 5 is not what the file has"),
}

# a wrong command line (FILE is a good scenario) -> what its message must say
LINES = {
    "sigmiod_20_": "no preset or file",
    "rnu": "did you mean gradsim run?",
    "rn FILE": 'no command, preset or file "rn"; did you mean gradsim run?',
    "simulate FILE --format json": "did you mean gradsim run?",
    "--seed 3 rn FILE": "did you mean gradsim run?",
    "run FILE --fail-on nan": "did you mean nonfinite?",
    "run sigmoid": "did you mean sigmoid_20?",
    "none.toml": "none.toml: no such file",
    "run": "no scenario given; gradsim run takes a preset's name ('gradsim list' shows them)",
    "check": "no scenario given",
    "show": "no scenario given",
    "run nonsuch": "no preset or file \"nonsuch\"; 'gradsim list' shows the presets",
    "run no/such/place.toml": "no/such/place.toml: no such file",
    "run .": ".: is a folder; give a scenario file",
    "run good.csv": "is data, not a scenario; name it in a scenario as data.file",
    f"run {'x' * 5000}": "no preset or file",
    f"run {'x' * 5000}.toml": "can't be read",
    "run FILE FILE": '"good.toml" is too much: gradsim run takes one scenario',
    "compare FILE": "one more scenario is needed; gradsim compare takes two scenarios, each",
    "compare FILE FILE x": '"x" is too much: gradsim compare takes two scenarios',
    "run FILE --set network.layers.1.width=3": "network.layers.1.width: layers is a list of tables",
    "sweep FILE --y fix=none": "--x: give it together with --y: --y is the second axis",
    "sweep FILE --x network.depth=1..100000": "1..100000 has more than 10,000 values; give 1 to 10,000",
    "new --out no/such/x.toml": "--out: no/such/x.toml: there is no folder no/such; make it first",
    "new --out .": "--out: .: is a folder; give a file's name",
    "FILE FILE": 'one scenario at a time; "good.toml" is one too many',
    "--verison": "no option --verison; did you mean --version? see 'gradsim --help'",
    "FILE --fxi relu": "no option --fxi; did you mean --fix? see 'gradsim --help'",
    "run FILE --frmt json": "no option --frmt; did you mean --format? see 'gradsim run --help'",
    "run FILE -x": "no option -x",
    "run FILE --iterations 5": "no option --iterations",
    "run FILE --format jsn": '--format: no format "jsn"; did you mean json?',
    "run FILE --format": "'--format' requires an argument",
    "run FILE --seed": "'--seed' requires an argument",
    "run FILE --seed x": '--seed: "x" is not allowed; give a whole number from 0',
    "run FILE --seed -1": "--seed: -1 is not allowed",
    "run FILE --seed 1.5": "--seed: 1.5 is not allowed",
    "run FILE --fix rleu": 'no fix "rleu"; did you mean relu?',
    "run FILE --fix relu --fix gelu": "fixes relu and gelu: both set network.activation; give one of them",
    "run FILE --set network.activation=relu --fix relu": "fix relu: does not apply: ",
    "run FILE --set network.depth": "--set: network.depth: give KEY=VALUE, such as network.depth=50",
    "run FILE --set =5": "--set: =5: give KEY=VALUE",
    "run FILE --set network..depth=5": "give KEY=VALUE",
    "run FILE --set depth=5": "--set: depth: no such key here; did you mean network.depth?",
    "run FILE --set network.dpeth=5": 'no key "dpeth"; did you mean depth?',
    "run FILE --set network.depth=deep": '--set: network.depth: "deep" is not allowed; give a whole number',
    "run FILE --set network.depth.x=5": "network.depth",
    "run FILE --set network.activation=rleu": 'no activation "rleu"; did you mean relu?',
    "run FILE --set network.init.sdt=1": 'no parameter of',
    "run FILE --set network=5": "network: 5 is not a table",
    "run FILE --set network.depth=100000 --set network.width=16384": "GiB of memory",
    "run FILE --fail-on vanish": '--fail-on: no verdict "vanish"; did you mean vanishing?',
    "run FILE --fail-on healthy": '--fail-on: no verdict "healthy"',
    "run FILE --fail-on ": '--fail-on: no verdict ""',
    "run FILE --dump x.txt": "--dump: x.txt: give a name that ends in .npz",
    "run FILE --dump \0.npz": "can't be written: embedded null byte",
    f"run FILE --set {'.'.join('a' * 2000)}=1": "nested too deeply",
    f"run FILE --seed 0x{'f' * 5000}": "too many digits",
    f"run FILE --set data.file=0x{'f' * 5000}": "too many digits",
    "run FILE --dump no/such/x.npz": "there is no folder no/such; make it first",
    "check good.toml map.toml": 'map.toml: sweep.x: network.dpth: no key "dpth"; did you mean depth?',
    "list presets": '"presets" is too much: gradsim list takes no arguments',
    "list --format yaml": '--format: no format "yaml"',
    "doctor now": '"now" is too much: gradsim doctor takes no arguments',
    "train": "no scenario given; gradsim train takes a preset's name",
    "train none.npz": "none.npz: no such file; give a run that gradsim train --save has written",
    "train half.npz": "half.npz: holds no run of gradsim",
    "train broken.npz": "broken.npz: ",
    "train FILE --iterations 0": "--iterations: 0 is not allowed; give a whole number from 1",
    "train FILE --iterations many": '--iterations: "many" is not allowed; give a whole number',
    "train FILE --iterations": "'--iterations' requires an argument",
    "train FILE --save run.txt": "--save: run.txt: give a name that ends in .npz",
    "train FILE --save no/such/run.npz": "--save: no/such/run.npz: there is no folder no/such; make it first",
    "train FILE --save half.npz": "--save: half.npz: exists and is not a saved run; choose another name",
    "train FILE --fail-on stall": '--fail-on: no verdict "stall"; did you mean stalled?',
    "train FILE --fix relu --fix gelu": "fixes relu and gelu: both set network.activation; give one of them",
    "train FILE --dump x.npz": "no option --dump",
    "--seed 3 run FILE": "the command comes first and its options follow: gradsim run",
    "FILE --no-mouse": "the interface needs a terminal",
    "FILE --no-mosue": "no option --no-mosue; did you mean --no-mouse?",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data files, good and bad, as the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.toml").write_text("[network]\ndepth = 2\nwidth = 4\n[data]\nbatch = 4\n")
    (tmp_path / "map.toml").write_text('[sweep]\nx = "network.dpth=1..3"\n')
    (tmp_path / "good.csv").write_text("a,b,target\n1,2,0.5\n3,4,1.5\n")
    (tmp_path / "text.csv").write_text("a,b,target\n1,2,0\n3,four,1\n")
    (tmp_path / "ragged.csv").write_text("a,b,target\n1,2,0\n3,4,1,7\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and nothing more")
    np.savez(tmp_path / "half.npz", input=np.ones((4, 2)))
    np.savez(tmp_path / "nan.npz", input=np.array([[1.0, np.nan], [1.0, 2.0]]), target=np.ones((2, 1)))
    return tmp_path


def assert_refused(capsys, args, message):
    status = main.run(args)
    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert "pydantic" not in captured.err
    assert "\x1b" not in captured.err
    assert all(line.startswith("gradsim: ") for line in captured.err.splitlines())
    assert message in captured.err


@pytest.mark.parametrize("case", FILES)
def test_broken_files(folder, capsys, case):
    content, message = FILES[case]
    path = folder / "bad.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(capsys, ["run", "bad.toml"], message)
    if "csv" not in str(content) and "npz" not in str(content) and 'file = "bad.toml"' not in str(content):
        assert_refused(capsys, ["check", "good.toml", "bad.toml"], "bad.toml: ")


@pytest.mark.parametrize("line", LINES)
def test_wrong_command_lines(folder, capsys, line):
    args = [word.replace("FILE", "good.toml") for word in line.split(" ")]
    assert_refused(capsys, args, LINES[line])


def test_no_permission(folder, capsys):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (folder / "good.toml").chmod(0)
    assert_refused(capsys, ["run", "good.toml"], "can't be read: Permission denied")


def test_names_with_control_characters(folder, capsys):
    assert_refused(capsys, ["run", "\x1b[31mred\x07.toml"], "no such file")


def test_all_problems_of_a_file_in_one_go(folder, capsys):
    (folder / "bad.toml").write_text('seed = -1\n[network]\ndepth = 0\nnorm = "bach"\n[data]\nbatch = 1.5\nsize = 3\n')
    assert main.run(["check", "bad.toml"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 5


@pytest.mark.slow
@pytest.mark.parametrize("args", [["run", "bad.toml"], ["--fxi"], ["run", "good.toml", "--dump", "/proc/x/y.npz"], []])
def test_a_bad_input_in_a_fresh_process(folder, args):
    (folder / "bad.toml").write_text("[network]\ndept = 3\n")
    command = [sys.executable, "-c", "from gradsim.tui.cli.main import main; main()", *args]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("gradsim: ")
    assert "Traceback" not in result.stderr


def test_check_looks_into_the_data(folder, capsys):
    (folder / "bad.toml").write_text('[data]\nfile = "text.csv"\nbatch = 2')
    assert_refused(capsys, ["check", "good.toml", "bad.toml"], "text.csv: line 3")


def test_a_folder_that_is_gone(folder, capsys, monkeypatch):
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    (folder / "sub").rmdir()
    assert_refused(capsys, ["run", str(folder / "good.toml"), "--set", "data.file=x.npz"], "no such file")


def test_there_are_enough_of_them():
    assert len(FILES) + len(LINES) >= 60
