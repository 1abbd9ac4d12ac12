"""Which expressions are equations: a whitelist of Python's syntax tree.

Opening a stranger's network must be as safe as reading it, so everything is checked on the tree before
anything runs, and syntax that is not listed here is refused by name.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
import string
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.errors import ExpressionError, UnknownName
from bpstep.lang import messages
from bpstep.lang.functions import (
    FUNCTIONS,
    METHOD_NAMES,
    NAMES,
    argument_count,
    argument_kinds,
    argument_operands,
)
from bpstep.lang.numpy_forms import rewrite_numpy_forms
from bpstep.lang.trees import (
    children,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    listed_items,
    reshape_sizes,
    shortened,
)
from bpstep.text import closest, fill, fill_plural, quoted, shorten

if TYPE_CHECKING:
    from bpstep.lang import replacements
else:
    replacements = deferred("bpstep.lang.replacements")

MAX_LENGTH = 2_000

_MAX_DEPTH = 50

_MAX_NEAR = 20
"""How many characters of an expression an error shows."""

MAX_LISTED_NAMES = 30
"""The most names of tensors that an error lists; a deep network has hundreds."""

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\s*[-+*/@]?=(?!=)")

_SIGNS: dict[type[ast.AST], str] = {
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.UAdd: "+",
    ast.Not: "not",
    ast.Invert: "~",
    ast.And: "and",
    ast.Or: "or",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

_REPLACEMENTS: dict[type[ast.AST], str] = {
    ast.BitXor: "{left}**{right}",
    ast.BitAnd: "{left_operand} * {right_operand}",
    ast.BitOr: "where({left}, 1, {right})",
    ast.And: "{left_operand} * {right_operand}",
    ast.Or: "where({left}, 1, {right})",
    ast.Not: "{left_operand} == 0",
    ast.Invert: "{left_operand} == 0",
    ast.UAdd: "{left}",
    ast.FloorDiv: "floor({left_operand} / {right_operand})",
    ast.Mod: "{left} - {right_operand} * floor({left_operand} / {right_operand})",
}
"""What to write in place of an operator of Python that the language lacks; `operand` where another
operator follows.
"""


def parse(
    text: str,
    names: Collection[str],
    max_length: int | None = MAX_LENGTH,
    not_yet_computed: Collection[str] = (),
) -> ast.expr:
    """The checked tree of `text`, whose tensors may be `names`. ExpressionError names what is not allowed.

    `not_yet_computed` are tensors that exist but are computed later. A text that a person wrote has at most
    `max_length` characters and may use NumPy's forms; None allows any length, in the language's own forms.
    Positions in the tree are positions in `canonical(text)`.
    """
    original = text.strip()
    shield = Shield(original, names)
    text = shield.text
    _check_text(text, max_length)
    tree = _syntax(text, original)
    _check_depth(tree)
    if max_length is not None:
        rewritten = rewrite_numpy_forms(text, tree)
        tree = tree if rewritten == text else _syntax(rewritten)
    shield.restore(tree)
    try:
        _check(tree, names)
    except UnknownName as error:
        if error.name not in not_yet_computed:
            raise
        raise ExpressionError(fill(messages.NOT_COMPUTED_BEFORE, name=error.name)) from None
    return tree


def canonical(
    text: str, names: Collection[str] = (), is_scaling: Callable[[ast.Call], bool] | None = None
) -> str:
    """A person's text in the language's own forms: `np.sum(x)` and `x.sum()` become `sum(x)`.

    A text that is not an expression is returned as it is. `names` is needed only if tensors have names that
    are not identifiers. `is_scaling` identifies the dots that are products with a scalar.
    """
    shield = Shield(text.strip(), names)
    try:
        _check_text(shield.text, MAX_LENGTH)
        tree = _syntax(shield.text)
        _check_depth(tree)
    except ExpressionError:
        return text.strip()
    return shield.restored(rewrite_numpy_forms(shield.text, tree, is_scaling))


def tree_of(text: str, names: Collection[str]) -> ast.expr:
    """The tree of a text that was checked before, whose tensors are `names`."""
    shield = Shield(text, names)
    tree = _syntax(shield.text)
    shield.restore(tree)
    return tree


_MAX_START_LENGTH = 3


def _starts(length: int) -> Iterator[str]:
    """Beginnings of names of a length; none that are longer than is ever needed."""
    if length <= _MAX_START_LENGTH:
        yield from map("".join, itertools.product("_" + string.ascii_letters, repeat=length))


class Shield:
    """Replaces names of tensors that are not identifiers, `layers[0].W` and `delta:41`, for Python's parser.

    Each is replaced by an identifier of the same length in `text`, so that positions in the tree are
    positions in the original text.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        self._names: dict[str, str] = {}
        self.text = text
        places = list(_odd_names(text, names))
        if places:
            ends = [0, *(end for _, end in places)]
            kept = [text[end:start] for end, (start, _) in zip(ends, places)]
            spelled = [self._standing_for(text[start:end], text) for start, end in places]
            parts = [part for pair in zip(kept, spelled) for part in pair]
            self.text = "".join([*parts, text[ends[-1] :]])

    def _standing_for(self, name: str, text: str) -> str:
        similar = re.sub(r"\W", "_", name, flags=re.ASCII)
        for first in itertools.chain([similar[0]], *map(_starts, range(1, len(name) + 1))):
            found = first + similar[len(first) :]
            if found.isidentifier() and found not in text and self._names.get(found, name) == name:
                self._names[found] = name
                return found
        raise ExpressionError(fill(messages.NOT_AN_EXPRESSION, reason=name))

    def restore(self, tree: ast.expr) -> None:
        """Put the tensors' own names back into a tree of `text`."""
        if self._names:
            for node in ast.walk(tree):
                if isinstance(node, ast.Name):
                    node.id = self._names.get(node.id, node.id)

    def restored(self, text: str) -> str:
        """A text with the tensors' own names put back."""
        if not self._names:
            return text
        pattern = re.compile(rf"\b(?:{'|'.join(self._names)})\b")
        return pattern.sub(lambda match: self._names[match[0]], text)


