"""Session files: a line that names the network and contains it, then one line for each event and move.

They are data. What is read is checked as strictly as typed input, nothing in it is executed, and a file whose
end was cut off by a crash or a full disk is read as far as its lines are complete.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bpstep.errors import BpstepError, FileError
from bpstep.files import file_error, first_line, read_bytes
from bpstep.learn import puzzle
from bpstep.model.network import LoopChoice, Network, ScriptText
from bpstep.netfile.digest import digest, is_large
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.netfile.writer import network_text
from bpstep.program.position import MAX_N
from bpstep.session import messages as session_messages
from bpstep.session.events import EVENTS, Event
from bpstep.session.origin import network_of_script
from bpstep.storage import json_lines, messages
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill, is_plain, quoted

SESSION_SUFFIX = ".bpstep"

FORMAT, VERSION = "bpstep-session", 1

MAX_SESSION_BYTES = 256 * 2**20

_MAX_NAME_LENGTH = 100

_MAX_STEM_LENGTH = 60


@dataclass(frozen=True)
class Header:
    """The first line: the origin of a session."""

    format: str
    version: int
    network: str
    """The network's name."""
    origin: str
    """The network file that it was opened from; empty for a built-in and in a copy."""
    puzzle: bool = False
    """True for a puzzle of bpstep."""
    digest: str = ""
    """Replaces the text of a large network, which is read from its own file."""


@dataclass(frozen=True)
class ScriptHeader(Header):
    """The first line of a session on a script, with the script's text in place of the network's."""

    script: str = ""
    """The name of the script's file."""
    loop: int = 0
    """The requested line of the script's loop; 0 for none."""
    read: str = ""
    """What the script may read besides its folder, one path per line."""
    loss: str = ""
    """The requested loss; empty for none."""
    loop_file: str = ""
    """The imported file of that loop; empty for the script's own."""


@dataclass(frozen=True)
class SavedSession:
    """The content of a session file."""

    path: Path
    header: Header
    text: str
    """The text of the network, as in a network file."""
    records: tuple[tuple[int, Event | CursorPosition], ...]
    """Events and moves, each with the number of its line."""
    size: int
    """The length of its complete lines in bytes."""
    is_truncated: bool = False
    """True if the last line is incomplete."""
    imported: tuple[tuple[str, str], ...] = ()
    """For a script: the files of its folder that it imports, by their paths there, with their texts."""
    damage: FileError | None = field(default=None, compare=False)
    """What is wrong with a line after these records; nothing after it is read."""

    @property
    def name(self) -> str:
        """The session's name."""
        return self.path.name.removesuffix(SESSION_SUFFIX)

    @property
    def events(self) -> list[Event]:
        """What was done, without moves."""
        return [record for _, record in self.records if not isinstance(record, CursorPosition)]

    @property
    def position(self) -> CursorPosition:
        """The last position of the cursor."""
        moves = (record for _, record in reversed(self.records) if isinstance(record, CursorPosition))
        return next(moves, CursorPosition(0))

    def network(self, is_own: bool = False) -> Network:
        """The network. FileError if its text is invalid.

        A script reads the files that it read before only if the session `is_own`: made on this machine.
        """
        if isinstance(self.header, ScriptHeader):
            return self._open_script(self.header, is_own)
        if self.header.digest:
            return self._read_source_network()
        try:
            loaded = read_network_text(self.text, self.path)
        except FileError as error:
            template = messages.BAD_NETWORK_LINE if error.line else messages.BAD_NETWORK
            message = fill(template, line=error.line, problem=error.message)
            raise file_error(self.path, 1, message) from None
        name = self.header.network
        is_puzzle = self.header.puzzle and any(listed.name == name for listed in puzzle.puzzle_texts())
        return replace(
            loaded, name=name, path=None, puzzle=is_puzzle, warnings=() if is_puzzle else loaded.warnings
        )

    def _open_script(self, header: ScriptHeader, is_own: bool) -> Network:
        folder = Path(header.origin).parent if header.origin and is_own else None
        read = tuple(map(Path, header.read.split("\n"))) if header.read and folder else ()
        text = ScriptText(
            Path(header.script).name,
            (),
            self.text,
            folder,
            LoopChoice(header.loop or None, header.loop_file),
            read,
            header.loss,
            self.imported,
        )
        return network_of_script(text)

    def _read_source_network(self) -> Network:
        loaded = replace(read_network(Path(self.header.origin)), path=None)
        if digest(loaded) != self.header.digest:
            message = fill(messages.NETWORK_CHANGED, file=self.header.origin)
            raise file_error(self.path, 1, message)
        return loaded


