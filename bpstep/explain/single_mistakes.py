"""The table of single mistakes: what each makes of the right form of a part of an equation.

The table is read in both directions. For predictions and for the equations of a network the right form is
known, and `wrong_forms` gives what a person may have written in its place. For the lines of a script the
wrong form is known, and `right_forms` gives what may have been meant.

A form is an equation in letters: x stands for a tensor, n for a number, v for anything else than a number, e
for an expression of several parts, r for the name of a reduction, f for that of another function, k for
keywords, and any other letter for any expression. An operand that a form transposes may be anything but a
number: with a.T, the letter stands for its transpose, so that a row for a transpose that is missing is one
for a transpose too many as well.

Where the known form is a letter alone or lacks a letter of the other one, anything would match, or the other
form is not determined: such a row is read in one direction only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.lang.trees import number_literal, transposed_or_back

Form = tuple[NamedMistake, ast.expr]
"""A mistake, and the other form of a part."""

DescribePart = Callable[[ast.expr], str]
"""Names a part of an equation."""


@dataclass(frozen=True)
class Row:
    """A mistake with a right form and the wrong one, and what its sentence names, in the same letters."""

    mistake: Mistake
    right: str
    wrong: str
    slots: Mapping[str, str]
    is_only_back: bool = False
    """True if the row is not read from the right form to the wrong one: another row leads to the same, or it
    depends on the shapes.
    """


def _row(mistake: Mistake, right: str, wrong: str, /, **slots: str) -> Row:
    return Row(mistake, right, wrong, slots)


def _back(mistake: Mistake, right: str, wrong: str, /, **slots: str) -> Row:
    return Row(mistake, right, wrong, slots, is_only_back=True)


ROWS = (
    # Sums
    _row(Mistake.TERM_MISSING, "a + b", "a", part="b"),
    _row(Mistake.TERM_MISSING, "a + b", "b", part="a"),
    _row(Mistake.SUBTRACTED, "a + b", "a - b", part="b"),
    _row(Mistake.TERM_TWICE, "v + b", "v + v", part="v", missing="b"),
    _row(Mistake.TERM_TWICE, "a + v", "v + v", part="v", missing="a"),
    _row(Mistake.TIMES_ONE_MINUS, "x * a + b", "x * a + (1 - x) * b", part="b", factor="x"),
    _row(Mistake.UNDER_THE_ROOT, "sqrt(a) + b", "sqrt(a + b)", part="b"),
    # Differences
    _row(Mistake.ADDED, "a - b", "a + b", part="b"),
    _back(Mistake.ADDED, "b - a", "a + b", part="a"),
    _row(Mistake.TERM_MISSING, "a - b", "a", part="b"),
    _row(Mistake.ONE_MINUS, "1 - a", "a", part="a"),
    _row(Mistake.ONE_MINUS, "1 - x", "x", part="x"),
    _row(Mistake.ALONE, "a - b", "b", part="b"),
    _row(Mistake.TERM_MISSING, "a - b", "-b", part="a"),
    _row(Mistake.ONE_IN_PLACE, "a - b", "1 - b", part="a"),
    _row(Mistake.DIFFERENCE_TURNED, "a - b", "b - a"),
    _row(Mistake.TERM_TOO_MANY, "a", "a + b", part="b"),
    _row(Mistake.TERM_TOO_MANY, "b", "a + b", part="a"),
    _row(Mistake.TERM_TOO_MANY, "a", "a - b", part="b"),
    _row(Mistake.TERM_TOO_MANY, "b", "a - b", part="a"),
    # Products
    _row(Mistake.FACTOR_MISSING, "a * b", "a", part="b"),
    _row(Mistake.FACTOR_MISSING, "a * b", "b", part="a"),
    # A mask that is left out leaves the other factor in the shape of the product.
    _row(Mistake.FACTOR_MISSING, "a * b", "a * ones_like(b)", part="b"),
    _row(Mistake.FACTOR_MISSING, "a * b", "b * ones_like(a)", part="a"),
    # The derivative of a softmax.
    _row(Mistake.ONLY_DIAGONAL, "a * (b - sum(b * a, **k))", "a * (b - b * a)"),
    _row(Mistake.FACTOR_MISSING, "a * b * c", "a", part="b * c"),
    _row(Mistake.FACTOR_TWICE, "a * b * c", "a * (b * c) * (b * c)", part="b * c"),
    _row(Mistake.FACTOR_MISSING, "a * b * c * d", "a", part="b * c * d"),
    _row(Mistake.FACTOR_TWICE, "a * b", "a * b * b", part="b"),
    _row(Mistake.FACTOR_TWICE, "a * b", "a * b * a", part="a"),
    _row(Mistake.ADDED_NOT_MULTIPLIED, "a * b", "a + b", left="a", right="b"),
    _row(Mistake.DIVIDED, "a * b", "a / b", part="b"),
    # Quotients
    # The divisor first: what stands beside the fraction is not left out everywhere.
    _row(Mistake.MISSING_FROM_DIVISOR, "a / (b + c)", "a / b", part="c"),
    _row(Mistake.NOT_DIVIDED, "a / b", "a", part="b"),
    _row(Mistake.DIVIDED_TWICE, "a / x", "a / x / x", part="x"),
    _row(Mistake.DIVIDED_TOO_MUCH, "a", "a / b", part="b"),
    _row(Mistake.FRACTION_TURNED, "a / b", "b / a"),
    # Powers
    _row(Mistake.SQUARE_FORGOTTEN, "a**2", "a"),
    _row(Mistake.POWER_FORGOTTEN, "a**b", "a", part="b"),
    _row(Mistake.POWER_TOO_MANY, "a", "a**b", part="a**b"),
    _row(Mistake.POWER_MULTIPLIED, "a**n", "a * n", part="n"),
    _back(Mistake.POWER_MULTIPLIED, "a**n", "n * a", part="n"),
    _row(Mistake.POWER_MULTIPLIED, "a**x", "a * x", part="x"),
    # Matrix products
    _row(Mistake.TRANSPOSED, "a @ b", "(a @ b).T"),
    _row(Mistake.NOT_TRANSPOSED, "a @ b.T", "a @ b", part="b"),
    _row(Mistake.NOT_TRANSPOSED, "a.T @ b", "a @ b", part="a"),
    _row(Mistake.PRODUCT_TURNED, "a @ b", "b @ a"),
    _back(Mistake.PRODUCT_TURNED, "a.T @ b.T", "b @ a"),
    _row(Mistake.BOTH_TRANSPOSES_MISSING, "a.T @ b.T", "a @ b", left="a", right="b"),
    _row(Mistake.PRODUCT_TURNED, "a @ b.T", "b @ a"),
    _row(Mistake.PRODUCT_TURNED, "a.T @ b", "b @ a"),
    _row(Mistake.MATRIX_NOT_ELEMENTWISE, "a * b", "a @ b"),
    _row(Mistake.OUTER_MISSING, "outer(a, b)", "a @ b"),
    _row(Mistake.ELEMENTWISE, "a @ b", "a * b"),
    _row(Mistake.ELEMENTWISE, "a @ b.T", "a * b"),
    _row(Mistake.ELEMENTWISE, "a.T @ b", "a * b"),
    _row(Mistake.ELEMENTWISE, "a.T @ b.T", "a * b"),
    _back(Mistake.ELEMENTWISE, "b @ a", "a * b"),
    _back(Mistake.ELEMENTWISE, "b @ a.T", "a * b"),
    _back(Mistake.ELEMENTWISE, "b.T @ a", "a * b"),
    _back(Mistake.ELEMENTWISE, "b.T @ a.T", "a * b"),
    _row(Mistake.ELEMENTWISE, "a @ b", "sum(a * b)"),
    _row(Mistake.FACTOR_MISSING, "a @ b", "a", part="b"),
    _row(Mistake.FACTOR_MISSING, "a @ b", "b", part="a"),
    _back(Mistake.NOT_TRANSPOSED, "a.T * b", "a * b", part="a"),
    _back(Mistake.NOT_TRANSPOSED, "a * b.T", "a * b", part="b"),
    _row(Mistake.FACTOR_TOO_MANY, "a", "a * b", part="b"),
    _row(Mistake.FACTOR_TOO_MANY, "b", "a * b", part="a"),
    _row(Mistake.MULTIPLIED, "a / b", "a * b", part="b"),
    # A parameter and its step, as in W *= step.
    _row(Mistake.MULTIPLIED_NOT_SUBTRACTED, "x - e", "x * e", left="x", right="e"),
    _row(Mistake.DIVIDED_NOT_SUBTRACTED, "x - e", "x / e", left="x", right="e"),
    _row(Mistake.PRODUCT_TURNED, "outer(a, b)", "outer(b, a)"),
    # Functions
    _row(Mistake.FUNCTION_FORGOTTEN, "f(a, **k)", "a", function="f"),
    _row(Mistake.FUNCTION_TOO_MANY, "a", "f(a)", function="f"),
    # Signs
    _row(Mistake.MINUS_FORGOTTEN, "-a", "a"),
    _row(Mistake.SIGN, "a", "-a"),
    _row(Mistake.SIGN, "exp(-a)", "exp(a)"),
    _row(Mistake.SIGN, "sigmoid(-a)", "sigmoid(a)"),
    # Conditions
    _row(Mistake.OTHER_BRANCH, "where(a, b, c)", "where(a, c, b)"),
    _row(Mistake.CONDITION_LEFT_OUT, "where(a, b, c)", "b", part="b"),
    _row(Mistake.CONDITION_LEFT_OUT, "where(a, b, c)", "c", part="c"),
    _row(Mistake.MINUS_FORGOTTEN, "where(a, -b, c)", "where(a, b, c)"),
    _row(Mistake.CONDITION_TURNED, "a <= b", "a > b", part="a > b"),
    _row(Mistake.CONDITION_TURNED, "a < b", "a >= b", part="a >= b"),
    _row(Mistake.CONDITION_TURNED, "a >= b", "a < b", part="a < b"),
    _row(Mistake.CONDITION_TURNED, "a > b", "a <= b", part="a <= b"),
    # Axes and reductions
    _row(Mistake.NOT_TRANSPOSED, "a.T", "a", part="a"),
    _row(Mistake.NOT_TRANSPOSED, "swapaxes(a, -1, -2)", "a", part="a"),
    _row(Mistake.NOT_TRANSPOSED, "swapaxes(a, -2, -1)", "a", part="a"),
    _row(Mistake.AXES_NOT_SWAPPED, "swapaxes(a, b, c)", "a", part="a", first="b", second="c"),
    _row(Mistake.OTHER_REDUCTION, "sum(a, **k)", "mean(a, **k)", given="mean", expected="sum"),
    _row(Mistake.OTHER_REDUCTION, "mean(a, **k)", "sum(a, **k)", given="sum", expected="mean"),
    _row(Mistake.AXIS_MISSING, "r(a, axis=n, **k)", "r(a)", function="r", axis="n"),
    _row(Mistake.AXIS_TOO_MANY, "r(a)", "r(a, axis=b, **k)", function="r"),
    _row(Mistake.ONLY_FIRST_SAMPLE, "r(a, axis=0, **k)", "a[0]"),
    _row(Mistake.ONLY_LAST_SAMPLE, "r(a, axis=0, **k)", "a[-1]"),
    _row(Mistake.SUM_LEFT_OUT, "r(a, **k)", "a", function="r"),
    _row(Mistake.SUM_TOO_MANY, "a", "r(a, **k)", function="r"),
)


def wrong_forms(right: ast.expr, describe: DescribePart) -> Iterator[Form]:
    """What people write in place of a right part of an equation, the likeliest first."""
    return _forms(right, describe, to_wrong=True)


def right_forms(wrong: ast.expr, describe: DescribePart) -> Iterator[Form]:
    """What may have been meant by a wrong part of an equation, the likeliest first."""
    return _forms(wrong, describe, to_wrong=False)


_Letters = dict[str, Any]
"""What each letter of a form stands for: an expression, or for k a list of keywords."""


@dataclass(frozen=True)
class _Reading:
    """A row in one direction."""

    mistake: Mistake
    given: ast.expr
    other: ast.expr
    slots: Mapping[str, ast.expr]


def _forms(part: ast.expr, describe: DescribePart, to_wrong: bool) -> Iterator[Form]:
    kept: list[ast.expr] = []
    for row in _readings(to_wrong).get(_root(part), ()):
        letters: _Letters = {}
        if not _matches(row.given, part, letters):
            continue
        other = _built(row.other, letters)
        # Of rows that leave the same part, the first names what is special about it.
        if other is None or any(other is one for one in kept):
            continue
        if _is_same(other, part):
            continue
        if isinstance(row.other, ast.Name):
            kept.append(other)
        yield _named(row, letters, describe), other


def _named(row: _Reading, letters: _Letters, describe: DescribePart) -> NamedMistake:
    """The mistake with the parts that its sentence names; of a transpose, missing or one too many."""
    parts = {slot: _built(form, letters) for slot, form in row.slots.items()}
    if row.mistake not in (Mistake.NOT_TRANSPOSED, Mistake.BOTH_TRANSPOSES_MISSING):
        return row.mistake.named(**{slot: describe(part) for slot, part in parts.items() if part})
    texts = {slot: describe(_bare(part)) for slot, part in parts.items() if part}
    match [_bare(part) is not part for part in parts.values()]:
        case [True]:
            return Mistake.TRANSPOSE_TOO_MANY.named(**texts)
        case [True, True]:
            return Mistake.BOTH_TRANSPOSES_TOO_MANY.named(**texts)
        case [True, False]:
            return Mistake.TRANSPOSES_EXCHANGED.named(part=texts["right"], given=texts["left"])
        case [False, True]:
            return Mistake.TRANSPOSES_EXCHANGED.named(part=texts["left"], given=texts["right"])
    return row.mistake.named(**texts)


def _bare(node: Any) -> Any:
    return node.value if isinstance(node, ast.Attribute) else node


@cache
def _readings(to_wrong: bool) -> Mapping[object, list[_Reading]]:
    """The rows that are read in a direction, by the operator of the form that is known."""
    found: dict[object, list[_Reading]] = {}
    for row in ROWS:
        if to_wrong and row.is_only_back:
            continue
        given, other = (row.right, row.wrong) if to_wrong else (row.wrong, row.right)
        known, unknown = _form(given), _form(other)
        is_any = isinstance(known, ast.Name) and known.id != "x"
        if not is_any and _letters_of(unknown) <= _letters_of(known):
            slots = {slot: _form(text) for slot, text in row.slots.items()}
            found.setdefault(_root(known), []).append(_Reading(row.mistake, known, unknown, slots))
    return found


def _form(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _letters_of(form: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(form) if isinstance(node, ast.Name) and len(node.id) == 1}


def _root(node: ast.expr) -> object:
    """The kind of the outermost operation."""
    match node:
        case ast.BinOp() | ast.UnaryOp():
            return type(node.op)
        case ast.Compare():
            return type(node.ops[0])
    return type(node)


_REDUCTIONS = ("sum", "mean", "max")

_OF_SEVERAL = (
    *("where", "einsum", "swapaxes", "transpose", "outer", "one_hot"),
    *("concatenate", "stack", "ones_like", "zeros_like"),
)
"""Functions that cannot simply be left out."""


def _matches(form: Any, node: Any, letters: _Letters) -> bool:
    """Whether a part has a form; `letters` get what each letter stands for."""
    match form:
        case ast.Name(id=letter) if len(letter) == 1:
            return _is_for(letter, node) and _is_same(letters.setdefault(letter, node), node)
        case ast.Attribute(value=ast.Name() as letter) if _can_turn(node):
            return _matches(letter, transposed_or_back(node), letters)
        case ast.Call():
            return (
                isinstance(node, ast.Call)
                and _matches(form.func, node.func, letters)
                and _all_match(form.args, node.args, letters)
                and _keywords_match(form.keywords, node.keywords, letters)
            )
        case ast.AST():
            return type(form) is type(node) and all(
                _matches(getattr(form, name), getattr(node, name), letters) for name in form._fields
            )
        case list():
            return _all_match(form, node, letters)
    return bool(form == node)


def _all_match(forms: list[Any], nodes: list[Any], letters: _Letters) -> bool:
    return len(forms) == len(nodes) and all(_matches(form, node, letters) for form, node in zip(forms, nodes))


def _keywords_match(forms: list[ast.keyword], nodes: list[ast.keyword], letters: _Letters) -> bool:
    """Keywords in any order; **k stands for those that the form does not name."""
    rest = {node.arg: node for node in nodes}
    for form in forms:
        if form.arg is None:
            letters["k"] = [*rest.values()]
            return True
        node = rest.pop(form.arg, None)
        if node is None or not _matches(form.value, node.value, letters):
            return False
    return not rest


def _is_for(letter: str, node: Any) -> bool:
    """Whether a letter can stand for a part."""
    name = node.id if isinstance(node, ast.Name) else ""
    match letter:
        case "x":
            return bool(name)
        case "e":
            return not isinstance(node, ast.Name | ast.Constant)
        case "v":
            return isinstance(node, ast.expr) and number_literal(node) is None
        case "n":
            return isinstance(node, ast.expr) and number_literal(node) is not None
        case "r":
            return name in _REDUCTIONS
        case "f":
            return bool(name) and name not in _REDUCTIONS and name not in _OF_SEVERAL
    return not isinstance(node, ast.List | ast.Tuple)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two parts are written alike; mostly their roots tell, sooner than their texts."""
    if one is other or type(one) is not type(other):
        return one is other
    if isinstance(one, ast.AST):
        names = one._fields
        return all(_is_same(getattr(one, name, None), getattr(other, name, None)) for name in names)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _can_turn(node: Any) -> bool:
    """Whether a part may be a matrix: neither a number nor a method."""
    is_method = isinstance(node, ast.Attribute) and node.attr != "T"
    return isinstance(node, ast.expr) and number_literal(node) is None and not is_method


def _built(form: Any, letters: _Letters) -> Any:
    """A form with its letters replaced; None if nobody would write it."""
    match form:
        case ast.Name(id=letter) if letter in letters:
            return letters[letter]
        case ast.Attribute(value=ast.Name(id=letter)):
            return transposed_or_back(letters[letter]) if _can_turn(letters[letter]) else None
        case ast.UnaryOp(operand=ast.Name(id=letter)) if isinstance(letters.get(letter), ast.UnaryOp):
            return None
        case ast.Call(keywords=[*_, ast.keyword(arg=None)]):
            return ast.Call(_built(form.func, letters), _built(form.args, letters), letters["k"])
        case ast.Constant():
            return ast.Constant(form.value)
        case ast.AST():
            fields = [_built(getattr(form, name), letters) for name in form._fields]
            is_built = all(made is not None for made in fields)
            return type(form)(*fields) if is_built or not isinstance(form, ast.expr) else None
        case list():
            items = [_built(item, letters) for item in form]
            return None if None in items else items
    return form
