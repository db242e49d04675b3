"""Parameters from a file: what is written is read bit for bit, and all that is wrong with one is told at once."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradsim.sim import load, load_run, save_run, save_weights, weights
from gradsim.sim.data.batches import load_samples
from gradsim.sim.errors import UserError
from gradsim.sim.interop.weights import save_weights as write_weights
from gradsim.sim.io.safetensors import open_tensors, write_tensors
from gradsim.sim.network.stored_weights import check_weights, conversion
from gradsim.sim.scenario import fixing
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.training.run import Run

ENDINGS = [".safetensors", ".npz"]


def scenario(fmt: str = "float32", loss: str = "mse", **network: Any) -> Scenario:
    return parse_scenario({
        "network": {"depth": 3, "width": 6, "bias": {"name": "normal", "std": 0.3}} | network,
        "data": {"batch": 5, "inputs": 4}, "loss": {"name": loss}, "precision": {"format": fmt},
    })  # fmt: skip


def refusal(chosen: Scenario, path: Path) -> str:
    """All messages about a file, which come before any parameter is drawn."""
    with_file = chosen.edit({"network.weights": str(path)})
    with pytest.raises(UserError) as error:
        check_weights(with_file, load_samples(with_file))
    assert all(problem.where == str(path) for problem in error.value.problems)
    with pytest.raises(UserError):
        simulate(with_file)
    return str(error.value)


# what is written is read


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["mlp", "rnn", "lstm", "gru"]), norm=st.sampled_from(["none", "layer", "rms"]),
    skip=st.sampled_from(["none", "rezero", "scaled"]), loss=st.sampled_from(["probe", "mse", "cross_entropy"]),
    fmt=st.sampled_from(["float64", "float32", "float16", "bfloat16"]),
)  # fmt: skip
def test_a_pass_with_stored_weights_is_the_one_that_drew_them(ending, kind, norm, skip, loss, fmt, tmp_path):
    chosen = scenario(fmt, loss, kind=kind, norm=norm, skip=skip)
    path = tmp_path / f"model{ending}"
    save_weights(chosen, path)
    stored = chosen.edit({"network.weights": str(path), "network.init": "zeros", "network.bias": 7.0})
    drawn, taken = simulate(chosen), simulate(stored)
    assert drawn.loss == taken.loss
    for name in ("activation_rms", "gradient_rms"):
        np.testing.assert_array_equal(drawn[name], taken[name])
    for name, value in weights(chosen).items():
        np.testing.assert_array_equal(weights(stored)[name], value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_training_starts_from_them_and_a_saved_run_knows_them(ending, tmp_path):
    chosen, path = scenario(), tmp_path / f"model{ending}"
    save_weights(chosen.edit({"seed": 5}), path)
    stored = chosen.edit({"network.weights": str(path), "training.iterations": 3})
    run = Run(stored)
    run.advance()
    assert run.history["loss"][0] == simulate(stored).loss != simulate(chosen).loss
    save_run(run, tmp_path / "run.npz")
    assert load_run(tmp_path / "run.npz").history["loss"][0] == run.history["loss"][0]
    save_weights(chosen.edit({"seed": 6}), path)
    with pytest.raises(UserError, match="other data or weights"):
        load_run(tmp_path / "run.npz")


def test_a_relative_path_starts_at_the_scenario_file(tmp_path):
    save_weights(scenario(), tmp_path / "model.npz")
    (tmp_path / "mine.toml").write_text('[network]\ndepth = 3\nwidth = 6\nweights = "model.npz"\n'
                                        '[data]\nbatch = 5\ninputs = 4\n[loss]\nname = "mse"\n')  # fmt: skip
    chosen = load(tmp_path / "mine.toml")
    assert chosen.network.weights == str(tmp_path / "model.npz")
    assert simulate(chosen).loss == simulate(scenario()).loss


def test_numbers_of_another_type_are_converted_and_that_is_said(tmp_path):
    chosen, wide = scenario("float16"), weights(scenario("float64"))
    for dtype, words in ((np.float64, "float64 as float16"), (np.float32, "float32 as float16"), (np.float16, "")):
        np.savez(tmp_path / "model.npz", **{name: value.astype(dtype) for name, value in wide.items()})
        stored = chosen.edit({"network.weights": str(tmp_path / "model.npz")})
        assert conversion(stored) == words
        for name, value in weights(stored).items():
            np.testing.assert_array_equal(value, wide[name].astype(np.float16))
    big_endian = {name: np.asfortranarray(value.astype(">f8")) for name, value in wide.items()}
    np.savez(tmp_path / "model.npz", **big_endian)
    stored = scenario("float64").edit({"network.weights": str(tmp_path / "model.npz")})
    assert conversion(stored) == ""
    np.testing.assert_array_equal(weights(stored)["layers.1.weight"], wide["layers.1.weight"])


def test_a_number_too_large_for_the_format_is_the_first_that_is_not_finite(tmp_path):
    arrays = weights(scenario("float32"))
    arrays["layers.2.weight"][1, 2] = 1e6
    np.savez(tmp_path / "model.npz", **arrays)
    stored = scenario("float16").edit({"network.weights": str(tmp_path / "model.npz")})
    first = simulate(stored).verdict.first_nonfinite
    assert (first.layer, first.operation, first.array) == (2, "initialisation", "layers.2.weight")
    assert first.exact == 1e6


# what does not fit


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_that_does_not_fit_is_told_at_once(ending, tmp_path):
    arrays, path = weights(scenario()), tmp_path / f"model{ending}"
    arrays["layers.2.wieght"] = arrays.pop("layers.2.weight")
    arrays["layers.1.weight"] = arrays["layers.1.weight"].T.copy()
    arrays["layers.3.bias"] = arrays["layers.3.bias"].astype(np.int64)
    if ending == ".npz":
        np.savez(path, **arrays)
    else:
        with path.open("wb") as file:
            write_tensors(arrays, file)
    messages = refusal(scenario(), path).splitlines()
    assert [line.split(": ", 1)[1].split(" layers")[0] for line in messages] == [
        "lacks", "also has", "has in another shape", "has no floating numbers of at most 64 bits in",
    ]  # fmt: skip
    assert "lacks layers.2.weight (6, 6)" in messages[0]
    assert "layers.2.wieght may be layers.2.weight" in messages[1]
    assert "layers.1.weight (4, 6) instead of (6, 4)" in messages[2]
    assert "layers.3.bias (int64); gradsim run --save-weights writes a file that fits" in messages[3]


def test_of_many_that_do_not_fit_some_are_listed(tmp_path):
    save_weights(scenario(depth=20), tmp_path / "model.npz")
    text = refusal(scenario(depth=3), tmp_path / "model.npz")
    assert "also has layers.4.weight" in text
    assert "and 26 more" in text
    assert len(text) < 500


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("ending", ENDINGS)
def test_numbers_that_are_not_finite_are_found(ending, value, tmp_path):
    arrays, path = weights(scenario()), tmp_path / f"model{ending}"
    arrays["layers.2.weight"][3, 1] = value
    if ending == ".npz":
        np.savez(path, **arrays)
    else:
        with path.open("wb") as file:
            write_tensors(arrays, file)
    with pytest.raises(UserError) as error:
        simulate(scenario().edit({"network.weights": str(path)}))
    assert f"layers.2.weight[3, 1] is {value}" in str(error.value)


ONE = {"layers.1.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
LONG = {"a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]}}


def tensors(header: Any, body: bytes = bytes(8), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + body


BAD = {
    "empty": b"", "seven bytes": bytes(7), "only a length": tensors(b""), "no JSON": tensors(b"{"),
    "header too long": tensors(ONE, length=9999), "huge header": tensors(ONE, length=2**63),
    "header too short": tensors(ONE, length=20), "no UTF-8": tensors(b"\xff\xfe{}"), "a list": tensors([1]),
    "a number": tensors(7), "nested": tensors(b'{"a":' * 100_000),
    "many digits": tensors(b'{"a":' + b"9" * 5000 + b"}"),
    "no entry": tensors({"a": 1}), "null": tensors({"a": None}),
    "no offsets": tensors({"a": {"dtype": "F32", "shape": [2]}}),
    "float shape": tensors({"a": ONE["layers.1.weight"] | {"shape": [2.0]}}),
    "negative shape": tensors({"a": ONE["layers.1.weight"] | {"shape": [-2]}}),
    "true in shape": tensors({"a": ONE["layers.1.weight"] | {"shape": [True, 2]}}),
    "shape of another size": tensors({"a": ONE["layers.1.weight"] | {"shape": [3]}}), "overflow": tensors(LONG),
    "backwards": tensors({"a": ONE["layers.1.weight"] | {"data_offsets": [8, 0]}}),
    "three offsets": tensors({"a": ONE["layers.1.weight"] | {"data_offsets": [0, 8, 8]}}),
    "beyond the end": tensors({"a": ONE["layers.1.weight"] | {"shape": [4], "data_offsets": [0, 16]}}),
    "hole": tensors({"a": ONE["layers.1.weight"] | {"data_offsets": [8, 16]}}, bytes(16)),
    "overlap": tensors({"a": ONE["layers.1.weight"], "b": ONE["layers.1.weight"]}), "truncated": tensors(ONE, bytes(7)),
    "left over": tensors(ONE, bytes(9)), "unknown dtype": tensors({"layers.1.weight": {"dtype": "F4", "shape": [2],
                                                                                      "data_offsets": [0, 8]}}),
    "dtype a list": tensors({"a": ONE["layers.1.weight"] | {"dtype": ["F32"]}}),
    "duplicate": tensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                         b'"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}'),
    "a zip": b"PK\x03\x04" + bytes(60),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_damaged_safetensors_file_is_one_clear_error(name, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(BAD[name])
    text = refusal(scenario(), path)
    assert len(text.splitlines()) <= 3
    assert "Traceback" not in text
    wanted = {"duplicate": '"a" stands in it twice', "truncated": "it was cut", "huge header": "length is wrong",
              "unknown dtype": 'is of "F4"; give F64, F32, F16 or BF16', "left over": "it was cut, or damaged",
              "shape of another size": "has 8 bytes for the shape (3,) of F32"}  # fmt: skip
    assert wanted.get(name, str(path)) in text


@pytest.mark.slow
@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(data, tmp_path):
    path, chosen = tmp_path / "model.safetensors", scenario(depth=1, width=2)
    save_weights(chosen, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]) if data.draw(st.booleans()) else content)
    given_file = chosen.edit({"network.weights": str(path)})
    text = str(path)
    try:
        weights(given_file)
    except UserError as error:
        text = str(error)
    assert str(path) in text


def member(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_npz_is_one_clear_error(tmp_path):
    path, arrays = tmp_path / "model.npz", weights(scenario())
    path.write_bytes(b"no zip at all")
    assert "is no .npz archive" in refusal(scenario(), path)
    np.savez(path, **{**arrays, "layers.1.bias": np.array([object()] * 6, dtype=object)})
    assert "layers.1.bias (Python objects)" in refusal(scenario(), path)
    np.savez(path, **{**arrays, "layers.1.bias": np.zeros(6, complex)})
    assert "layers.1.bias (complex128)" in refusal(scenario(), path)
    np.savez(path, **{**arrays, "layers.1.bias": np.zeros(6, np.longdouble)})
    assert "of at most 64 bits in layers.1.bias" in refusal(scenario(), path)
    np.savez(path, **arrays)
    content = path.read_bytes()
    member(path, "layers.1.bias.npy", b"\x93NUMPY")
    assert "has twice layers.1.bias" in refusal(scenario(), path) or "can't be read" in refusal(scenario(), path)
    path.write_bytes(content[: len(content) // 2])
    assert "is no .npz archive" in refusal(scenario(), path)


def test_what_is_no_file_at_all(tmp_path):
    assert "no such file" in refusal(scenario(), tmp_path / "none.npz")
    (tmp_path / "folder.npz").mkdir()
    assert "is a folder" in refusal(scenario(), tmp_path / "folder.npz")
    (tmp_path / "model.pt").write_bytes(b"\x80\x02.")
    assert "ends in .pt; give a file ending in .safetensors or .npz" in refusal(scenario(), tmp_path / "model.pt")
    with pytest.raises(UserError, match="can't be written"):
        save_weights(scenario(), tmp_path / "nowhere" / "model.npz")
    with pytest.raises(UserError, match=r"ends in .safetensors or .npz"):
        save_weights(scenario(), tmp_path / "model.pt")


@pytest.mark.parametrize(("fix", "words"), [
    ("he_init", "the weights come from a file, and none are drawn"), ("layer_norm", "would not fit"),
    ("residual", ""), ("rezero", "would not fit"), ("relu", ""), ("clip_norm", ""), ("fewer_layers", "would not fit"),
])  # fmt: skip
def test_fixes_that_the_file_forbids_say_so(fix, words):
    why = fixing.obstacle(fix, parse_scenario({"network": {"weights": "/my/model.npz"}}))
    assert words in why
    assert bool(words) == bool(why)


@pytest.mark.parametrize("ending", [".safetensors", ".npz"])
def test_an_embedding_and_a_final_norm_are_among_them(ending, tmp_path):
    network = {"kind": "transformer", "depth": 2, "width": 8, "heads": 2}
    chosen = parse_scenario({"network": network, "time": {"steps": 5}, "data": {"inputs": 6}, "loss": {"name": "mse"}})
    drawn, path = weights(chosen), tmp_path / f"w{ending}"
    assert {"embed.weight", "embed.bias", "norm.weight", "norm.bias"} < set(drawn)
    other = {name: value + np.float32(0.25) for name, value in drawn.items()}
    write_weights(other, path)
    again = weights(chosen.edit({"network.weights": str(path)}))
    assert set(again) == set(other)
    for name, value in other.items():
        np.testing.assert_array_equal(again[name], value)


# the library of the format


@pytest.mark.oracle
def test_the_library_reads_what_is_written_and_writes_what_is_read(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    rng, path = np.random.default_rng(0), tmp_path / "x.safetensors"
    arrays = {f"a.{dtype}": rng.integers(0, 2, (3, 5)).astype(dtype) for dtype in ("f8", "f4", "f2", "i8", "u1", "?")}
    arrays |= {"empty": np.zeros((0, 3), np.float32), "number": np.array(2.5), 'a name "é"': np.ones(1)}
    with path.open("wb") as file:
        write_tensors(arrays, file)
    theirs = library.load_file(path)
    library.save_file(arrays, path, metadata={"format": "np"})
    with open_tensors(path) as stored:
        ours = {name: stored.array(name) for name in stored.names}
        for name, value in arrays.items():
            assert stored.header(name) == (value.shape, value.dtype)
    for one in (ours, theirs):
        assert set(one) == set(arrays)
        for name, value in arrays.items():
            assert one[name].dtype == value.dtype
            np.testing.assert_array_equal(one[name], value)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
def test_a_state_dict_of_pytorch_is_read(kind, tmp_path):
    torch, library = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch")
    model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1)).to(getattr(torch, kind))
    names = {"0.": "layers.1.", "2.": "readout."}
    state = {next(new + key[2:] for old, new in names.items() if key.startswith(old)): value
             for key, value in model.state_dict().items()}  # fmt: skip
    library.save_file(state, tmp_path / "model.safetensors")
    stored = scenario("float64", depth=1).edit({"network.weights": str(tmp_path / "model.safetensors")})
    assert conversion(stored) == ("" if kind == "float64" else f"{kind} as float64")
    for name, value in weights(stored).items():
        np.testing.assert_array_equal(value, state[name].double().numpy())
