"""The layout of weights in a file: a row for each input, or a row for each unit."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable

LAYOUTS = ("inputs, units", "units, inputs")
"""What the rows and the columns of weights are; the first unless a file says otherwise."""


def weights_of(equations: Iterable[tuple[str, str]]) -> set[str]:
    """The tensors that are weights of units, such as W in X @ W; a table of rows, as in C[X], is none."""
    found: set[str] = set()
    tables: set[str] = set()
    for _, source in equations:
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(ast.parse(source, mode="eval")):
                match node:
                    case ast.BinOp(op=ast.MatMult(), right=ast.Name(name)):
                        found.add(name)
                    case ast.Subscript(value=ast.Name(name)):
                        tables.add(name)
    return found - tables
