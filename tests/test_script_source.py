"""A script's text: its encoding, errors for text that is not Python 3, and a notebook's cells."""

import ast
import codecs
import json
from pathlib import Path

import pytest

from bpstep.script import source as source_module
from bpstep.script.equations.items import StatementContext, statement_text
from bpstep.script.refusal import ScriptError
from bpstep.script.source import decode_as, notebook_source, parse_source, source_from, without_magics

PATH = Path("net.py")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"x = 1", "x = 1", "utf-8"),
        ("ä = 1".encode(), "ä = 1", "utf-8"),
        (codecs.BOM_UTF8 + b"x = 1", "x = 1", "utf-8-sig"),
        (b"# coding: latin-1\nx = '\xe4'", "# coding: latin-1\nx = 'ä'", "latin-1"),
        ("# coding: utf-8\nx = 'ä'".encode(), "# coding: utf-8\nx = 'ä'", "utf-8"),
        (b"#" * 194 + b"coding\xe4", "#" * 194 + "codingä", "latin-1"),
    ],
)
def test_a_text_has_the_encoding_of_its_file(data, text, encoding):
    assert decode_as(PATH, data) == (text, encoding)


@pytest.mark.parametrize("data", [b"x = '\xe4'", b"x = 1\0", b"#" * 195 + b"coding\xe4", b"# coding\n\xe4\0"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(ScriptError, match="UTF-8"):
        decode_as(PATH, data)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\nprint x", 2),
        ("print 'a' % x", 1),
        ("exec 'x = 1'", 1),
        ("try:\n    pass\nexcept ValueError, e:\n    pass", 3),
        ("x = 0777", 1),
        ("raise ValueError, 'no'", 1),
    ],
)
def test_python_2_is_told_from_a_mistake(text, line):
    with pytest.raises(ScriptError, match="Python 2") as caught:
        parse_source(PATH, text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\ny = (", 2, "was never closed"),
        ("for", 1, "invalid syntax"),
        ("x = 1\n%matplotlib inline", 2, "magic"),
        ("!pip install numpy", 1, "magic"),
        ("x = " + "-" * 600 + "1", 1, "nested"),
        ("x = " + "(" * 300, None, ""),
        ("class A:\n    y = [(z := x) for x in range(3)]", 2, "cannot be used in a class body"),
        ("def f(a, a):\n    pass", 1, "duplicate argument"),
        ("nonlocal x", 1, "module level"),
    ],
)
def test_what_is_no_python_is_refused_at_its_line(text, line, message):
    with pytest.raises(ScriptError) as caught:
        parse_source(PATH, text)
    assert message.lower() in str(caught.value).lower()
    assert line in (caught.value.line, None)


def test_a_tree_is_five_hundred_levels_deep_at_most():
    # The module, the assignment, the operators and signs, the number.
    parse_source(PATH, "x = " + "-" * 497 + "1")
    with pytest.raises(ScriptError, match="nested"):
        parse_source(PATH, "x = " + "-" * 498 + "1")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("%matplotlib inline", False),
        ("    %time f()", False),
        ("%%time", False),
        ("!pip install numpy", False),
        ("!./run", False),
        ("np.dot?", False),
        ("?np.dot", False),
        ("f??", False),
        ("x = a % b", True),
        ("% 3", True),
        ("!= 3", True),
        ("f(x)?", True),
        ("f???", True),
    ],
)
def test_a_magic_of_a_notebook_is_passed_over(line, kept):
    blank = line[: len(line) - len(line.lstrip())]
    assert without_magics(f"a = 1\n{line}\nb = 2") == f"a = 1\n{line if kept else blank + 'pass'}\nb = 2"


def test_a_cell_in_another_language_is_empty_and_one_that_is_timed_is_not():
    assert without_magics("\n%%bash\nls\nrm x") == "\n\n\n"
    assert without_magics("%%time\r\nx = 1") == "pass\nx = 1"
    assert without_magics("%%capture out\nx = 1") == "pass\nx = 1"
    assert without_magics("") == ""


def test_lines_count_through_the_code_cells_and_are_told_in_their_cell():
    made = notebook_source(Path("book.ipynb"), ["a = 1\nb = 2", "", "%run x\nc = 3"])
    assert made.text == "a = 1\nb = 2\n\npass\nc = 3"
    assert [made.cell_of(line) for line in (1, 2, 3, 4, 5)] == [1, 1, 2, 3, 3]
    assert [made.place(line)[1] for line in (1, 2, 3, 4, 5, None)] == [1, 2, 1, 1, 2, None]
    assert "cell 3" in made.place(4)[0]
    assert [node.lineno for node in made.tree.body] == [1, 2, 4, 5]
    again = source_from(Path("book.ipynb"), made.raw)
    assert (again.text, again.cells) == (made.text, made.cells)
    script = parse_source(PATH, "x = 1")
    assert (script.cell_of(1), script.place(1), script.raw) == (0, ("net.py", 1), "x = 1")


def test_a_notebook_of_an_older_format_has_worksheets():
    cells = [
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"]},
        {"cell_type": "markdown", "source": "text"},
    ]
    made = source_from(Path("book.ipynb"), json.dumps({"worksheets": [{"cells": cells}]}), is_closed=True)
    assert (made.text, made.is_closed) == ("x = 1\ny = 2", True)


WRITTEN = """\
a = 1; b = f(2)  # both
c = g(
    a,

    b,  # two
)
for i in range(3):
    d = i
for j in x: e = j
if (a
        and b): f = 1
"\u00e9\u00e9"; h = "\u00e9"; k = 2
"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (0, "a = 1"),
        (1, "b = f(2)"),
        (2, "c = g( a, b,  # two )"),
        (3, "for i in range(3):"),
        (4, "for j in x: e = j"),
        (5, "if (a"),
        (7, 'h = "\u00e9"'),
        (8, "k = 2"),
    ],
)
def test_a_statement_is_shown_as_it_is_written_on_one_line(kind, text):
    statement = ast.parse(WRITTEN).body[kind]
    place = StatementContext(parse_source(Path("net.py"), WRITTEN), statement, "", lambda name: (name,))
    assert statement_text(place) == text


def test_a_file_of_too_many_parts_is_refused_before_it_is_compiled(monkeypatch):
    monkeypatch.setattr(source_module, "MAX_PARTS", 50)
    parse_source(Path("data.py"), f"x = [{'1, ' * 40}]")
    with pytest.raises(ScriptError, match="this file has more than 50 names, numbers and operations"):
        parse_source(Path("data.py"), f"x = [{'1, ' * 60}]")


@pytest.mark.parametrize(
    ("text", "is_parsed"),
    [
        (f"x = [{'1.5e-3, ' * 60}]", False),
        (f"x = {'1 ' * 60!r}  # {'1 ' * 60}", True),
        ('"\\' * 60, True),
    ],
    ids=["numbers", "text and comment", "quotes that are not closed"],
)
def test_a_file_of_far_too_many_words_is_refused_before_it_is_parsed(monkeypatch, text, is_parsed):
    def parsed(_):
        raise SyntaxError("parsed")

    monkeypatch.setattr(source_module, "MAX_WORDS", 50)
    monkeypatch.setattr(source_module.ast, "parse", parsed)
    with pytest.raises(ScriptError, match="parsed" if is_parsed else "this file has more than"):
        parse_source(Path("data.py"), text)
