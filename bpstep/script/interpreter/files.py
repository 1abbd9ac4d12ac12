"""The files that a script reads: in its folder or below, or below folders that the user named.

Nothing is written.
"""

from __future__ import annotations

import csv
import glob
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import FileError
from bpstep.files import read_bytes
from bpstep.script import messages
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.limits import check_cells, check_items
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill, one_line

MAX_FILE_BYTES = 128 * 2**20


def _next_line(file: TextFile | TextBuffer) -> str:
    # Python's own line iterator does not reveal its position, so a state could not be saved on the way.
    line = file.readline()
    if not line:
        raise StopIteration
    return line


class TextFile(io.TextIOWrapper):
    """A text file opened for reading: its bytes, decoded a few at a time."""

    def __init__(
        self, data: bytes, encoding: str = "utf-8", errors: str = "strict", newline: str | None = None
    ) -> None:
        super().__init__(io.BytesIO(data), encoding, errors, newline)

    __next__ = _next_line  # type: ignore[assignment]


class BytesFile(io.BytesIO):
    """A file opened for reading bytes."""


class TextBuffer(io.StringIO):
    """Text in memory, `io.StringIO`, no longer than a text may be."""

    def write(self, text: str) -> int:
        """Add text at the position."""
        check_items(self.tell() + len(text))
        return super().write(text)

    __next__ = _next_line  # type: ignore[assignment]


class WrittenFile:
    """A file opened for writing: nothing is written."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: Any) -> int:
        """Ignore the text."""
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Ignore the lines."""

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def __enter__(self) -> WrittenFile:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


class Archive(dict[str, Any]):
    """The arrays of an .npz file by their names, all read when it is loaded."""

    @property
    def files(self) -> list[str]:
        """The names of the arrays, as in NumPy's `NpzFile`."""
        return list(self)

    def close(self) -> None:
        """Nothing to do: the file was closed when it had been read."""

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


