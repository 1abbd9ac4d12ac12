"""NumPy's dot, which is `@` only for vectors and matrices: the shapes show what a person meant."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from bpstep.errors import ExpressionError
from bpstep.lang import messages, parser
from bpstep.lang.numpy_forms import call_parts
from bpstep.lang.shapes import Shape, shape_of
from bpstep.text import fill


def canonical_dots(text: str, shapes: Mapping[str, Shape]) -> str:
    """A person's text in the language's own forms: a dot becomes `@`, or `*` if one side is a scalar.

    ExpressionError refuses a dot whose second argument has more than two axes: there NumPy's dot sums over
    other axes than `@` does. A text that does not parse is left to the parser.
    """
    if "dot" not in text:
        return parser.canonical(text, shapes)
    return _Dots(shapes).canonical(text)


class _Dots:
    """The shapes of the operands of dots, each computed once."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes
        self._known: dict[str, Shape] = {}

    def canonical(self, text: str) -> str:
        return parser.canonical(text, self._shapes, self._is_scaling)

    def _is_scaling(self, node: ast.Call) -> bool:
        """True for a dot of two arguments with a scalar among them."""
        name, arguments = call_parts(node)
        if name != "dot":
            return False
        try:
            left, right = map(self._shape, arguments)
        except ExpressionError:
            # It is found again, and reported with its place, when the whole text is parsed.
            return False
        if left and len(right) > 2:
            raise ExpressionError(fill(messages.DOT_OF_STACKS, expression=ast.unparse(node)))
        return not left or not right

    def _shape(self, node: ast.expr) -> Shape:
        text = ast.unparse(node)
        if text not in self._known:
            written = self.canonical(text)
            self._known[text] = shape_of(parser.parse(written, self._shapes, max_length=None), self._shapes)
        return self._known[text]
