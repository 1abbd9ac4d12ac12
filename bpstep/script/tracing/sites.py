"""The sites of a recorded pass: where a call, and where an index, is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from bpstep.script.equations.items import StatementContext


@dataclass(frozen=True)
class CallSite:
    """A call as it is written: its node, and those of its arguments by position and by keyword."""

    node: ast.Call
    place: StatementContext
    nodes: list[ast.expr | None]
    """Fewer than there are arguments, or None, where an argument is not written by itself."""
    keywords: dict[str, ast.expr]

    @classmethod
    def of(cls, node: ast.Call, place: StatementContext) -> CallSite:
        """The site of a call; the arguments of `f(*items)` have no nodes by position."""
        keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
        is_unpacked = any(isinstance(item, ast.Starred) for item in node.args)
        return cls(node, place, [] if is_unpacked else list(node.args), keywords)

    def with_first(self, nodes: list[ast.expr | None]) -> CallSite:
        """The call with further arguments before those that are written."""
        return CallSite(self.node, self.place, [*nodes, *self.nodes], self.keywords)


@dataclass(frozen=True)
class IndexSite:
    """An index as it is written: the node of the result, and those of the value and of the index."""

    node: ast.expr
    place: StatementContext
    value_node: ast.expr | None
    index_node: ast.expr | None
    """None if the index is not written: a loop over an array reads one cell after another."""

    @classmethod
    def of(cls, node: ast.AST, place: StatementContext) -> IndexSite:
        """The site of `value[index]`, or of another node that reads or stores an item."""
        assert isinstance(node, ast.expr)
        if isinstance(node, ast.Subscript):
            return cls(node, place, node.value, node.slice)
        return cls(node, place, None, None)
