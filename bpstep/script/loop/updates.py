"""Whether a loop's passes would update parameters, judged by its text: for a loop that fails in its first
pass.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator


def would_update(loop: ast.stmt, tree: ast.AST) -> bool:
    """Whether a pass reaches a line like `W -= step * dW`, in the loop itself or in a function that it calls.

    Functions are searched by name. A counter or running sum that starts from a number is not a parameter.
    """
    functions: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            functions.setdefault(node.name, []).append(node)
    sums = {name for node in ast.walk(tree) for name in _begun_as_numbers(node)}
    waiting: list[ast.AST] = [loop]
    seen: set[int] = set()
    while waiting:
        block = waiting.pop()
        if id(block) in seen:
            continue
        seen.add(id(block))
        for node in ast.walk(block):
            if _is_update(node, sums):
                return True
            if isinstance(node, ast.Call):
                waiting.extend(functions.get(called_name(node), ()))
    return False


def update_after_loop(tree: ast.AST, ran: Container[int]) -> tuple[ast.stmt, ast.stmt] | None:
    """A loop, and the first statement after it that updates what the passes of the loop read.

    Both are in one block: the update was probably meant to be in the loop. None if there is no such loop
    among those that ran, given by their lines.
    """
    sums = {name for node in ast.walk(tree) for name in _begun_as_numbers(node)}
    for block in ast.walk(tree):
        if not isinstance(block, ast.Module | ast.FunctionDef):
            continue
        loop: ast.stmt | None = None
        for statement in block.body:
            if isinstance(statement, ast.For | ast.While):
                loop = statement if statement.lineno in ran else None
            elif loop is not None and _is_update(statement, sums) and _reads_target(loop, statement):
                return loop, statement
    return None


def _reads_target(loop: ast.stmt, update: ast.stmt) -> bool:
    target = update.target if isinstance(update, ast.AugAssign) else getattr(update, "targets", [update])[0]
    text = ast.unparse(target)
    return any(
        isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and ast.unparse(node) == text
        for node in ast.walk(loop)
    )


def _begun_as_numbers(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def called_name(call: ast.Call) -> str:
    """The name of the function or method that a call calls; empty if it has none."""
    match call.func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_update(node: ast.AST, sums: set[str]) -> bool:
    match node:
        case ast.AugAssign(target=target, op=ast.Sub() | ast.Add() as sign, value=step):
            pass
        case ast.Assign(
            targets=[target], value=ast.BinOp(left=left, op=ast.Sub() | ast.Add() as sign, right=step)
        ):
            if ast.unparse(left) != ast.unparse(target):
                return False
        case _:
            return False
    if isinstance(target, ast.Name) and target.id in sums:
        return False
    if isinstance(sign, ast.Sub):
        return not isinstance(step, ast.Constant)
    return any(isinstance(each, ast.Mult | ast.MatMult) for each in ast.walk(step))