_PATH = re.compile(r"(?<![\w.])\w+(?:\.\w+|\[[^][]*\]|:\d+)*")
_PART = re.compile(r"\w+|\.\w+|\[[^][]*\]|:\d+")


def _odd_names(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """The positions of the longest names that Python's parser does not read as names.

    Each position is looked up among the names: there may be thousands of them.
    """
    at = 0
    while path := _PATH.search(text, at):
        start = path.start()
        ends = [part.end() for part in _PART.finditer(text, start, path.end())]
        at = ends[0]
        for end in reversed(ends):
            if text[start:end] in names:
                at = end
                if not is_plain_name(text[start:end]):
                    yield start, end
                break


def is_plain_name(name: str) -> bool:
    """True for a name that Python's parser reads as one."""
    return name.isidentifier() and name.isascii()


def _check_text(text: str, max_length: int | None) -> None:
    if max_length is not None and len(text) > max_length:
        raise ExpressionError(fill(messages.TOO_LONG, length=len(text), limit=max_length))
    # Python reads ｅｘｐ as exp, and ignores comments: what is shown would not be what runs.
    forbidden = next((sign for sign in text if not (" " <= sign <= "~") or sign in "#\\"), None)
    if forbidden is not None and unicodedata.category(forbidden) == "Zs":
        raise ExpressionError(fill(messages.FORBIDDEN_SPACE, code=f"{ord(forbidden):04X}"))
    if forbidden is not None:
        replacement = replacements.FOR_CHARACTERS.get(forbidden)
        template = messages.FORBIDDEN_CHARACTER_WRITE if replacement else messages.FORBIDDEN_CHARACTER
        slots = {"replacement": replacement} if replacement else {}
        raise ExpressionError(fill(template, character=quoted(forbidden), **slots))


def _check_depth(tree: ast.expr) -> None:
    if depth(tree) > _MAX_DEPTH:
        raise ExpressionError(fill(messages.TOO_DEEP, limit=_MAX_DEPTH))


def _syntax(text: str, original: str = "") -> ast.expr:
    """The tree of a text; errors show `original`, the same before names were replaced."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        if _ASSIGNMENT.match(text):
            raise ExpressionError(fill(messages.RIGHT_SIDE_ONLY)) from None
        raise ExpressionError(_syntax_problem(original or text, error)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(fill(messages.TOO_DEEP, limit=_MAX_DEPTH)) from None
    except ValueError as error:
        raise ExpressionError(fill(messages.NOT_AN_EXPRESSION, reason=error)) from None


def _syntax_problem(text: str, error: SyntaxError) -> str:
    """What Python's parser found, and where; columns are counted from 1."""
    if not text.strip():
        return fill(messages.NO_EXPRESSION)
    column = error.offset or len(text) + 1
    rest = text[column - 1 :].strip()
    if not rest:
        return fill(messages.NOT_AN_EXPRESSION_AT_END, reason=error.msg)
    slots = {"column": column, "text": quoted(shorten(rest, _MAX_NEAR, "..."))}
    return fill(messages.NOT_AN_EXPRESSION_AT, reason=error.msg, **slots)


def depth(tree: ast.expr) -> int:
    """How many levels of operations and arguments the tree has; a single name has 1."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest


def reads(tree: ast.expr) -> tuple[str, ...]:
    """The tensors that an expression reads, in order of first appearance in its text."""
    found: dict[str, None] = {}
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        parts = [*ast.iter_child_nodes(node)]
        match node:
            case ast.Name(name):
                found[name] = None
            case ast.Call(func=ast.Name()):
                left += reversed(parts[1:])
            case _:
                left += reversed(parts)
    return tuple(found)


def operands(node: ast.expr) -> list[ast.expr]:
    """The operands of a node that are computed: neither the sizes of a reshape nor numbers in brackets."""
    match node:
        case ast.Name() | ast.Constant():
            return []
        case ast.Attribute():
            return [node.value]
        case ast.Subscript():
            return [node.value, *filter(is_tensor_index, index_parts(node))]
        case ast.Call(func=ast.Attribute(value=inner)):
            return [inner]
        case ast.Call():
            return argument_operands(node)
    return list(children(node))


def _check(node: ast.expr, names: Collection[str]) -> None:
    match node:
        case ast.Name():
            _check_name(node.id, names)
        case ast.Constant():
            _check_number(node.value)
        case ast.BinOp():
            if not isinstance(node.op, _OPERATORS):
                raise _operator_error(node.op, node.left, node.right)
            _check_all([node.left, node.right], names)
        case ast.UnaryOp():
            if not isinstance(node.op, ast.USub):
                raise _operator_error(node.op, node.operand, node.operand)
            _check(node.operand, names)
        case ast.BoolOp():
            raise _operator_error(node.op, node.values[0], node.values[1])
        case ast.Compare():
            _check_comparison(node)
            _check_all([node.left, *node.comparators], names)
        case ast.Attribute():
            if node.attr != "T":
                raise _attribute_error(node, names)
            _check(node.value, names)
        case ast.Subscript():
            _check(node.value, names)
            for part in index_parts(node):
                _check_index(part, names)
        case ast.Call():
            _check_call(node, names)
        case _:
            raise _syntax_error(node)


def _operator_error(operator: ast.AST, left: ast.expr, right: ast.expr) -> ExpressionError:
    """The error for an operator of Python that the language lacks, with what to write instead."""
    sign = _SIGNS[type(operator)]
    if type(operator) not in _REPLACEMENTS:
        return ExpressionError(fill(messages.UNKNOWN_OPERATOR, operator=sign))
    if isinstance(operator, ast.BitXor) and not (_is_atom(left) and _is_atom(right)):
        # In Python a + b ^ 2 is (a + b) ^ 2: its operands are probably not those of the intended power.
        return ExpressionError(fill(messages.POWER_OPERATOR))
    replacement = _REPLACEMENTS[type(operator)].format(
        left=shortened(ast.unparse(left)),
        right=shortened(ast.unparse(right)),
        left_operand=_operand_text(left),
        right_operand=_operand_text(right),
    )
    return ExpressionError(fill(messages.UNKNOWN_OPERATOR_WRITE, operator=sign, replacement=replacement))


def _operand_text(node: ast.expr) -> str:
    text = shortened(ast.unparse(node))
    return text if _is_atom(node) else f"({text})"


def _is_atom(node: ast.expr) -> bool:
    """True for an operand that no neighbouring operator can split."""
    return isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Attribute | ast.Subscript)


def _check_comparison(node: ast.Compare) -> None:
    strange = next((sign for sign in node.ops if not isinstance(sign, _COMPARISONS)), None)
    if strange is not None:
        raise ExpressionError(fill(messages.UNKNOWN_COMPARISON, operator=_SIGNS[type(strange)]))
    if len(node.ops) > 1:
        sides = [shortened(ast.unparse(side), 20) for side in (node.left, *node.comparators)]
        parts = [f"({a} {_SIGNS[type(op)]} {b})" for a, op, b in zip(sides, node.ops, sides[1:])]
        replacement = " * ".join(parts[:3])
        raise ExpressionError(fill(messages.CHAINED_COMPARISON, replacement=replacement))


def _attribute_error(node: ast.Attribute, names: Collection[str]) -> ExpressionError:
    if _is_module(node.value, names):
        shown = shortened(ast.unparse(node))
        replacement = replacements.FOR_CONSTANTS.get(node.attr) or replacements.FOR_FUNCTIONS.get(node.attr)
        template = messages.UNKNOWN_ATTRIBUTE_WRITE if replacement else messages.UNKNOWN_MODULE_MEMBER
        return ExpressionError(fill(template, name=shown, replacement=replacement))
    shown, replacement = shortened(f".{node.attr}"), replacements.FOR_ATTRIBUTES.get(node.attr)
    if replacement:
        if isinstance(node.value, ast.Name):
            replacement = re.sub(r"\bx\b", node.value.id, replacement)
        return ExpressionError(fill(messages.UNKNOWN_ATTRIBUTE_WRITE, name=shown, replacement=replacement))
    return ExpressionError(fill(messages.UNKNOWN_ATTRIBUTE, attribute=shown, methods=_listed_methods()))


def _listed_methods() -> str:
    return " ".join(f".{name}" for name in METHOD_NAMES)


def _syntax_error(node: ast.expr) -> ExpressionError:
    """The error for syntax that the language lacks, in the reader's terms."""
    if isinstance(node, ast.IfExp):
        parts = [shortened(ast.unparse(part)) for part in (node.test, node.body, node.orelse)]
        slots = {"expression": shortened(ast.unparse(node)), "replacement": f"where({', '.join(parts)})"}
        return ExpressionError(fill(messages.CONDITIONAL, **slots))
    if isinstance(node, ast.Tuple) and node.elts:
        return ExpressionError(fill(messages.A_COMMA))
    name = fill(messages.SYNTAX_NAMES.get(type(node).__name__, messages.UNKNOWN_SYNTAX))
    what = fill(messages.SYNTAX_WITH_TEXT, what=name, text=shortened(ast.unparse(node)))
    is_list = isinstance(node, ast.List)
    return ExpressionError(fill(messages.LIST_NOT_ALLOWED if is_list else messages.NOT_ALLOWED, what=what))


def _check_all(nodes: list[ast.expr], names: Collection[str]) -> None:
    for node in nodes:
        _check(node, names)


def _check_name(name: str, names: Collection[str]) -> None:
    if name not in names:
        if name in NAMES:
            raise ExpressionError(fill(messages.FUNCTION_WITHOUT_ARGUMENT, name=name))
        if len(name) > 1 and name in replacements.FOR_CONSTANTS:
            template = messages.UNKNOWN_TENSOR_WRITE
            raise UnknownName(name, fill(template, name=name, replacement=replacements.FOR_CONSTANTS[name]))
        raise UnknownName(name, _unknown_tensor(name, names))


def _unknown_tensor(name: str, names: Collection[str]) -> str:
    shown = shortened(name)
    if not names:
        return fill(messages.UNKNOWN_TENSOR_NO_OTHERS, name=shown)
    close = closest(name, names)
    if close:
        return fill(messages.UNKNOWN_TENSOR_DID_YOU_MEAN, name=shown, suggestion=close)
    return fill(messages.UNKNOWN_TENSOR, name=shown, names=listed(names))


def listed(names: Collection[str]) -> str:
    """Names for a message, with … if there are too many to read."""
    some = list(names)[:MAX_LISTED_NAMES]
    return ", ".join([*some, "…"] if len(names) > len(some) else some)


def _check_number(value: object) -> None:
    if type(value) not in (int, float):
        what = fill(messages.A_VALUE, value=shortened(repr(value)))
        if isinstance(value, bool):
            raise ExpressionError(fill(messages.NOT_ALLOWED_WRITE, what=what, replacement=int(value)))
        raise ExpressionError(fill(messages.NOT_ALLOWED, what=what))
    try:
        finite = math.isfinite(float(value))  # type: ignore[arg-type]
    except OverflowError:
        finite = False
    if not finite:
        raise ExpressionError(fill(messages.NUMBER_TOO_LARGE))


def _check_index(part: ast.expr, names: Collection[str]) -> None:
    if isinstance(part, ast.Slice):
        ends = [end for end in (part.lower, part.upper, part.step) if end is not None]
        if all(int_literal(end) is not None for end in ends):
            return
    elif int_literal(part) is not None or is_new_axis(part):
        return
    elif isinstance(part, ast.Name | ast.Call | ast.Subscript | ast.Attribute | ast.BinOp | ast.UnaryOp):
        _check(part, names)
        return
    template = messages.BAD_INDEX
    if isinstance(part, ast.Slice):
        template = messages.COMPUTED_SLICE
    elif isinstance(part, ast.Compare):
        template = messages.CONDITION_AS_INDEX
    elif isinstance(part, ast.Constant) and part.value is ...:
        template = messages.DOTS_AS_INDEX
    raise ExpressionError(fill(template, index=shortened(ast.unparse(part))))


def _check_call(node: ast.Call, names: Collection[str]) -> None:
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value, names):
        _check_reshape(node, names)
        return
    if not isinstance(node.func, ast.Name) or node.func.id not in NAMES:
        raise _function_error(node, names)
    name = node.func.id
    if name in names:
        raise ExpressionError(fill(messages.HIDDEN_FUNCTION, name=name))
    _check_keywords(node, name, FUNCTIONS[name].keywords)
    _check_argument_count(node, name)
    _check_ends(node, name)
    for kind, argument in argument_kinds(node):
        _check_argument(node, kind, argument, names)


