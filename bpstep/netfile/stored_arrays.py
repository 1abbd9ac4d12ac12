"""Arrays stored by other libraries: .safetensors and .npz files, read as data; nothing in them is executed.

A .safetensors file is the length of a header in 8 bytes, the header in JSON, then the numbers of one tensor
after the other: https://huggingface.co/docs/safetensors. An .npz file is a zip archive of .npy files.
"""

from __future__ import annotations

import io
import json
import math
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.files import MAX_NUMBERS, file_error, read_bytes
from bpstep.model.network import Array
from bpstep.netfile import messages
from bpstep.text import closest, fill, quoted

_MAX_BYTES = 8 * MAX_NUMBERS + 2**24

_MAX_HEADER = 2**24

_MAX_NAMES = 20

_MAX_AXES = 32
"""The maximum number of axes: NumPy makes no arrays with more."""

_BROKEN_ARCHIVE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(EOFError, OSError, ValueError),
)
"""Errors from reading an archive that is truncated, encrypted or of another kind."""

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""The supported types in .safetensors files; BF16 is the first half of an F32."""


def read_stored(path: Path, name: str) -> Array:
    """The array `name` in a file, as float64; the only one if the name is empty.

    FileError if the file is invalid, has no such array or no numbers in it.
    """
    reader = {".safetensors": _safetensors, ".npz": _npz}.get(path.suffix.lower())
    if reader is None:
        raise file_error(path, None, fill(messages.STORED_KIND))
    array = reader(path, read_bytes(path, _MAX_BYTES), name)
    found: Array = array.astype(np.float64, order="C", copy=False)
    if not np.isfinite(found).all():
        raise file_error(path, None, fill(messages.STORED_NOT_FINITE, name=quoted(name)))
    return found


def _chosen(path: Path, name: str, names: list[str]) -> str:
    """The name of the array to read: the only one if none is given. FileError if it is not in the file."""
    if not name and len(names) == 1:
        return names[0]
    if name not in names:
        shown = ", ".join(map(quoted, names[:_MAX_NAMES]))
        if len(names) > _MAX_NAMES:
            shown = fill(messages.AND_MORE, names=shown, count=len(names) - _MAX_NAMES)
        close = closest(name, names)
        template = messages.STORED_DID_YOU_MEAN if close else messages.STORED_NAME
        template = template if name else messages.STORED_SEVERAL
        raise file_error(path, None, fill(template, name=quoted(name), suggestion=quoted(close), names=shown))
    return name


def _checked_size(path: Path, name: str, shape: Any, itemsize: int, size: int) -> tuple[int, ...]:
    """The shape, if it matches the number of values in the file."""
    whole = isinstance(shape, list | tuple) and len(shape) <= _MAX_AXES
    if (
        not whole
        or not all(type(each) is int and 0 <= each <= MAX_NUMBERS for each in shape)
        # The other axes of an empty array must not be too large either: NumPy refuses such arrays.
        or math.prod(max(each, 1) for each in shape) > MAX_NUMBERS
        or math.prod(shape) * itemsize != size
    ):
        raise file_error(path, None, fill(messages.STORED_BROKEN, name=quoted(name)))
    return tuple(shape)


def _safetensors(path: Path, content: bytes, name: str) -> Any:
    length = int.from_bytes(content[:8], "little")
    if length > min(_MAX_HEADER, len(content) - 8):
        raise file_error(path, None, fill(messages.NOT_STORED, kind=".safetensors"))
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise file_error(path, None, fill(messages.NOT_STORED, kind=".safetensors"))
    header.pop("__metadata__", None)
    name = _chosen(path, name, [*header])
    entry = header[name] if isinstance(header[name], dict) else {}
    offsets, kind = entry.get("data_offsets"), entry.get("dtype")
    if not isinstance(kind, str) or kind not in _DTYPES:
        slots = {"name": quoted(name), "kind": quoted(str(kind)), "kinds": ", ".join(_DTYPES)}
        raise file_error(path, None, fill(messages.STORED_DTYPE, **slots))
    plain = isinstance(offsets, list) and len(offsets) == 2 and all(type(at) is int for at in offsets)
    start, end = offsets if plain and isinstance(offsets, list) else (-1, -1)
    if not 0 <= start <= end <= len(content) - 8 - length:
        raise file_error(path, None, fill(messages.STORED_BROKEN, name=quoted(name)))
    dtype = np.dtype(_DTYPES[kind])
    shape = _checked_size(path, name, entry.get("shape"), dtype.itemsize, end - start)
    numbers = np.frombuffer(content, dtype, math.prod(shape), 8 + length + start)
    if kind == "BF16":
        numbers = (numbers.astype("<u4") << 16).view("<f4")
    return numbers.reshape(shape)


def _npz(path: Path, content: bytes, name: str) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {
                member.filename.removesuffix(".npy"): member
                for member in archive.infolist()
                if member.filename.endswith(".npy")
            }
            name = _chosen(path, name, [*members])
            if members[name].file_size > _MAX_BYTES:
                raise file_error(path, None, fill(messages.STORED_BROKEN, name=quoted(name)))
            with archive.open(members[name]) as file:
                return _npy(path, name, file.read(members[name].file_size))
    except _BROKEN_ARCHIVE:
        raise file_error(path, None, fill(messages.NOT_STORED, kind=".npz")) from None


def _npy(path: Path, name: str, content: bytes) -> Any:
    """The array in a .npy file's bytes; NumPy reads the header and executes nothing in it."""
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # for a header written by Python 2
            shape, fortran, dtype = read_header(stream)
    except Exception:
        # A damaged header makes NumPy raise many kinds of errors, from its parser as well as its own.
        raise file_error(path, None, fill(messages.STORED_BROKEN, name=quoted(name))) from None
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        slots = {"name": quoted(name), "kind": quoted(str(dtype)), "kinds": "float64, float32"}
        raise file_error(path, None, fill(messages.STORED_DTYPE, **slots))
    rest = memoryview(content)[stream.tell() :]
    shape = _checked_size(path, name, shape, dtype.itemsize, len(rest))
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
