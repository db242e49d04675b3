"""Data files of the user: what is read, and that each mistake is one line that says where it is."""

import io
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradsim.sim.data.user_file import load_file
from gradsim.sim.errors import UserError, printable

X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 2, 1])


def npz(folder: Path, **arrays: Any) -> Path:
    path = folder / "my.npz"
    np.savez(path, **arrays)
    return path


def text(folder: Path, content: str | bytes) -> Path:
    path = folder / "my.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        load_file(path)
    message = str(caught.value)
    assert printable(str(path)) in message
    assert "\x1b" not in message
    assert caught.value.__cause__ is None
    return message


# what is read


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64, np.bool_])
def test_whole_targets_are_classes(tmp_path, kind):
    samples = load_file(npz(tmp_path, input=X.astype(np.float32), target=np.array([0, 1, 0, 1], kind)))
    assert samples.input.dtype == np.float64
    assert np.array_equal(samples.input, X)
    assert samples.target.dtype == np.int64
    assert samples.target.tolist() == [0, 1, 0, 1]
    assert samples.outputs == 2


@pytest.mark.parametrize(("shape", "outputs"), [((4,), 1), ((4, 1), 1), ((4, 3), 3)])
def test_floating_targets_are_regressed(tmp_path, shape, outputs):
    target = np.random.default_rng(0).standard_normal(shape).astype(np.float16)
    samples = load_file(npz(tmp_path, input=X.astype(np.uint8), target=target))
    assert samples.target.shape == (4, outputs)
    assert samples.target.dtype == np.float64
    assert np.array_equal(samples.target.ravel(), target.ravel())
    assert samples.outputs == outputs


@pytest.mark.parametrize(("target", "shape", "outputs"), [
    (np.array([0, 2]), (2,), 3), (np.array([[0, 1], [2, 0]]), (2, 2), 3),
    (np.zeros(2), (2, 1), 1), (np.zeros((2, 5)), (2, 5), 5),
    (np.zeros((2, 2)), (2, 2, 1), 1), (np.zeros((2, 2, 4)), (2, 2, 4), 4),
])  # fmt: skip
def test_sequences_have_a_target_a_sample_or_a_step(tmp_path, target, shape, outputs):
    samples = load_file(npz(tmp_path, input=X.reshape(2, 2, 3), target=target))
    assert samples.input.shape == (2, 2, 3)
    assert samples.target.shape == shape
    assert samples.outputs == outputs


def test_compressed_fortran_ordered_and_other_arrays_are_fine(tmp_path):
    path = tmp_path / "my.NPZ"
    with path.open("wb") as file:
        np.savez_compressed(file, input=np.asfortranarray(X), target=Y.astype(">i4"), names=np.array(["a", "b"]))
    samples = load_file(path)
    assert np.array_equal(samples.input, X)
    assert samples.target.tolist() == Y.tolist()


def test_csv_of_classes(tmp_path):
    samples = load_file(text(tmp_path, '\ufeffwidth,"height, cm",label\r\n1,2.5,0\r\n3,-4e1,2\r\n\r\n'))
    assert samples.input.tolist() == [[1, 2.5], [3, -40]]
    assert samples.target.tolist() == [0, 2]
    assert samples.target.dtype == np.int64
    assert samples.outputs == 3


@pytest.mark.parametrize("column", ["1.0,2", "1,2e0", "-1.5,-2"])
def test_csv_with_a_point_or_an_exponent_is_regressed(tmp_path, column):
    first, second = column.split(",")
    samples = load_file(text(tmp_path, f"x,y\n5,{first}\n6,{second}\n"))
    assert samples.target.tolist() == [[float(first)], [float(second)]]
    assert samples.outputs == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None, derandomize=True)
@given(rows=st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1))
def test_csv_keeps_every_bit(tmp_path, rows):
    content = "a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows)
    samples = load_file(text(tmp_path, content))
    assert np.hstack([samples.input, samples.target]).tolist() == rows


# what is refused


