"""The sizes that keep the whole readable: files of a few screens, functions of a few lines."""

import ast
import statistics
from pathlib import Path

import bpstep

ROOT = Path(bpstep.__file__).parent
LONGEST_FILE, LONGEST_FUNCTION = 250, 40


def functions():
    """(name, lines) of every function and method, from its `def` to its end, the docstring left out."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}: {node.name}", _lines(node)


def _lines(node):
    first = node.body[0]
    told = ast.get_docstring(node, clean=False) is not None
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if told else 0)


LENGTHS = dict(functions())


def test_no_file_is_longer_than_a_few_screens():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert len(lengths) > 50
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    assert {name: lines for name, lines in LENGTHS.items() if lines > LONGEST_FUNCTION} == {}


def test_functions_have_six_lines_at_the_median_and_nine_in_ten_fewer_than_twenty():
    assert statistics.median(LENGTHS.values()) <= 6
    assert sum(lines < 20 for lines in LENGTHS.values()) >= 0.9 * len(LENGTHS)


def test_the_lines_of_a_function_are_counted_without_its_docstring():
    text = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
    assert _lines(ast.parse(text).body[0]) == 3
    assert _lines(ast.parse("@cache\ndef f():\n    return 1\n").body[0]) == 2
