"""The line of every key and table in a TOML text.

`tomllib` gives the values without their lines. This is the other half: one pass over the text that knows
strings, brackets and keys, but no values. It assumes valid TOML, so that it can be short; in any other text
it stops early and raises nothing but `TooDeep`.
"""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str | int, ...]
"""The position of a key or table: the keys from the top, with indices of arrays: ("layers", 0, "weights")."""

MAX_DEPTH = 16
"""The maximum length of a position.

A network file needs 4; without a limit a small file could cost gigabytes.
"""

# Possessive quantifiers (++ and *+) throughout: without backtracking, the time is linear in the text. A
# single quotation mark at a time: some releases of Python 3.11 mishandle possessive groups that end in (?!").
_MULTI_LINE = r'"""(?:[^"\\]++|\\.|"(?!""))*"{3,5}' + r"|'''(?:[^']++|'(?!''))*'{3,5}"

_SINGLE_LINE = r'"(?:[^"\\\n]++|\\.)*+"' + r"|'[^'\n]*+'"

_SPACE = re.compile(r"[ \t]*+")

_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")

_BETWEEN_PAIRS = re.compile(r"(?:[ \t\r\n,]++|#[^\n]*+)*+")

_BETWEEN_ITEMS = re.compile(r"""[^\[\]{}"'#]++""")

_COMMENT = re.compile(r"#[^\n]*+")

_HEADER = re.compile(r"\[\[?+")

_HEADER_END = re.compile(r"\]\]?+")

_KEY = re.compile(rf"[A-Za-z0-9_-]++|{_SINGLE_LINE}", re.DOTALL)

_DOT = re.compile(r"\.")

_EQUALS = re.compile(r"=")

_SCALAR = re.compile(rf"{_MULTI_LINE}|{_SINGLE_LINE}|[^\[\]{{}}\"'#,\n]++", re.DOTALL)

_ARRAY, _ARRAY_END = re.compile(r"\["), re.compile(r"\]")

_TABLE, _TABLE_END = re.compile(r"\{"), re.compile(r"\}")


class TooDeep(ValueError):
    """Keys or brackets nested deeper than MAX_DEPTH; `line` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"deeper than {MAX_DEPTH}")
        self.line = line


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key and table in a valid TOML text.

    A table's line is that of its header, or of the first mention of its name if it has none. Raises TooDeep.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.lines


class _Scanner:
    """A position in the text, and what was found before it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.last_index: dict[KeyPath, int] = {}
        """The index of the latest table in each array of tables."""

    def take(self, pattern: re.Pattern[str]) -> str:
        """The match at this position, moving past it; empty if there is none."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.line += self.text.count("\n", self.at, match.end())
        self.at = match.end()
        return match.group()

    def stop(self) -> None:
        """Go to the end: this is not valid TOML, and tomllib's error is better."""
        self.at = len(self.text)

    def scan(self) -> None:
        table: KeyPath = ()
        self.take(_BLANK)
        while self.at < len(self.text):
            if header := self.take(_HEADER):
                table = self.header(is_array=header == "[[")
            else:
                self.pair(table)
            self.take(_BLANK)

    def header(self, *, is_array: bool) -> KeyPath:
        """Read `[a.b]` or `[[a.b]]` after the opening brackets: the position of the table that
        begins here.
        """
        line = self.line
        *parents, name = self.key()
        place: KeyPath = ()
        for part in parents:
            place = self.note((*place, part), line)
            if place in self.last_index:
                place = (*place, self.last_index[place])
        place = (*place, name)
        if not self.take(_HEADER_END):
            self.stop()
        if is_array:
            self.note(place, line)
            self.last_index[place] = self.last_index.get(place, -1) + 1
            place = (*place, self.last_index[place])
        self.lines[place] = line
        return place

    def pair(self, table: KeyPath) -> None:
        """Read `key = value` in the table at `table`."""
        place, line = table, self.line
        for part in self.key():
            place = self.note((*place, part), line)
        self.take(_SPACE)
        if not self.take(_EQUALS):
            return self.stop()
        self.take(_SPACE)
        return self.value(place)

    def key(self) -> list[str]:
        """Read a key with its dots; [""] if there is none."""
        parts = []
        while True:
            self.take(_SPACE)
            parts.append(_unquoted(self.take(_KEY)))
            self.take(_SPACE)
            if not self.take(_DOT):
                return parts

    def note(self, place: KeyPath, line: int) -> KeyPath:
        if len(place) > MAX_DEPTH:
            raise TooDeep(line)
        self.lines.setdefault(place, line)
        return place

    def value(self, place: KeyPath) -> None:
        """Skip a value, recording the keys and tables inside it."""
        if len(place) > MAX_DEPTH:
            raise TooDeep(self.line)
        if self.take(_ARRAY):
            self.array(place)
        elif self.take(_TABLE):
            self.inline_table(place)
        elif not self.take(_SCALAR):
            self.stop()

    def array(self, place: KeyPath) -> None:
        index = 0
        while self.at < len(self.text):
            # Several numbers are skipped at once: only the commas among them matter.
            index += self.take(_BETWEEN_ITEMS).count(",")
            if self.take(_ARRAY_END):
                return
            if not self.take(_COMMENT):
                self.value((*place, index))

    def inline_table(self, place: KeyPath) -> None:
        self.note(place, self.line)
        while self.at < len(self.text):
            self.take(_BETWEEN_PAIRS)
            if self.take(_TABLE_END):
                return
            self.pair(place)


def _unquoted(key: str) -> str:
    if key[:1] not in ("'", '"'):
        return key
    if "\\" not in key or key[0] == "'":
        return key[1:-1]
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError:
        return ""