def header_line(network: Network, origin: str = "") -> str:
    """The first line of a network's session."""
    header = Header(FORMAT, VERSION, network.name, origin, network.puzzle)
    if network.script is not None:
        text = network.script
        read = "\n".join(map(str, text.read)) if origin else ""
        told = ScriptHeader(
            **vars(header),
            script=text.file,
            loop=text.loop.line or 0,
            read=read,
            loss=text.loss,
            loop_file=text.loop.file,
        )
        return json_lines.format_record("", told, file=text.raw, imported=dict(text.imported))
    if origin and is_large(network):
        return json_lines.format_record("", replace(header, digest=digest(network)), file="")
    return json_lines.format_record("", header, file=network_text(network))


def record_line(record: object) -> str:
    """The line of an event or another record: its kind and its fields; that of a move has no kind."""
    if isinstance(record, CursorPosition):
        return f'{{"n":{record.n},"k":{record.k}}}' if record.k else f'{{"n":{record.n}}}'
    return json_lines.format_record(type(record).__name__, record)


def is_session(path: Path) -> bool:
    """True for a file whose first line is a session's, whatever follows."""
    try:
        header_of(path)
    except (BpstepError, OSError):
        return False
    return True


def header_of(path: Path) -> Header:
    """The first line alone. FileError if it is not a session's."""
    return read_header(path, first_line(path, MAX_SESSION_BYTES))[0]


def read_session(path: Path) -> SavedSession:
    """The content of a session file, as far as its lines are complete and valid.

    FileError if it can't be read or its first line is not a session's.
    """
    whole, newline, rest = read_bytes(path, MAX_SESSION_BYTES).rpartition(b"\n")
    lines = whole.split(b"\n") if newline else []
    if not lines:
        raise file_error(path, None, fill(messages.NO_FIRST_LINE))
    first, text, imported = read_header(path, lines[0])
    records_read: list[tuple[int, Event | CursorPosition]] = []
    size, damage = len(lines[0]) + 1, None
    try:
        for number, record in _read_records(path, lines):
            records_read.append((number, record))
            size += len(lines[number - 1]) + 1
    except FileError as error:
        damage = error
    return SavedSession(path, first, text, tuple(records_read), size, bool(rest), imported, damage)


def read_header(path: Path, line: bytes) -> tuple[Header, str, tuple[tuple[str, str], ...]]:
    """The header in the first line, the text of the network or script, and the files that the script imports.

    FileError if it is not a session's.
    """
    source = _LineSource(path, 1)
    values = source.values(line, json_lines.parse_long_json_line)
    text, files = values.pop("file", None), values.pop("imported", {})
    if values.get("format") != FORMAT or not isinstance(text, str):
        raise source.error(fill(messages.NOT_A_SESSION))
    if values.get("version") != VERSION:
        raise source.error(fill(messages.LATER_VERSION, version=VERSION))
    try:
        header = json_lines.build_record(ScriptHeader if "script" in values else Header, values)
    except BpstepError as error:
        raise source.error(str(error)) from None
    if not header.network or len(header.network) > _MAX_NAME_LENGTH:
        raise source.error(fill(messages.BAD_NETWORK_NAME, name=quoted(header.network)))
    if not isinstance(files, dict) or not all(_is_module(*each) for each in files.items()):
        raise source.error(fill(messages.BAD_IMPORTED))
    return header, text, tuple(sorted(files.items()))