def test_missing_folder_ending(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.npz")
    assert "is a folder" in refusal(tmp_path)
    other = tmp_path / "data.txt"
    other.write_text("x")
    assert "ends in .txt; give a file ending in .npz or .csv" in refusal(other)
    bare = tmp_path / "data"
    bare.write_text("x")
    assert "ends in nothing" in refusal(bare)
    refusal(tmp_path / "nul\0byte.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in refusal(tmp_path / "pipe.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("name", ["my.npz", "my.csv"])
def test_unreadable(tmp_path, name):
    path = tmp_path / name
    path.write_text("x")
    path.chmod(0)
    assert "can't be read: Permission denied" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"x,y\n1,2\n"])
def test_not_a_zip(tmp_path, content):
    path = tmp_path / "my.npz"
    path.write_bytes(content)
    assert "no .npz archive" in refusal(path)


def test_missing_arrays_are_named_with_the_nearest_spelling(tmp_path):
    message = refusal(npz(tmp_path, inputs=X, labels=Y))
    assert 'has no array input; it holds "inputs", "labels"; rename inputs to it' in message
    assert "has no array target" in message
    assert "it holds no arrays" in refusal(npz(tmp_path))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"input": X.astype(object), "target": Y}, "input holds pickled Python objects"),
        ({"input": X + 0j, "target": Y}, "input holds complex numbers"),
        ({"input": X, "target": np.array(["a", "b", "c", "d"])}, "target holds <U1"),
        ({"input": X, "target": Y.astype("datetime64[s]")}, "target holds datetime64[s]"),
        ({"input": X.reshape(2, 2, 3, 1, 1), "target": Y[:2]}, "input has the shape (2, 2, 3, 1, 1); give (samples,"),
        ({"input": X.reshape(2, 2, 3), "target": Y[:3, None]}, "give classes as (samples,) or (samples, steps)"),
        ({"input": X.reshape(2, 2, 3), "target": np.zeros((2, 3, 1))}, "target has 3 steps and input has 2"),
        ({"input": X[:, 0], "target": Y}, "input has the shape (4,); give (samples, features)"),
        ({"input": X, "target": np.zeros((4, 1, 1))}, "target has the shape (4, 1, 1)"),
        ({"input": X, "target": np.float64(3)}, "target has the shape ()"),
        ({"input": X, "target": Y[:, None]}, "give classes as (samples,)"),
        ({"input": X, "target": Y[:3]}, "input has 4 samples and target has 3"),
        ({"input": X[:0], "target": Y[:0]}, "input is empty: its shape is (0, 3)"),
        ({"input": X[:, :0], "target": Y}, "input is empty"),
        ({"input": X, "target": np.array([0, -1, 2, 1])}, "target[1] is -1 (counted from 0); classes go from 0"),
        ({"input": X, "target": np.array([0, 1, 2, 10_000])}, "target[3] is 10000"),
        ({"input": X, "target": np.array([0, 1, 2, 2**64 - 1], np.uint64)}, "target[3] is 18446744073709551615"),
        ({"input": X, "target": np.array([0.5, 1, np.inf, 0])}, "target[2] is inf"),
        ({"input": np.where(X == 7, np.nan, X), "target": Y}, "input[2, 1] is nan (counted from 0); remove"),
        ({"input": np.zeros((1, 65_537)), "target": Y[:1]}, "65537 features, and the limit is 65536"),
        ({"input": X[:1], "target": np.zeros((1, 10_001))}, "10001 outputs, and the limit is 10000"),
    ],
)  # fmt: skip
def test_unusable_arrays(tmp_path, arrays, words):
    assert words in refusal(npz(tmp_path, **arrays))


def test_all_problems_of_a_kind_at_once(tmp_path):
    lines = refusal(npz(tmp_path, input=X * np.nan, target=-1 - Y)).splitlines()
    assert len(lines) == 2


def header(shape: str, dtype: str = "<f8", version: bytes = b"\x01\x00") -> bytes:
    content = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H" if version == b"\x01\x00" else "<I", len(content)) + content


