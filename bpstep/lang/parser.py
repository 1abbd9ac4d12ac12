"""Which expressions are equations: a whitelist over Python's syntax tree.

Opening somebody else's network must be as safe as reading it, so everything is checked over the tree before
anything runs, and what is not listed here is refused by name.
"""

from __future__ import annotations

import ast
import difflib
import math
import warnings
from collections.abc import Collection, Iterator

from bpstep.errors import ExpressionError, UnknownName
from bpstep.lang.functions import NAMES, signature

MAX_LENGTH = 2_000

MAX_DEPTH = 50

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


def parse(
    text: str,
    names: Collection[str],
    max_length: int | None = MAX_LENGTH,
    not_yet_computed: Collection[str] = (),
) -> ast.expr:
    """The checked tree of `text`, whose tensors may be `names`. ExpressionError names what is not allowed.

    `later` are tensors that there are, but not yet. A text that a person wrote has at most `longest`
    characters; None takes any length.
    """
    text = text.strip()
    if max_length is not None and len(text) > max_length:
        raise ExpressionError(f"{len(text):,} characters long; an equation has at most {max_length:,}")
    # Python reads ｅｘｐ as exp, and passes over comments: what is shown would not be what runs.
    forbidden = next((sign for sign in text if not (" " <= sign <= "~") or sign in "#\\"), None)
    if forbidden is not None:
        _refuse(f"the character {forbidden!r}")
    tree = _syntax(text)
    if depth(tree) > MAX_DEPTH:
        raise ExpressionError(f"nested more than {MAX_DEPTH} deep")
    try:
        _check(tree, names)
    except UnknownName as error:
        if error.name not in not_yet_computed:
            raise
        raise ExpressionError(f"reads {error.name}, which is not computed before it") from None
    return tree


def _syntax(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"not an expression: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        raise ExpressionError(f"not an expression: {error}") from None


def depth(tree: ast.expr) -> int:
    """How many levels of operations and arguments the tree has; a name alone has 1."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest


def children(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions directly inside a node, in the order in which they are written."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        else:
            yield from children(child)


def reads(tree: ast.expr) -> tuple[str, ...]:
    """The tensors an expression reads, in order of first appearance in its text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in NAMES]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in found))


def int_literal(node: ast.expr) -> int | None:
    """The whole number that a node spells, sign included; None where it is something else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = int_literal(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value given for a keyword argument, None where it is not given."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def is_reshape(node: ast.AST) -> bool:
    """True for a call of the method `.reshape`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def reshape_sizes(call: ast.Call) -> list[ast.expr]:
    """The sizes that `.reshape(2, 3)` or `.reshape([2, 3])` asks for."""
    if len(call.args) == 1 and isinstance(call.args[0], ast.List | ast.Tuple):
        return call.args[0].elts
    return call.args


def index_parts(node: ast.Subscript) -> list[ast.expr]:
    """What stands between the brackets, an entry for each axis."""
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _refuse(what: str) -> None:
    raise ExpressionError(f"{what} is not allowed in an equation")


def _check(node: ast.expr, names: Collection[str]) -> None:
    match node:
        case ast.Name():
            _check_name(node.id, names)
        case ast.Constant():
            _check_number(node.value)
        case ast.BinOp():
            if not isinstance(node.op, _OPERATORS):
                _refuse(f"the operator {type(node.op).__name__}")
            _check_all([node.left, node.right], names)
        case ast.UnaryOp():
            if not isinstance(node.op, ast.USub):
                _refuse(f"the operator {type(node.op).__name__}")
            _check(node.operand, names)
        case ast.Compare():
            if len(node.ops) > 1 or not isinstance(node.ops[0], _COMPARISONS):
                _refuse("a comparison other than one of < <= > >= == !=")
            _check_all([node.left, *node.comparators], names)
        case ast.Attribute():
            if node.attr != "T":
                _refuse(f".{node.attr}")
            _check(node.value, names)
        case ast.Subscript():
            _check(node.value, names)
            for part in index_parts(node):
                _check_index(part)
        case ast.Call():
            _check_call(node, names)
        case _:
            _refuse(f"{type(node).__name__} ({_clip(ast.unparse(node))})")


def _check_all(nodes: list[ast.expr], names: Collection[str]) -> None:
    for node in nodes:
        _check(node, names)


def _check_name(name: str, names: Collection[str]) -> None:
    if name in NAMES:
        raise ExpressionError(f"{name} is a function and needs its argument: {name}(…)")
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
        raise UnknownName(name, f"no tensor is called {_clip(name)}{hint}")


def _check_number(value: object) -> None:
    if type(value) not in (int, float):
        _refuse(f"the value {_clip(repr(value))}")
    try:
        finite = math.isfinite(float(value))  # type: ignore[arg-type]
    except OverflowError:
        finite = False
    if not finite:
        raise ExpressionError("a number in it is too large")


def _check_index(part: ast.expr) -> None:
    if isinstance(part, ast.Slice):
        ends = [end for end in (part.lower, part.upper, part.step) if end is not None]
        if all(int_literal(end) is not None for end in ends):
            return
    elif int_literal(part) is not None:
        return
    raise ExpressionError(
        f"[{_clip(ast.unparse(part))}]: an index is a whole number or a slice of whole numbers"
    )


def _check_call(node: ast.Call, names: Collection[str]) -> None:
    if isinstance(node.func, ast.Attribute):
        _check_reshape(node, names)
        return
    if not isinstance(node.func, ast.Name) or node.func.id not in NAMES:
        _refuse(f"a call of {_clip(ast.unparse(node.func))}")
        return
    name = node.func.id
    arity, allowed = signature(name)
    _check_keywords(node, name, allowed)
    if len(node.args) != arity:
        raise ExpressionError(f"{name} takes {arity} argument{'s' * (arity > 1)}, not {len(node.args)}")
    if name == "concatenate":
        if not isinstance(node.args[0], ast.List) or not node.args[0].elts:
            raise ExpressionError("concatenate takes a list: concatenate([a, b])")
        _check_all(node.args[0].elts, names)
    elif name == "repeat":
        _check(node.args[0], names)
        if (int_literal(node.args[1]) or 0) < 1:
            raise ExpressionError("repeat takes a whole number of times, 1 or more: repeat(a, 3)")
    else:
        _check_all(node.args, names)


def _check_reshape(node: ast.Call, names: Collection[str]) -> None:
    assert isinstance(node.func, ast.Attribute)
    if node.func.attr != "reshape":
        _refuse(f"a call of .{node.func.attr}")
    _check_keywords(node, ".reshape", ())
    if not node.args or any(int_literal(size) is None for size in reshape_sizes(node)):
        raise ExpressionError(".reshape takes whole numbers: .reshape(3, 1)")
    _check(node.func.value, names)


def _check_keywords(node: ast.Call, name: str, allowed: tuple[str, ...]) -> None:
    given = [item.arg for item in node.keywords]
    for item in node.keywords:
        if item.arg not in allowed or given.count(item.arg) > 1:
            _refuse(f"the argument {item.arg or '**'} of {name}")
        if item.arg == "axis" and int_literal(item.value) is None:
            raise ExpressionError(f"axis of {name} is a whole number")
        if item.arg == "keepdims" and not _is_bool(item.value):
            raise ExpressionError(f"keepdims of {name} is True or False")


def _is_bool(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _clip(text: str, width: int = 40) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
