"""Every function, class and constant of a module is used by bpstep itself, not by its tests alone; all limits
are named alike.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import bpstep

FILES = sorted(Path(bpstep.__file__).parent.rglob("*.py"))

BEGINNING = r"^(?:async def |def |class )?(\w+)"
"""The name that a line defines, if it does."""

LIMIT = "_?(MOST|LONGEST|LARGEST|DEEPEST|HIGHEST|WIDEST|LEAST|FEWEST|SMALLEST|SHORTEST)(_|\\b)"

FOR_OTHERS = {"use_translation"}
"""What a program that shows bpstep in another language calls."""


def defined(statement):
    """The names that a statement of a module defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
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
