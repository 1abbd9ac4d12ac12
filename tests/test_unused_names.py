"""Every function, class and constant of a module is used by bpstep itself, not by its tests alone, and no two
have one name; all limits are named alike.
"""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

import bpstep

ROOT = Path(bpstep.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

BEGINNING = r"^(?:async def |def |class )?(\w+)"
"""The name that a line defines, if it does."""

LIMIT = "_?(MOST|LONGEST|LARGEST|DEEPEST|HIGHEST|WIDEST|LEAST|FEWEST|SMALLEST|SHORTEST)(_|\\b)"

FOR_OTHERS = {"use_translation"}
"""What a program that shows bpstep in another language calls."""

SHARED = {
    "a function or operator of the language: what it computes, its shape, its cells, its derivative": (
        r"[a-z_]+",
        r"lang/(functions|shape_rules|cell_recipes)\.py|program/derivation/\w+\.py",
    ),
    "the sentence of a step: of layers, of a forward program, of a script": (
        r"loss|update",
        r"explain/prose/\w+\.py",
    ),
    "what a command runs": (r"run", r"cli/\w+\.py"),
    "the actions of a module": (r"COMMANDS", r"ui/(\w+/)?\w+\.py"),
}
"""Names that several modules define because they mean the same in each: the names, and the modules."""


def defined(statement):
    """The names that a statement of a module defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            nodes = [node for target in targets for node in ast.walk(target)]
            return [
                node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def unused(sources):
    """The names of a program's modules that appear only in their own definition."""
    counts = {file: Counter(re.findall(r"\w+", source)) for file, source in sources.items()}
    everywhere = sum(counts.values(), Counter())

    def is_unused(name, file):
        return (counts[file] if name.startswith("_") else everywhere)[name] == 1 and name[:2] != "__"

    return [
        name
        for file, source in sources.items()
        # Parsing takes long: most modules have no such name at the beginning of a line.
        if any(is_unused(name, file) for name in re.findall(BEGINNING, source, re.MULTILINE))
        for statement in ast.parse(source).body
        for name in defined(statement)
        if is_unused(name, file)
    ]


def test_every_name_of_a_module_is_used():
    assert set(unused({file: file.read_text(encoding="utf-8") for file in FILES})) == FOR_OTHERS


def limits_named_otherwise(source):
    """The numbers of a module that are named as limits, but not MAX_… or MIN_…"""
    return [
        name
        for statement in (ast.parse(source).body if re.search(f"^{LIMIT}", source, re.MULTILINE) else ())
        for name in defined(statement)
        if re.match(LIMIT, name)
        and not (isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str))
    ]


def test_limits_are_named_max_and_min():
    assert [name for file in FILES for name in limits_named_otherwise(file.read_text(encoding="utf-8"))] == []
    assert limits_named_otherwise("_MOST_CELLS: int = 2\nMAX_X = 1\nLEAST = (2, 3)\nMOST_IN = 'in'") == [
        "_MOST_CELLS",
        "LEAST",
    ]


def test_an_unused_name_is_found():
    one = "USED = 1\n_UNUSED: int = 2\n\ndef _called(): ...\n\n_called()\n"
    two = "import one\n_UNUSED = one.USED\n\nclass Unused: ...\n"
    assert unused({"one": one, "two": two}) == ["_UNUSED", "_UNUSED", "Unused"]


def owner(name, file):
    """The module that a name belongs to, or what several modules share it for."""
    shared = (
        why
        for why, (names, files) in SHARED.items()
        if re.fullmatch(names, name) and re.fullmatch(files, file)
    )
    return next(shared, file)


def defined_twice(sources):
    """The public names that two modules define, unless they share them.

    Sentences are left out: a sentence is read as messages.NAME.
    """
    beginning = re.compile(r"^(?:def |class |async def )?([a-zA-Z]\w*(?:, \w+)*)(?=\(|:| =)", re.MULTILINE)
    files = defaultdict(set)
    for file, source in sources.items():
        if file.endswith("/messages.py"):
            continue
        for names in beginning.findall(source):
            for name in names.split(", "):
                files[name].add(file)
    # Parsing takes long: only where the lines begin alike.
    doubtful = [found for name, found in files.items() if len({owner(name, file) for file in found}) > 1]
    owners = defaultdict(set)
    for file in set().union(*doubtful):
        for statement in ast.parse(sources[file]).body:
            for name in defined(statement):
                owners[name].add(owner(name, file))
    return sorted(name for name, found in owners.items() if len(found) > 1 and name[0] != "_")


def test_no_public_name_is_defined_twice():
    sources = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in FILES}
    assert defined_twice(sources) == []


def test_a_name_that_is_defined_twice_is_found():
    sources = {
        "lang/shape_rules.py": "def pad(): ...\nLIMIT, WIDTH = 1, 2",
        "program/derivation/rearrangements.py": "def pad(): ...\nclass _Inner: ...",
        "ui/title.py": "class _Inner: ...\nHEIGHT: int = 1\nWIDTH = 2",
        "ui/footer.py": "HEIGHT = 2",
        "ui/messages.py": "TITLE = 'A title.'",
        "ui/view.py": "TITLE = ''",
        "cli/show.py": "def run(): ...\nclass Pad: ...",
        "ui/show.py": "def run(): ...\ndef pad(): ...",
    }
    assert defined_twice(sources) == ["HEIGHT", "WIDTH", "pad", "run"]
