"""README.md and the manual, and what in them can be run or compared.

`python -m tests.documents` writes the manual's table of keys from the table of actions, and what a script may
use from the interpreter's tables.
"""

from __future__ import annotations

import doctest
import re
import sys
import textwrap
from pathlib import Path

import numpy as np

import bpstep
from bpstep.actions import ACTIONS, key_name
from bpstep.explain.mistakes import MistakeKind
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.methods import ARRAY, ARRAY_READABLE, NEW_RANDOM
from bpstep.script.interpreter.modules.allowed_modules import MODULES, PASSED_OVER
from bpstep.script.interpreter.values import Forbidden
from bpstep.script.source import parse_source

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


def framework(examples: str) -> str:
    """The framework whose models the examples have; empty for none."""
    found = re.search(r"^>>> (?:import|from) .*\b(torch|sklearn)\b", examples, re.MULTILINE)
    return found[1] if found else ""


def wrong_answers(examples: str) -> str:
    """The errors for examples at a Python prompt whose printed answer is wrong."""
    example = doctest.DocTestParser().get_doctest(examples, {}, "examples", None, 0)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    return "".join(said)


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
    """The targets of links and pictures that are not on the web."""
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


def readable_names() -> dict[str, list[str]]:
    """What a script may use, by the place in the manual's page of scripts where it is listed."""
    interpreter = Interpreter(parse_source(Path("any.py"), ""))
    numpy, random, linalg = map(interpreter.modules.load, ("numpy", "numpy.random", "numpy.linalg"))
    own = interpreter.builtins.items()
    functions = [name for name, item in own if not isinstance(item, Forbidden | type) and name.islower()]
    types = [name for name, item in own if isinstance(item, type) and name.islower()]
    found = {
        "mistakes": [kind for kind in MistakeKind if kind is not MistakeKind.UNKNOWN],
        "modules": [name for name in MODULES if name != "__future__"],
        "passed": list(PASSED_OVER),
        "numpy": list(numpy.attributes),
        "random": [*random.attributes, *NEW_RANDOM],
        "linalg": list(linalg.attributes),
        "methods": [*ARRAY, *ARRAY_READABLE],
        "builtins": [*functions, *types],
    }
    return {place: sorted(set(names), key=_in_order) for place, names in found.items()}


def _in_order(name: str) -> tuple[str, str]:
    return name.lower(), name


def listed_names(place: str) -> list[str]:
    """The names that the page of scripts lists at a place."""
    (found,) = re.findall(
        rf"<!-- {place} -->\n\n```text\n(.*?)```\n\n<!-- end of {place} -->", text(page("scripts")), re.DOTALL
    )
    return " ".join(found.split()).split(", ")


def with_readable_names(scripts: str) -> str:
    """The page of scripts with its lists as they should be."""
    for place, names in readable_names().items():
        kept = textwrap.fill(", ".join(names), 78, break_long_words=False, break_on_hyphens=False)
        block = f"<!-- {place} -->\n\n```text\n{kept}\n```\n\n<!-- end of {place} -->"
        pattern = rf"<!-- {place} -->\n.*?<!-- end of {place} -->"
        scripts, found = re.subn(pattern, lambda _, block=block: block, scripts, flags=re.DOTALL)
        assert found == 1, f"the page has no place for {place}"
    return scripts


def numpy_has(place: str, name: str) -> bool:
    """Whether the NumPy at hand has a name of a list; names of other lists are always there."""
    holders = {
        "numpy": [np],
        "linalg": [np.linalg],
        "random": [np.random, np.random.RandomState, np.random.Generator],
        "methods": [np.ndarray],
    }
    return place not in holders or any(hasattr(holder, name) for holder in holders[place])


def examples(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


if __name__ == "__main__":
    page("keys").write_text(with_key_table(text(page("keys"))), encoding="utf-8", newline="\n")
    page("scripts").write_text(with_readable_names(text(page("scripts"))), encoding="utf-8", newline="\n")
    sys.exit(0)