def _check_argument_count(node: ast.Call, name: str) -> None:
    fewest, most = argument_count(name)
    got = len(node.args)
    if fewest <= got and (most is None or got <= most):
        return
    if FUNCTIONS[name].takes[:1] == ("arrays",):
        raise ExpressionError(fill(messages.LIST_ARGUMENT, name=name))
    if fewest == most:
        one, many = messages.WRONG_ARGUMENT_COUNT_ONE, messages.WRONG_ARGUMENT_COUNT_MANY
        raise ExpressionError(fill_plural(fewest, one, many, name=name, got=got))
    if most is None:
        raise ExpressionError(fill(messages.TOO_FEW_ARGUMENTS, name=name, fewest=fewest, got=got))
    slots = {"name": name, "fewest": fewest, "most": most, "got": got}
    raise ExpressionError(fill(messages.WRONG_ARGUMENT_COUNT_RANGE, **slots))


def _check_ends(node: ast.Call, name: str) -> None:
    """Refuse None as a bound of clip: NumPy allows it, but minimum or maximum does the same."""
    if name != "clip":
        return
    for end, function, other in ((node.args[1], "minimum", 2), (node.args[2], "maximum", 1)):
        if isinstance(end, ast.Constant) and end.value is None:
            sides = ", ".join(shortened(ast.unparse(node.args[at])) for at in (0, other))
            raise ExpressionError(fill(messages.CLIP_ONE_END, replacement=f"{function}({sides})"))


