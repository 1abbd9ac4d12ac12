"""A call that was made, and questions about it that the rules of many functions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree


class CallMade(Protocol):
    """A call that was made: its arguments and its result."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any

    def tree(self, position: int) -> Tree | None:
        """The expression of an argument by position."""

    def keyword_tree(self, name: str) -> Tree | None:
        """The expression of a keyword argument."""

    def item_trees(self, position: int) -> list[Tree] | None:
        """The expressions of the items of a list or tuple given as an argument."""

    def nested_tree(self, position: int) -> Tree | None:
        """The expression of nested lists of numbers and arrays as one array."""


CallRule = Callable[[CallMade], Tree | None]


def given_at(call: CallMade, position: int, name: str, default: Any = None) -> Any:
    """The value of an argument given by position or by name."""
    if name in call.kwargs:
        return call.kwargs[name]
    return call.args[position] if len(call.args) > position else default


def takes_only(call: CallMade, most: int, *keywords: str) -> bool:
    """True if the call has at most this many positional arguments, and no other keywords than these, `dtype`,
    `out` and `copy`.
    """
    return len(call.args) <= most and all(name in (*keywords, "dtype", "out", "copy") for name in call.kwargs)


def same(name: str, count: int = 1) -> CallRule:
    """A function with the same name in the language."""

    def say(call: CallMade) -> Tree | None:
        if not takes_only(call, count) or len(call.args) != count:
            return None
        found = [call.tree(at) for at in range(count)]
        return build.call(name, *[tree for tree in found if tree is not None]) if all(found) else None

    return say


def axis_tree(axis: Any) -> Tree | None:
    """An axis, or several, as an expression; None for all axes."""
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        return build.tuple_of(axis)
    return build.signed_number(int(axis))


def shape_tree(shape: Any) -> list[Tree]:
    """The sizes of a shape as expressions."""
    sizes = [shape] if isinstance(shape, int | np.integer) else list(shape)
    return [build.signed_number(int(size)) for size in sizes]