def _is_module(file: str, text: object) -> bool:
    """Whether a text can be the path of a Python file below the script's folder."""
    parts = PurePosixPath(file)
    is_below = not parts.is_absolute() and ".." not in parts.parts and "\\" not in file
    return is_below and parts.suffix == ".py" and is_plain(file) and isinstance(text, str)


def _read_records(path: Path, lines: list[bytes]) -> Iterator[tuple[int, Event | CursorPosition]]:
    for number, line in enumerate(lines[1:], 2):
        source = _LineSource(path, number)
        values = source.values(line, json_lines.parse_json_line)
        try:
            yield number, read_record(values)
        except BpstepError as error:
            raise source.error(str(error)) from None


def read_record(values: dict[str, Any]) -> Event | CursorPosition:
    """The event or the move in a line. BpstepError if it is neither."""
    if "n" in values and "event" not in values:
        position = json_lines.build_record(CursorPosition, {"k": 0, **values})
        if not (0 <= position.n <= MAX_N and 0 <= position.k <= MAX_N):
            raise BpstepError(fill(session_messages.NOT_AN_N, n=position.n, limit=MAX_N))
        return position
    return json_lines.build_one_of(EVENTS, values)


class _LineSource:
    """A line's place, for error messages."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.number = number

    def error(self, message: str) -> FileError:
        return file_error(self.path, self.number, message)

    def values(self, line: bytes, parse: Any) -> dict[str, Any]:
        try:
            found: dict[str, Any] = parse(line.decode())
        except UnicodeDecodeError:
            raise self.error(fill(messages.NOT_UTF8)) from None
        except BpstepError as error:
            raise self.error(str(error)) from None
        return found


def make_file_stem(name: str) -> str:
    """A name that is a valid file name on every system: letters, digits, `.`, `-` and `_`."""
    stem = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")
    return stem[:_MAX_STEM_LENGTH] or "session"


def path_of(folder: Path, name: str) -> Path:
    """The file of a session. BpstepError if this can't be its name."""
    if name != make_file_stem(name) or not is_plain(name):
        if len(name) > _MAX_STEM_LENGTH:
            slots = {"name": quoted(name), "limit": _MAX_STEM_LENGTH, "length": len(name)}
            raise BpstepError(fill(messages.LONG_SESSION_NAME, **slots))
        raise BpstepError(fill(messages.BAD_SESSION_NAME, name=quoted(name)))
    return folder / f"{name}{SESSION_SUFFIX}"


def last_number(folder: Path, stem: str) -> int:
    """The highest number of a session that bpstep has named after this stem; 0 if none is listed."""
    pattern = re.compile(rf"{re.escape(stem)}-(\d{{1,9}}){re.escape(SESSION_SUFFIX)}", re.ASCII)
    try:
        found = map(pattern.fullmatch, _names(folder))
    except FileError:  # a folder that can be written, but not listed
        return 0
    return max((int(match[1]) for match in found if match), default=0)


def session_files(folder: Path) -> list[Path]:
    """The session files in a folder, the one saved last first.

    An empty one is not a session: a bpstep has created it and is about to write its first line, or was killed
    before.
    """
    dated = []
    for path in (folder / name for name in _names(folder) if name.endswith(SESSION_SUFFIX)):
        try:
            found = os.lstat(path)
        except OSError:  # removed meanwhile
            continue
        if found.st_size:
            dated.append((found.st_mtime_ns, path))
    return [path for _, path in sorted(dated, key=lambda each: (each[0], each[1].name), reverse=True)]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise file_error(folder, None, fill(messages.SESSIONS_NOT_LISTED, reason=error.strerror)) from None