def _check_argument(call: ast.Call, kind: str, argument: ast.expr, names: Collection[str]) -> None:
    assert isinstance(call.func, ast.Name)
    name = call.func.id
    match kind:
        case "array":
            _check(argument, names)
        case "arrays":
            if not isinstance(argument, ast.List) or not argument.elts:
                raise ExpressionError(fill(messages.LIST_ARGUMENT, name=name))
            _check_all(listed_items(call), names)
        case "indices":
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise ExpressionError(fill(messages.EINSUM_INDICES_FIRST))
        case _:
            _check_setting(call, kind, argument, names)


def _check_setting(call: ast.Call, kind: str, argument: ast.expr, names: Collection[str]) -> None:
    """Refuse anything but whole numbers: one, one or several, or pairs of them."""
    nested = {"whole": 0, "wholes": 1, "widths": 2}[kind]
    if not _is_setting(argument, nested, names):
        assert isinstance(call.func, ast.Name)
        name = call.func.id
        _check_computed([argument], names)
        if name in ("repeat", "one_hot"):
            raise ExpressionError(
                fill(messages.REPEAT_ARGUMENT if name == "repeat" else messages.ONE_HOT_ARGUMENT)
            )
        shown = f"{name}({FUNCTIONS[name].arguments})"
        raise ExpressionError(fill(messages.WHOLE_ARGUMENT, name=name, call=shown))


