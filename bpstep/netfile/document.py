"""A network file as a TOML document: its values, and the line of every key for error messages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bpstep.errors import FileError
from bpstep.files import file_error, opened
from bpstep.frozen import frozen
from bpstep.netfile import messages
from bpstep.netfile.lines import MAX_DEPTH, KeyPath, TooDeep, key_lines
from bpstep.text import fill

MAX_NETWORK_BYTES = 16 * 2**20
"""A larger network should use `units` and a CSV file: tomllib takes a second for every 3 MB."""

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

_HUGE_NUMBER = re.compile(r"[0-9_]{4000}")


@frozen
class Document:
    """A parsed file."""

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    text: str
    self_contained: bool
    """True for a text received from somebody else: it may name no other file, since there is none
    beside it.
    """

    def error(self, place: KeyPath, message: str) -> FileError:
        """The error for a key or table."""
        return file_error(self.path, self.line(place), message)

    def begins_below(self, line: int) -> bool:
        """True if a string that opens on a line of the file begins on the next one."""
        lines = self.text.splitlines()
        # If the quotes do not enclose the whole value, they belong to a string of one line.
        return line <= len(lines) and lines[line - 1].partition("=")[2].strip() in ('"""', "'''")

    def line(self, place: KeyPath) -> int:
        """The line of a key or table; if it is missing, that of the table it belongs to."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def load_document(path: Path) -> Document:
    """Read and parse a TOML file. FileError if it cannot be read or is not TOML."""
    with opened(path, MAX_NETWORK_BYTES) as file:
        return parse_document(file.read(), path)


def parse_document(text: str, path: Path, self_contained: bool = False) -> Document:
    """Parse a text as the file at `path`. FileError if it is not TOML."""
    try:
        # First, because it limits the depth: tomllib takes hours for a key with a million dots.
        numbered = key_lines(text)
        return Document(path, tomllib.loads(text), numbered, text, self_contained)
    except TooDeep as error:
        raise file_error(path, error.line, fill(messages.TOO_DEEP, limit=MAX_DEPTH)) from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, str(error)) from None
    except (ValueError, RecursionError):
        # Python's own limit for converting digits to an integer, which tomllib does not translate.
        number = _HUGE_NUMBER.search(text)
        line = text.count("\n", 0, number.start()) + 1 if number else None
        raise file_error(path, line, fill(messages.HUGE_INTEGER)) from None


def _syntax_error(path: Path, text: str, message: str) -> FileError:
    position = _POSITION.search(message)
    if position is None:
        return file_error(path, None, fill(messages.NOT_TOML, reason=message))
    line = int(position[1]) if position[1] else text.count("\n") + 1
    return file_error(path, line, fill(messages.NOT_TOML, reason=message[: position.start()]))
