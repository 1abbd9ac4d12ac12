"""The arguments of a call in a recorded pass, with the expression of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from bpstep.script.equations.build import Tree
from bpstep.script.tracing.sites import CallSite
from bpstep.script.tracing.values import TracedValues, item_nodes


class TracedCall:
    """A recorded call; see `numpy_calls.call.CallMade`."""

    def __init__(
        self, operations: TracedValues, site: CallSite, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.operations = operations
        self.site = site
        self.place = site.place
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.known: dict[Any, Tree | None] = {}

    def node(self, position: int) -> ast.expr | None:
        """The node of an argument by position; None if it is not written there."""
        nodes = self.site.nodes
        return nodes[position] if position < len(nodes) else None

    def tree(self, position: int) -> Tree | None:
        if position >= len(self.args):
            return None
        if position not in self.known:
            given, node = self.args[position], self.node(position)
            self.known[position] = self.operations.operand(node, given, self.place)
        return self.known[position]

    def keyword_tree(self, name: str) -> Tree | None:
        if name not in self.kwargs:
            return None
        return self.operations.tree_of(self.site.keywords.get(name), self.kwargs[name], self.place)

    def item_trees(self, position: int) -> list[Tree] | None:
        if position >= len(self.args):
            return None
        given = self.args[position]
        if not isinstance(given, list | tuple):
            return None
        if self.operations.is_known(given):
            found = self.operations.item_trees(self.node(position), given, self.place)
        else:
            nodes = item_nodes(self.node(position), len(given))
            found = [self.operations.nested_tree(*pair, self.place) for pair in zip(nodes, given)]
        return None if None in found else [tree for tree in found if tree is not None]

    def nested_tree(self, position: int) -> Tree | None:
        return self.operations.nested_tree(self.node(position), self.args[position], self.place)

    @property
    def reads(self) -> tuple[Tree, ...]:
        """The expressions of its arguments, if they have one."""
        return tuple(tree for at in range(len(self.args)) if (tree := self.tree(at)) is not None)

    @property
    def depends(self) -> bool:
        """Whether an argument is known: its result is a result of the pass."""
        return any(self.operations.is_known(given) for given in (*self.args, *self.kwargs.values()))


def picked_from(name: str, args: tuple[Any, ...]) -> Iterator[Any]:
    """What a call may return unchanged: its arguments, for `max` and `min` also the items of a list."""
    for given in args:
        yield given
        if name in ("max", "min") and isinstance(given, list | tuple):
            yield from given
