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


def lost_updates(tree: ast.AST) -> Iterator[tuple[ast.For, ast.Assign, str]]:
    """The updates that end with a pass of a loop: the loop, the statement, and the one that was intended.

    For instance `p = p - rate * g` in `for p, g in zip(params, grads)`, or below `p = params[key]`: `p` names
    a new array, and the list keeps the old one. Nothing reads the name afterwards.
    """
    for scope, loop in _loops_in(tree):
        taken = _taken(loop) | _taken_first(loop)
        for statement in loop.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp() as value) if name in taken:
                    intended = _step_of(name, value, loop) or _share_of(name, value)
                    if intended and not _is_read_after(statement, name, loop, scope):
                        yield loop, statement, intended


def is_unkept_step(statement: ast.stmt) -> bool:
    """Whether a statement is only a sum or difference that begins with what it should change, as `W - rate *
    dW`."""
    match statement:
        case ast.Expr(
            value=ast.BinOp(
                left=ast.Name() | ast.Attribute() | ast.Subscript(), op=ast.Add() | ast.Sub(), right=step
            )
        ):
            return _has_factor(step)
    return False


def rebound_memories(tree: ast.AST) -> Iterator[tuple[ast.Assign, str]]:
    """The statements that give a loop's own name to a new sum of a share of what it named and of something
    else, and the one that would store the sum.

    For instance `v = beta * v + g` in `for p, g, v in zip(params, grads, velocities)`: the list keeps the old
    array. Later lines of the loop compute with the name, and none of them may store or pass on what it names.
    """
    for _, loop in _loops_in(tree):
        for statement in loop.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp() as value):
                    intended = _share_of(name, value) if name in _taken(loop) | _taken_first(loop) else ""
                    if intended and not _is_passed_on(name, loop):
                        yield statement, intended


def _step_of(name: str, value: ast.BinOp, loop: ast.For) -> str:
    """The statement that stores a step from what a name names: `p -= rate * g`; empty if it is no step."""
    match value:
        case ast.BinOp(left=ast.Name(id=old), op=ast.Add() | ast.Sub() as sign, right=step) if old == name:
            operator = "+" if isinstance(sign, ast.Add) else "-"
            is_step = _has_factor(step) or _is_computed_in(loop, step)
            return f"{name} {operator}= {ast.unparse(step)}" if is_step else ""
    return ""


def _share_of(name: str, value: ast.BinOp) -> str:
    """The statement that stores a share of what a name names with something else: `v[:] = beta * v + g`."""
    match value:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub()) if _is_product_with(name, left):
            return f"{name}[:] = {ast.unparse(value)}"
        case ast.BinOp(op=ast.Add(), right=right) if _is_product_with(name, right):
            return f"{name}[:] = {ast.unparse(value)}"
    return ""


def _is_product_with(name: str, term: ast.expr) -> bool:
    match term:
        case ast.BinOp(left=ast.Name(id=one), op=ast.Mult()) if one == name:
            return True
        case ast.BinOp(op=ast.Mult(), right=ast.Name(id=one)) if one == name:
            return True
    return False


def _is_passed_on(name: str, loop: ast.For) -> bool:
    """Whether a line of a loop does something else with a name than to compute with it."""
    parts = (part for each in loop.body for part in ast.walk(each))
    computed = {
        id(inner)
        for part in parts
        if isinstance(part, ast.BinOp | ast.UnaryOp | ast.AugAssign)
        for inner in ast.iter_child_nodes(part)
    }
    read = (part for each in loop.body for part in ast.walk(each) if isinstance(part, ast.Name))
    return any(
        each.id == name and isinstance(each.ctx, ast.Load) and id(each) not in computed for each in read
    )


def _is_computed_in(loop: ast.For, step: ast.expr) -> bool:
    """Whether a step is a name that a line of the loop gives something with a factor."""
    return isinstance(step, ast.Name) and any(
        isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == step.id and _has_factor(each.value)
        for each in loop.body
    )


def _loops_in(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.For]]:
    """The loops of a module and of its functions, each with the function or module."""
    for scope in ast.walk(tree):
        if isinstance(scope, ast.Module | ast.FunctionDef):
            yield from ((scope, loop) for loop in _loops_of(scope))


def _loops_of(scope: ast.AST) -> Iterator[ast.For]:
    """The loops of a function or module, without those of the functions in it."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.For):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _loops_of(node)


def _taken(loop: ast.For) -> set[str]:
    """The names that a loop takes from what it runs over."""
    return {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}


def _taken_first(loop: ast.For) -> set[str]:
    """The names that a loop's first lines take from entries or attributes, as `p = params[key]` or
    `m, v = state[i]`."""
    found: set[str] = set()
    for statement in loop.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.Attribute()):
                found.add(name)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Subscript() | ast.Attribute()):
                found |= {each.id for each in names if isinstance(each, ast.Name)}
            case _:
                break
    return found


def _has_factor(step: ast.expr) -> bool:
    return any(isinstance(each, ast.Mult | ast.Div | ast.MatMult) for each in ast.walk(step))


def _is_read_after(statement: ast.stmt, name: str, loop: ast.For, scope: ast.AST) -> bool:
    """Whether a later line of a function or module reads a name that a loop takes, or may read it."""
    own = {id(node) for node in ast.walk(statement)}
    before = {id(node) for node in ast.walk(scope) if getattr(node, "lineno", 0) < statement.lineno}
    taken_again = {
        id(node)
        for other in ast.walk(scope)
        if isinstance(other, ast.For) and other is not loop and name in _taken(other)
        for node in ast.walk(other)
    }
    inside = {id(node) for node in ast.walk(loop)}
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and id(node) not in own | before
        and (id(node) in inside or id(node) not in taken_again)
        for node in ast.walk(scope)
    )


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
