"""README.md and the manual, and what in them can be run or compared.

`python -m tests.documents` writes the manual's table of keys from the table of actions.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import bpstep
from bpstep.actions import ACTIONS, key_name

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MANUAL = Path(bpstep.__file__).parent / "manual"
PAGES = sorted(MANUAL.glob("*.md"))
DOCUMENTS = [README, *PAGES]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_KEYS = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- end of keys -->)", re.DOTALL)


def page(name: str) -> Path:
    """A page of the manual."""
    return MANUAL / f"{name}.md"


def text(path: Path) -> str:
    """A document."""
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return _FENCED.sub("", text(path))


def fenced(path: Path) -> list[tuple[str, str]]:
    """The fenced blocks, each with its language, in order."""
    return _FENCED.findall(text(path))


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks in a language, in order."""
    return [block for name, block in fenced(path) if name == language]


def tables(path: Path) -> list[list[list[str]]]:
    """The tables, each a list of rows, a row a list of cells; the row of column names comes first."""
    found = re.findall(r"(?:^\|.*\|\n)+", prose(path), re.MULTILINE)
    return [[_cells(line) for line in table.splitlines() if set(line) - set("|- ")] for table in found]


def table(path: Path, first: str) -> list[list[str]]:
    """The rows of the table whose first column is called `first`."""
    (rows,) = (rows for header, *rows in tables(path) if header[0] == first)
    return rows


def codes(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def links(path: Path) -> list[str]:
    """Where the links and pictures go that are not on the web."""
    return re.findall(r"\]\((?!https?:)([^)]+)\)", prose(path))


def key_table() -> str:
    """The table of keys, from the table of actions."""
    lines = ["| keys | what they do | name |", "|---|---|---|"]
    group = ""
    for action in ACTIONS:
        if action.group != group:
            group = action.group
            lines.append(f"| **{group}** | | |")
        keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
        lines.append(f"| {keys} | {action.help} | `{action.id}` |")
    return "\n".join((*lines, ""))


def with_key_table(keys: str) -> str:
    """The page of keys with its table as it should be."""
    changed, found = _KEYS.subn(lambda _: key_table(), keys)
    assert found == 1, "the page has no place for the table of keys"
    return changed


def examples(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


if __name__ == "__main__":
    page("keys").write_text(with_key_table(text(page("keys"))), encoding="utf-8", newline="\n")
    sys.exit(0)