def _is_setting(node: ast.expr, nested: int, names: Collection[str]) -> bool:
    """True for a whole number, including one that counts cells: size(X, 0), 2 * size(X, 0); or tuples of
    them.
    """
    if isinstance(node, ast.Tuple | ast.List):
        return nested > 0 and all(_is_setting(item, nested - 1, names) for item in node.elts)
    match node:
        case ast.BinOp(op=ast.Mult() | ast.Add() | ast.Sub()):
            return _is_setting(node.left, 0, names) and _is_setting(node.right, 0, names)
        case ast.Call(func=ast.Name(id="size")):
            _check_call(node, names)
            return True
    return int_literal(node) is not None


def _is_module(node: ast.expr, names: Collection[str]) -> bool:
    """True for `np`, `torch.nn.functional` and any other name before a dot that is not a tensor's."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in names and node.id not in NAMES


def _function_error(node: ast.Call, names: Collection[str]) -> ExpressionError:
    """The error for a function that the language lacks: what to write, or where functions are listed."""
    function = node.func
    shown = shortened(ast.unparse(function))
    match node:
        case ast.Call(func=ast.Name("float"), args=[ast.Constant(str() as text)]):
            what = fill(messages.A_VALUE, value=shortened(ast.unparse(node)))
            replacement = "-1e9" if text.startswith("-") else "1e9"
            return ExpressionError(fill(messages.NOT_ALLOWED_WRITE, what=what, replacement=replacement))
        case ast.Call(func=ast.Lambda()):
            return _syntax_error(function)
        case ast.Call(func=ast.Call(func=function)):
            pass  # nn.ReLU()(h)
    name = function.attr if isinstance(function, ast.Attribute) else shown
    name = replacements.FOR_MODULES.get(name, name.lower() if function is not node.func else name)
    replacement = f"{name}(…)" if name in NAMES else replacements.FOR_FUNCTIONS.get(name, "")
    replacement = _for_operands(name, replacement, node, node.args, names)
    if replacement:
        return ExpressionError(fill(messages.UNKNOWN_FUNCTION_WRITE, name=shown, replacement=replacement))
    if name in replacements.NOT_NEEDED:
        return ExpressionError(fill(messages.NOT_NEEDED, name=shown))
    if name in replacements.ARRAY_MAKERS:
        return ExpressionError(fill(messages.UNKNOWN_FUNCTION_NUMBERS, name=shown))
    if name in replacements.NOT_COMPUTED:
        return ExpressionError(fill(messages.NOT_COMPUTED, name=shown))
    close = closest(name, NAMES, _CLOSE)
    if close:
        return ExpressionError(fill(messages.UNKNOWN_FUNCTION_DID_YOU_MEAN, name=shown, suggestion=close))
    functions = ", ".join(sorted(NAMES))
    return ExpressionError(fill(messages.UNKNOWN_FUNCTION, name=shown, functions=functions))


def _for_operands(
    name: str, replacement: str, node: ast.Call, operands: Sequence[ast.expr], names: Collection[str]
) -> str:
    """What to write in place of a call, along its axis and with the names of its tensors."""
    given = next((item.value for item in node.keywords if item.arg in ("axis", "dim")), None)
    placed = [given] if given is not None else operands[1:2]
    axis = int_literal(placed[0]) if placed else None
    along = replacements.ALONG.get(name, {})
    if axis in along:
        replacement = along[axis]
    elif name == "squeeze" and axis is None and operands and isinstance(operands[0], ast.Name):
        shape = names.get(operands[0].id, ()) if isinstance(names, Mapping) else ()
        parts = ["0" if size == 1 else ":" for size in shape]
        if "0" in parts:
            last = len(parts) - parts[::-1].index("0")
            replacement = f"x[{', '.join(parts[:last])}]"
    if operands and isinstance(operands[0], ast.List | ast.Tuple):
        operands = operands[0].elts
    letters = re.findall(r"\b[xyt]\b", replacement)
    in_order = [letter for letter in "xyt" if letter in letters]
    own = {letter: operand.id for letter, operand in zip(in_order, operands) if isinstance(operand, ast.Name)}
    return re.sub(r"\b[xyt]\b", lambda found: own.get(found[0], found[0]), replacement)


_CLOSE = 0.75
"""How similar, from 0 to 1, a function's name has to be to the written one to be suggested."""


