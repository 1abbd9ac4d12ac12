"""NumPy's dot, where it is another product than @: with a stack of matrices on its right."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from bpstep.errors import ExpressionError
from bpstep.lang import messages, parser
from bpstep.lang.numpy_forms import call_parts
from bpstep.lang.shapes import Shape, shape_of
from bpstep.text import fill


def check_dots(text: str, shapes: Mapping[str, Shape]) -> None:
    """Refuse, with ExpressionError, a dot whose second argument has more than two axes.

    `text` is what a person wrote, and has been parsed: in its canonical form a dot is a product by @.
    """
    for node in ast.walk(parser.tree_of(text.strip(), shapes)):
        if not isinstance(node, ast.Call):
            continue
        name, arguments = call_parts(node)
        if name == "dot" and len(arguments) == 2:
            left, right = (shape_of(parser.parse(ast.unparse(each), shapes), shapes) for each in arguments)
            if left and len(right) > 2:
                raise ExpressionError(fill(messages.DOT_OF_STACKS, expression=ast.unparse(node)))
