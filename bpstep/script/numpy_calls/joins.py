"""Functions that join, repeat and split arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, axis_tree, given_at


def _joined(axis_of: Callable[[int], int], at_least: int = 1, columns: bool = False) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        items = call.item_trees(0)
        if not items:
            return None
        values = list(call.args[0])
        lifted: list[Tree] = []
        for tree, value in zip(items, values):
            rank = np.ndim(value)
            if columns and rank == 1:
                tree = build.subscript_of(tree, [ast.Slice(), build.NEW_AXIS])
            elif rank < at_least:
                tree = build.method(
                    tree, "reshape", *([build.signed_number(1)] * (at_least - 1)), build.signed_number(-1)
                )
            lifted.append(tree)
        rank = max(np.ndim(values[0]), at_least)
        axis = axis_of(rank)
        given = given_at(call, 1, "axis")
        if given is not None:
            axis = int(given)
        return build.call("concatenate", ast.List(lifted, ast.Load()), axis=build.signed_number(axis))

    return say


def _concatenate(call: CallMade) -> Tree | None:
    if "axis" in call.kwargs and call.kwargs["axis"] is None:
        return None
    if isinstance(call.args[0], np.ndarray):
        return None
    return _joined(lambda rank: 0)(call)


def _stack(call: CallMade) -> Tree | None:
    items = call.item_trees(0)
    if not items:
        return None
    axis = int(given_at(call, 1, "axis", 0))
    return build.call("stack", ast.List(items, ast.Load()), axis=build.signed_number(axis))


def _append(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    axis = given_at(call, 2, "axis")
    if not left or not right:
        return None
    parts = [left, right]
    if axis is None:
        parts = [
            build.method(part, "reshape", build.signed_number(-1))
            if np.ndim(given)
            else build.call("stack", ast.List([part], ast.Load()))
            for part, given in zip(parts, call.args)
        ]
    return build.call("concatenate", ast.List(parts, ast.Load()), axis=build.signed_number(int(axis or 0)))


def _insert(call: CallMade) -> Tree | None:
    base, item = call.tree(0), call.tree(2)
    axis = given_at(call, 3, "axis")
    if not base or not item or not isinstance(call.args[1], int) or np.ndim(call.args[2]):
        return None
    array = np.asarray(call.args[0])
    if axis is None and array.ndim != 1:
        return None
    along = int(axis or 0)
    at = call.args[1] if call.args[1] >= 0 else call.args[1] + array.shape[along]
    shape = list(array.shape)
    shape[along] = 1
    piece = build.multiply(item, build.call("ones", build.tuple_of(shape)))
    whole = [ast.Slice()] * along
    first = build.subscript_of(base, [*whole, build.slice_of(None, at)])
    last = build.subscript_of(base, [*whole, build.slice_of(at, None)])
    parts: list[Tree] = [piece, base] if at == 0 else [first, piece, last]
    return build.call("concatenate", ast.List(parts, ast.Load()), axis=build.signed_number(along))


def _repeat(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    times = given_at(call, 1, "repeats")
    if tree is None or not isinstance(times, int | np.integer):
        return None
    return build.call(
        "repeat", tree, build.signed_number(int(times)), axis=axis_tree(given_at(call, 2, "axis"))
    )


def _tile(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    reps: Any = call.args[1] if len(call.args) > 1 else call.kwargs.get("reps")
    counts = [int(reps)] if np.ndim(reps) == 0 else [int(each) for each in reps]
    value = np.asarray(call.args[0])
    rank = max(len(counts), value.ndim)
    if value.ndim < rank:
        tree = build.method(
            tree, "reshape", *map(build.signed_number, (1,) * (rank - value.ndim) + value.shape)
        )
    counts = [1] * (rank - len(counts)) + counts
    for axis, count in enumerate(counts):
        if count > 1:
            if count > 100:
                return None
            copies = ast.List([tree] * count, ast.Load())
            tree = build.call("concatenate", copies, axis=build.signed_number(axis))
    return tree


def _broadcast_to(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    return build.multiply(tree, build.call("ones", build.tuple_of(call.result.shape)))


def _pad(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    mode = given_at(call, 2, "mode", "constant")
    fill = call.kwargs.get("constant_values", 0)
    if tree is None or mode != "constant" or np.ndim(fill):
        return None
    value = np.asarray(call.args[0])
    widths = np.broadcast_to(np.asarray(given_at(call, 1, "pad_width")), (value.ndim, 2))
    pairs: list[Tree] = [build.tuple_of(pair) for pair in widths]
    around = ast.Tuple(pairs, ast.Load())
    padded = build.call("pad", tree, around)
    number = build.numeral(fill)
    if number is None or fill == 0:
        return None if number is None else padded
    inside = build.call("pad", build.call("ones", build.tuple_of(value.shape)), around)
    outside = build.binary(ast.Constant(1), ast.Sub(), inside)
    return build.binary(padded, ast.Add(), build.multiply(number, outside))


SPLITTING = ("split", "array_split", "hsplit", "vsplit")
"""Functions that give a list of the parts of an array along an axis."""


def split_axis(name: str, call: CallMade) -> int:
    """The axis that a splitting function divides."""
    rank = np.ndim(call.args[0])
    if name in ("hsplit", "vsplit"):
        return 1 if name == "hsplit" and rank > 1 else 0
    return int(given_at(call, 2, "axis", 0)) % rank


JOINS: dict[str, CallRule] = {
    "concatenate": _concatenate,
    "concat": _concatenate,
    "vstack": _joined(lambda rank: 0, 2),
    "row_stack": _joined(lambda rank: 0, 2),
    "hstack": _joined(lambda rank: 0 if rank == 1 else 1),
    "column_stack": _joined(lambda rank: 1, 2, columns=True),
    "stack": _stack,
    "append": _append,
    "insert": _insert,
    "repeat": _repeat,
    "tile": _tile,
    "broadcast_to": _broadcast_to,
    "pad": _pad,
}