def _check_reshape(node: ast.Call, names: Collection[str]) -> None:
    assert isinstance(node.func, ast.Attribute)
    name = node.func.attr
    if name != "reshape":
        raise _method_error(node, node.func.value, names)
    _check_keywords(node, ".reshape", ())
    if not node.args or not all(_is_setting(size, 0, names) for size in reshape_sizes(node)):
        _check_computed(reshape_sizes(node), names)
        raise ExpressionError(fill(messages.RESHAPE_ARGUMENT))
    _check(node.func.value, names)


def _check_computed(sizes: Iterable[ast.expr], names: Collection[str]) -> None:
    """Refuse what no equation may say in sizes that are not whole numbers: `len(x)`, `x.shape[0]`."""
    for size in sizes:
        if isinstance(size, ast.Tuple | ast.List):
            _check_computed(size.elts, names)
        elif isinstance(size, ast.Call | ast.Attribute | ast.Subscript | ast.BinOp):
            _check(size, names)


def _method_error(node: ast.Call, value: ast.expr, names: Collection[str]) -> ExpressionError:
    name = node.func.attr  # type: ignore[attr-defined]
    shown = shortened(f".{name}")
    replacement = replacements.FOR_METHODS.get(name) or replacements.FOR_FUNCTIONS.get(name)
    if name in replacements.NOT_NEEDED:
        return ExpressionError(fill(messages.NOT_NEEDED, name=shown))
    if name in NAMES and not replacement:
        replacement = f"{name}({', '.join((FUNCTIONS[name].arguments, *FUNCTIONS[name].forms[:1]))})"
    replacement = _for_operands(name, replacement or "", node, [value, *node.args], names)
    if replacement:
        return ExpressionError(fill(messages.UNKNOWN_METHOD_WRITE, method=shown, replacement=replacement))
    if name in replacements.NOT_COMPUTED:
        return ExpressionError(fill(messages.NOT_COMPUTED, name=shown))
    return ExpressionError(fill(messages.UNKNOWN_METHOD, method=shown, methods=_listed_methods()))