class Files:
    """Opens files below `folder` and the folders in `read`.

    `count` is called for everything that is skipped. `check` is called for each line that a library reads by
    itself: it raises if that takes too long. `is_closed` if nothing may be opened: the script came without
    its folder.
    """

    def __init__(
        self,
        folder: Path,
        read: tuple[Path, ...],
        count: Callable[[str], None],
        check: Callable[[], None],
        is_closed: bool = False,
    ) -> None:
        self.is_closed = is_closed
        self.folder = folder.resolve()
        self.allowed = (self.folder, *(path.resolve() for path in read))
        self.count = count
        self.check = check

    def path(self, name: Any) -> Path:
        """The file that the script means, relative to the script. ScriptRefused if it is outside."""
        if isinstance(name, Path):
            name = str(name)
        if not isinstance(name, str):
            raise TypeError("expected a file's name")
        if "\0" in name:
            raise ValueError("embedded null byte")
        if self.is_closed:
            raise ScriptRefused(fill(messages.NO_FOLDER, file=one_line(name)))
        path = (self.folder / name).resolve()
        if not self.may_read(path):
            folder = one_line(str(path.parent))
            raise ScriptRefused(fill(messages.OUTSIDE_FOLDER, file=one_line(name), folder=folder))
        return path

    def may_read(self, path: Path) -> bool:
        """Whether a path is in the script's folder or in another one that it may read."""
        whole = path.resolve()
        return any(whole == allowed or allowed in whole.parents for allowed in self.allowed)

    def exists(self, name: Any) -> bool:
        """`os.path.exists` for files that may be read, False for others."""
        try:
            return os.path.exists(self.path(name))
        except ScriptRefused:
            return False

    def listdir(self, name: Any = ".") -> list[str]:
        """`os.listdir`."""
        return os.listdir(self.path(name))

    def glob(self, pattern: Any, *, recursive: bool = False, include_hidden: bool = False) -> list[str]:
        """`glob.glob` for files that may be read."""
        written = str(pattern)
        fixed = re.split(r"[*?\[]", written, maxsplit=1)[0]
        self.path(os.path.dirname(fixed) or ".")
        found = []
        for name in glob.iglob(
            written, root_dir=self.folder, recursive=recursive, include_hidden=include_hidden
        ):
            self.check()
            if self.may_read(self.folder / name):
                found.append(name)
        return found

    def content(self, name: Any) -> bytes:
        """A file's bytes. FileNotFoundError if it is missing, as in Python."""
        path = self.path(name)
        if not path.exists():
            raise FileNotFoundError(2, "No such file or directory", str(name))
        try:
            return read_bytes(path, MAX_FILE_BYTES)
        except FileError as error:
            raise ScriptRefused(
                fill(messages.FILE_ERROR, file=one_line(str(name)), reason=error.message)
            ) from None

    def open(self, name: Any, mode: str = "r", *args: Any, encoding: str | None = None, **kwargs: Any) -> Any:
        """`open`."""
        if any(letter in mode for letter in "wax+"):
            self.count("open for writing")
            return WrittenFile(str(name))
        data = self.content(name)
        if "b" in mode:
            return BytesFile(data)
        return TextFile(data, encoding or "utf-8", kwargs.get("errors") or "strict", kwargs.get("newline"))

    def source(self, given: Any) -> Any:
        """The argument for NumPy's readers: the lines of a list, an open file or a named one."""
        if isinstance(given, TextFile | BytesFile | TextBuffer | list):
            return self.lines(given)
        data = self.content(given)
        if str(given).endswith(".gz"):
            import gzip

            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_FILE_BYTES)
        return self.lines(TextFile(data, errors="replace"))

    def lines(self, given: Iterable[Any]) -> Iterator[Any]:
        """Lines for a library to read; OutOfBounds if one is very long or all take too much time."""
        for line in given:
            check_items(len(line) if isinstance(line, str | bytes) else 0)
            self.check()
            yield line

    def loadtxt(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        """`np.loadtxt`."""
        return np.loadtxt(self.source(name), *args, **kwargs)

    def genfromtxt(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        """`np.genfromtxt`."""
        return np.genfromtxt(self.source(name), *args, **kwargs)

    def load(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        """`np.load`, never with pickles."""
        data = name if isinstance(name, BytesFile) else io.BytesIO(self.content(name))
        _check_size(data)
        try:
            loaded = np.load(data, allow_pickle=False)
        except ValueError as error:
            if "pickle" in str(error):
                raise ScriptRefused(fill(messages.PICKLED_OBJECTS, file=one_line(str(name)))) from None
            raise
        if isinstance(loaded, np.ndarray):
            return loaded
        arrays = Archive()
        for key in loaded.files:
            arrays[key] = loaded[key]
            check_cells(sum(array.size for array in arrays.values()))
        return arrays

    def fromfile(self, name: Any, dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0) -> Any:
        """`np.fromfile`."""
        kind = np.dtype(dtype)
        if kind.hasobject:
            raise ScriptRefused(fill(messages.FROMFILE_OBJECTS))
        if isinstance(name, BytesFile):
            wanted = -1 if count < 0 else count * kind.itemsize
            return np.frombuffer(name.read(wanted), kind).copy()
        data = self.content(name)[offset:]
        if sep:
            return np.fromstring(data.decode(), kind, count, sep=sep)
        return np.frombuffer(data, kind, count).copy()

    def json_load(self, file: Any, **kwargs: Any) -> Any:
        """`json.load`."""
        return self.json_loads(file.read())

    def json_loads(self, text: Any, **kwargs: Any) -> Any:
        """`json.loads`."""
        return json.loads(text)

    def json_dumps(self, value: Any, *, indent: Any = None, sort_keys: bool = False, **kwargs: Any) -> str:
        """`json.dumps`."""
        return json.dumps(check_nested(value), indent=indent, sort_keys=sort_keys)

    def csv_reader(self, lines: Any, dialect: Any = "excel", **kwargs: Any) -> Any:
        """`csv.reader`."""
        return csv.reader(lines, dialect, **kwargs)

    def csv_dict_reader(self, lines: Any, *args: Any, **kwargs: Any) -> Any:
        """`csv.DictReader`, its rows as a list iterator."""
        return iter(list(csv.DictReader(self.lines(lines), *args, **kwargs)))


def _check_size(data: io.BytesIO) -> None:
    """Raise OutOfBounds before unpacking an archive that is larger than one array may be."""
    start = data.tell()
    if data.read(4) == b"PK\3\4":
        data.seek(start)
        with zipfile.ZipFile(data) as archive:
            check_cells(sum(member.file_size for member in archive.infolist()) // 8)
    data.seek(start)
