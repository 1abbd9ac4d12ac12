"""What is wrong with a line of a forward pass that is not an equation, and what to write instead."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword

from bpstep.lang.replacements import FOR_CHARACTERS
from bpstep.netfile import messages
from bpstep.text import fill, quoted

_OPENING = {")": "(", "]": "[", "}": "{"}

_CLOSING = {opening: closing for closing, opening in _OPENING.items()}

_OPERATORS = ("and", "or", "not", "if", "else", "for")
"""Keywords that stand between operands: an error beside one is not about a name."""

_DIGIT_FIRST = re.compile(r"(?<![\w.])(\d+)(?![eE]-?\d)([A-Za-z_]\w*)")
"""A number and letters behind it, as in 1g or 2x; not 1e9."""

_STATEMENTS: dict[type[ast.stmt], str] = {
    ast.For: "for",
    ast.While: "while",
    ast.If: "if",
    ast.With: "with",
    ast.FunctionDef: "def",
    ast.ClassDef: "class",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.Return: "return",
}


def syntax_problem(text: str, error: SyntaxError) -> str:
    """The sentence about a text that Python cannot parse; columns are counted from 1.

    Only the place and the kind of Python's error are used: its words differ between versions.
    """
    lines = text.splitlines()
    at = error.lineno or 1
    line = lines[at - 1] if at <= len(lines) else ""
    column = error.offset or 1
    sign = line[column - 1 : column]
    if isinstance(error, IndentationError):
        return fill(messages.INDENTED_EQUATION)
    if "never closed" in error.msg and sign in _CLOSING:
        return fill(messages.UNCLOSED_BRACKET, column=column, opening=sign, closing=_CLOSING[sign])
    if error.msg.startswith("unmatched") and sign in _OPENING:
        return fill(messages.UNOPENED_BRACKET, column=column, closing=sign, opening=_OPENING[sign])
    if "does not match" in error.msg and sign in _OPENING:
        return fill(messages.WRONG_BRACKET, column=column, closing=sign, opening=_OPENING[sign])
    if sign in FOR_CHARACTERS:
        slots = {"character": quoted(sign), "replacement": FOR_CHARACTERS[sign]}
        return fill(messages.FOREIGN_CHARACTER, column=column, **slots)
    found = _DIGIT_FIRST.search(line)
    if found is not None:
        number, rest = found.groups()
        if re.fullmatch(r"\s*", line[: found.start()]) and line[found.end() :].lstrip().startswith("="):
            return fill(messages.DIGIT_FIRST, text=found[0], remedy=f"{rest}{number}".lstrip("_"))
        return fill(messages.NUMBER_BESIDE_NAME, text=found[0], number=number, name=rest)
    name = _keyword_as_name(line, column)
    if name:
        return fill(messages.KEYWORD_AS_NAME, name=name)
    if re.fullmatch(r"\s*[A-Za-z_]\w*\s*=\s*", line):
        return fill(messages.NO_RIGHT_SIDE)
    rest = line[column - 1 :].strip()
    if rest and line[: column - 1].strip():
        return fill(messages.NOT_AN_EQUATION_AT, column=column, text=quoted(rest))
    return fill(messages.NOT_AN_EQUATION)


def _keyword_as_name(line: str, column: int) -> str:
    """A keyword of Python at a place of the line, or before it, where a tensor would stand; empty if there
    is none.
    """
    before = re.search(r"\w*\W*$", line[: column - 1])
    assert before is not None
    words = re.findall(r"[A-Za-z]\w*", line[before.start() :])
    return next((word for word in words[:2] if iskeyword(word) and word not in _OPERATORS), "")


def statement_problem(statement: ast.stmt) -> str:
    """The sentence about a statement of Python that is not an equation."""
    match statement:
        case ast.Expr(value=ast.Compare(left=ast.Name(name), ops=[ast.Eq()])):
            return fill(messages.DOUBLE_EQUALS, name=name)
        case ast.Expr(value=ast.Call(func=ast.Name("print"))):
            return fill(messages.NO_STATEMENTS, statement="print")
        case ast.Expr():
            return fill(messages.NO_NAME)
        case ast.AugAssign(target=ast.Name(name)):
            return fill(messages.AUGMENTED, name=name)
        case ast.Assign():
            return fill(messages.ONE_NAME)
    if type(statement) in _STATEMENTS:
        return fill(messages.NO_STATEMENTS, statement=_STATEMENTS[type(statement)])
    return fill(messages.NOT_AN_EQUATION)