def _check_keywords(node: ast.Call, name: str, allowed: tuple[str, ...]) -> None:
    given = [item.arg for item in node.keywords]
    for item in node.keywords:
        if item.arg not in allowed:
            raise _argument_error(name, item.arg or messages.UNPACKING, allowed)
        if given.count(item.arg) > 1:
            raise ExpressionError(fill(messages.REPEATED_ARGUMENT, name=name, argument=item.arg))
        if item.arg == "axis" and not _is_axis(item.value):
            if name in ("max", "min") and len(node.args) == 1 and not isinstance(item.value, ast.Constant):
                both = ", ".join(shortened(ast.unparse(each)) for each in (node.args[0], item.value))
                raise ExpressionError(fill(messages.ONE_ARRAY, name=name, other=f"{name}imum", arrays=both))
            raise ExpressionError(fill(messages.AXIS_ARGUMENT, name=name))
        if item.arg == "axis" and isinstance(item.value, ast.Tuple) and name in _ONE_AXIS:
            raise ExpressionError(fill(messages.ONE_AXIS, name=name))
        if item.arg == "axes" and not _is_setting(item.value, 1, ()):
            raise ExpressionError(fill(messages.WHOLE_ARGUMENT, name=name, call="transpose(x, (2, 0, 1))"))
        if item.arg == "keepdims" and not _is_bool(item.value):
            raise ExpressionError(fill(messages.KEEPDIMS_ARGUMENT, name=name))


def _argument_error(name: str, argument: str, allowed: tuple[str, ...]) -> ExpressionError:
    """The error for an argument that a function does not take, with what to write instead."""
    slots = {"name": name, "argument": shortened(argument), "expected": ", ".join(allowed)}
    instead = replacements.FOR_ARGUMENTS.get(argument, argument)
    if instead in allowed:
        return ExpressionError(fill(messages.UNKNOWN_ARGUMENT_WRITE, **slots, replacement=instead))
    if name == "softmax" and instead == "axis":
        return ExpressionError(fill(messages.SOFTMAX_AXIS, **slots))
    if name in ("var", "std") and argument in ("ddof", "unbiased", "correction"):
        return ExpressionError(fill(messages.VARIANCE_ARGUMENT, **slots))
    return ExpressionError(
        fill(messages.UNKNOWN_ARGUMENT_EXPECTED if allowed else messages.UNKNOWN_ARGUMENT, **slots)
    )


_ONE_AXIS = ("repeat", "concatenate", "stack", "argmax")


def _is_axis(node: ast.expr) -> bool:
    """True for a whole number, or one or more in parentheses."""
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(int_literal(item) is not None for item in node.elts)
    return int_literal(node) is not None


def _is_bool(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)