def crafted(folder: Path, member: bytes) -> Path:
    path, good = folder / "my.npz", io.BytesIO()
    np.save(good, Y)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("input.npy", member)
        archive.writestr("target.npy", good.getvalue())
    return path


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (header("(4, 1000000000)"), "29.8 GiB as float64, and the limit is 2.0 GiB"),
        (header("(4, 100000000)", "|u1"), "3.0 GiB as float64"),
        (header(f"(4, {10**30})"), "GiB as float64"),
        (header("(4, -3)"), "can't be read"),
        (header("(4, 3)"), "input can't be read"),  # the header and no data
        (header("(4, 3)", version=b"\x09\x00"), "can't be read"),
        (header("(4, 3)", "<f99"), "can't be read"),
        (header("(4, 'x')"), "can't be read"),
        (header("(" * 5000 + ")" * 5000), "can't be read"),
        (header(f"(4, 0x{'f' * 5000})"), "no array has the shape that it states"),
        (header("(4, 3)", "[" * 4000), "can't be read"),
        (header("-" * 9000 + "4"), "input can't be read"),
        (b"", "can't be read"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 100_000, "can't be read"),
    ],
    ids=range(14),
)
def test_damaged_and_boastful_headers(tmp_path, member, words):
    assert words in refusal(crafted(tmp_path, member))


def test_a_header_of_many_megabytes_is_not_unpacked(tmp_path):
    path = crafted(tmp_path, b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**24) + b" " * 2**24)
    assert "input can't be read" in refusal(path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None, derandomize=True
)
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused_and_never_raises_anything_else(tmp_path, data):
    content = bytearray(npz(tmp_path, input=X, target=Y).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    never_fails(lambda: load_file(saved(tmp_path / "broken.npz", bytes(content))))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None, derandomize=True
)
@given(content=st.one_of(st.binary(), st.text(alphabet='ab01.,;-+eE_" \n\r\t\0é', max_size=60).map(str.encode)))
def test_any_text_is_read_or_refused_and_never_raises_anything_else(tmp_path, content):
    never_fails(lambda: load_file(saved(tmp_path / "any.csv", content)))


def saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def never_fails(action: Callable[[], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that stand twice
        try:
            samples = action()
        except UserError:
            return
    assert np.isfinite(samples.input).all()
    assert len(samples.input) == len(samples.target)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty in line 1; put the names of the columns there"),
        ("1,2,3\n4,5,6\n", "has no header but numbers in line 1"),
        ("x,y\n", "has no samples"),
        ("x\n1\n", 'has one column, "x"; separate columns by commas'),
        ("x;y\n1;2\n", 'has one column, "x;y"'),
        ("x,y\n1,2\n3\n", "line 3 has 1 cells and the header has 2"),
        ("x,y\n1,2\n3,4,5\n", "line 3 has 3 cells and the header has 2"),
        ('x,"y z",t\n1,2,3\n1,cat,3\n', 'line 3, column "y z": "cat" is not a finite number'),
        ("x,y\n1,2\n,3\n", 'line 3, column "x": the cell is empty'),
        ("x,y\n1,nan\n", 'line 2, column "y": "nan" is not a finite number'),
        ("x,y\n1e999,1\n", 'line 2, column "x": "1e999" is not a finite number'),
        ("x,y\n1,0\n2,-3\n", 'line 3, column "y": class -3; classes go from 0 to 9999'),
        ("x,y\n1,0\n2,250000\n", 'line 3, column "y": class 250000; classes go from 0 to 9999; renumber them'),
        (b"x,y\n1,2\n\xff\xfe,3\n", "is not UTF-8 text"),
        ("x,y\n1,2\n".encode("utf-16"), "is not UTF-8 text"),
        ("x,y\n" + "1" * 200_000 + ",2\n", "is not CSV (field larger than field limit"),
        ("x,\x1b[31my\n1,oops\n", "not a finite number"),
    ],
)  # fmt: skip
def test_unusable_csv(tmp_path, content, words):
    assert words in refusal(text(tmp_path, content))


def test_too_many_columns(tmp_path):
    assert "65537 features" in refusal(text(tmp_path, ",".join(["x"] * 65_538) + "\n"))


def test_too_many_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("gradsim.sim.data.csv_file.LARGEST", 8 * 5)
    assert "give fewer samples" in refusal(text(tmp_path, "x,y\n1,2\n3,4\n5,6\n"))
