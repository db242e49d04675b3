"""Reading and writing of .safetensors files: a header of JSON with types and offsets, then little-endian numbers."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

import numpy as np

from ..errors import quoted, refuse
from .npz import Header

LONGEST = 100_000_000  # bytes of a header, the format's own limit
PREFIX = 8  # bytes of the header's length
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1", "U64": "<u8",
    "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?",
}  # fmt: skip
BFLOAT16 = "BF16"  # the upper half of a float32
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
NO_TENSORS = "is no .safetensors file, or a damaged one"
ADVICE = "write it again with safetensors.torch.save_file"


class Tensors:
    """An open .safetensors file; whatever can't be read is refused with a UserError."""

    def __init__(self, path: Path, file: BinaryIO, table: Mapping[str, tuple[str, tuple[int, ...], int]]):
        self.path, self._file, self._table = path, file, table
        self.names = list(table)

    def header(self, name: str) -> Header:
        """Shape and type of one array; bfloat16 is read as float32."""
        dtype, shape, _ = self._table[name]
        if dtype not in DTYPES and dtype != BFLOAT16:
            refuse(self.path, f"{name} is of {quoted(dtype)}; give F64, F32, F16 or BF16")
        return Header(shape, np.dtype(DTYPES.get(dtype, "<f4")))

    def stored_as(self, name: str) -> str:
        """The type of an array in the file, in the format's words."""
        return self._table[name][0]

    def array(self, name: str) -> Any:
        """The numbers of one array."""
        dtype, shape, start = self._table[name]
        self._file.seek(start)
        code = np.dtype(DTYPES.get(dtype, "<u2"))
        content = self._file.read(math.prod(shape) * code.itemsize)
        if len(content) != math.prod(shape) * code.itemsize:
            refuse(self.path, f"{name} ends before its last number; {ADVICE}")
        numbers = np.frombuffer(content, code)
        if dtype == BFLOAT16:
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        return numbers.reshape(shape)


@contextmanager
def open_tensors(path: Path) -> Iterator[Tensors]:
    """Open a .safetensors file; one with any error in its header is refused."""
    with path.open("rb") as file:
        size = path.stat().st_size
        length = int.from_bytes(file.read(PREFIX), "little")
        if size < PREFIX or not 0 < length <= min(size - PREFIX, LONGEST):
            refuse(path, f"{NO_TENSORS} (its header's length is wrong); {ADVICE}")
        yield Tensors(path, file, _table(path, file.read(length), PREFIX + length, size))


def _table(path: Path, header: bytes, start: int, size: int) -> dict[str, tuple[str, tuple[int, ...], int]]:
    """By name the type, the shape and where in the file the numbers begin."""
    try:
        described = json.loads(header.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        refuse(path, f"{NO_TENSORS} (its header: {str(error)[:200] or 'nested too deeply'}); {ADVICE}")
    if not isinstance(described, dict):
        refuse(path, f"{NO_TENSORS} (its header is no table); {ADVICE}")
    described.pop("__metadata__", None)
    table, ends = {}, []
    for name, entry in described.items():
        dtype, shape, first, last = _entry(path, name, entry)
        wide = 2 if dtype == BFLOAT16 else np.dtype(DTYPES[dtype]).itemsize if dtype in DTYPES else None
        if wide is not None and last - first != math.prod(shape) * wide:
            refuse(path, f"{quoted(name)} has {last - first} bytes for the shape {shape} of {dtype}; {ADVICE}")
        table[name] = dtype, shape, start + first
        ends.append((first, last))
    here = 0
    for first, last in sorted(ends):
        if first != here:
            refuse(path, f"{NO_TENSORS} (arrays overlap, or there are holes between them); {ADVICE}")
        here = last
    if start + here != size:
        refuse(path, f"has {size:,} bytes, and its header tells of {start + here:,}: it was cut, or damaged; {ADVICE}")
    return table


def _entry(path: Path, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Type, shape, first and last byte of an array, as its part of the header says."""
    fields = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = fields.get("dtype"), fields.get("shape"), fields.get("data_offsets")
    if not (isinstance(dtype, str) and _are_counts(shape) and _are_counts(offsets) and len(offsets) == 2
            and offsets[0] <= offsets[1]):  # fmt: skip
        refuse(path, f"{quoted(name)} has no dtype, shape and data_offsets that can be; {ADVICE}")
    return dtype, tuple(shape), offsets[0], offsets[1]


def _are_counts(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(one) is int and 0 <= one < 2**63 for one in value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of JSON, in which no key may stand twice."""
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{quoted(twice)} stands in it twice")
    return table


def write_tensors(arrays: Mapping[str, Any], file: BinaryIO) -> None:
    """Write arrays, the widest type first, so that all are aligned, as the safetensors library does."""
    header: dict[str, Any] = {}
    end = 0
    names = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    for name in names:
        value = arrays[name]
        first, end = end, end + value.nbytes
        dtype = NAMES[value.dtype.newbyteorder("<")]
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [first, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % PREFIX)
    file.write(len(text).to_bytes(PREFIX, "little") + text)
    for name in names:
        value = arrays[name]
        file.write(np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes())
