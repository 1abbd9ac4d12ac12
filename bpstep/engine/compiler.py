"""A whole iteration as one function: the equations' lines joined, and nothing computed twice.

Every intermediate result gets a number; equal text over equal numbers is the same value, so that
sigmoid(net_1) is computed once however many equations contain it. Values that nobody reads are left out, and
values that no iteration changes are computed before the loop. None of this changes an operation or its
operands: the bits are those of single steps. Where a person's own equation takes part, the lines stay as they
are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.lowering import evaluation_scope, substitute
from bpstep.lang.rewrite import ValueNumbering
from bpstep.program.program import Program

CompiledIteration = Callable[..., tuple[Any, ...]]
"""advance(iterations, record, *tensors): the carried tensors after one iteration per item of `iterations`."""

PREVIOUS_LOSS = "_loss"
"""The name in inserted lines of the loss of the iteration before; NaN in the first."""


@dataclass(frozen=True)
class Injection:
    """Lines that follow an equation and may `return _begin`, to abandon the iteration.

    In them, `_test` is an expression over the tensors at that moment, which are the equations' results.
    """

    site: int
    test: ast.expr
    reads: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Injections:
    """What is inserted into an iteration, and the variables that it carries from one to the next.

    The function is then advance(iterations, record, *tensors, loss, *state) and returns (carried, state); if
    an iteration is abandoned, it returns those at its beginning. An expression is inserted as it is: sharing
    memory with other results could change the order in which NumPy adds.
    """

    state: tuple[str, ...]
    items: tuple[Injection, ...]


def iteration_source(program: Program, drawn: bool, inserts: Injections | None = None) -> str:
    """The source of the function. `drawn`: each iteration draws its own samples."""
    fixed = set(program.constants) - (set(program.data) if drawn else set())
    numbering = ValueNumbering({name: program.shapes[name] for name in program.initial}, fixed)
    names = {name: name for name in program.initial}
    places: list[tuple[int, str]] = []
    for at, step in enumerate(program.steps):
        names[step.name] = numbering.name_of(step.lowered, names)
        for k, read in _injections_at(inserts, at):
            for name in read:
                numbering.mark_needed(names[name])
            called = [f"{name} = {names[name]}" for name in read if names[name] != name]
            places.append((len(numbering.values), "; ".join([*called, f"_insert_{k}"])))
    for name in (*program.carried, program.loss):
        numbering.mark_needed(names[name])
    before, inside = _lines(numbering, places)
    return _function(program, drawn, before, inside, names, inserts)


def _injections_at(inserts: Injections | None, site: int) -> list[tuple[int, tuple[str, ...]]]:
    """The insertions after an equation: its number, and what they read."""
    items = inserts.items if inserts else ()
    return [(k, item.reads) for k, item in enumerate(items) if item.site == site]


def _lines(numbering: ValueNumbering, places: list[tuple[int, str]]) -> tuple[list[str], list[str]]:
    """The lines before the loop and inside it; `places` are lines to put before the value of that number."""
    before: list[str] = []
    inside: list[str] = []
    waiting = list(places)
    for at, (name, value) in enumerate(numbering.values.items()):
        while waiting and waiting[0][0] <= at:
            inside.append(waiting.pop(0)[1])
        if value.needed:
            (before if value.invariant else inside).append(f"{name} = {value.text}")
    return before, [*inside, *(line for _, line in waiting)]


def _function(
    program: Program,
    drawn: bool,
    before: list[str],
    inside: list[str],
    names: Mapping[str, str],
    inserts: Injections | None,
) -> str:
    """The source of `advance` from its lines; `names` says which variables hold the equations' results."""
    carried = "".join(f"{name}, " for name in program.carried)
    results = "".join(f"{names[name]}, " for name in program.carried)
    state = "".join(f"{name}, " for name in inserts.state) if inserts else ""
    more = ["_loss", *inserts.state] if inserts else []
    samples = ", ".join(program.data) + "," * (len(program.data) == 1)
    return "\n".join(
        [
            f"def advance(iterations, record, {', '.join([*program.initial, *more])}):",
            *(f"    {line}" for line in before),
            f"    for {samples if drawn else '_'} in iterations:",
            f"        _begin = ({carried}), ({state})" if inserts else "",
            *(f"        {line}" for line in inside),
            f"        record({names[program.loss]})",
            f"        {PREVIOUS_LOSS} = {names[program.loss]}" if inserts else "",
            f"        {carried}= {results}" if carried != results else "",
            f"    return ({carried}), ({state})" if inserts else f"    return ({carried})",
        ]
    )


def _unshared_iteration(program: Program, drawn: bool, inserts: Injections | None) -> ast.Module:
    """The function whose lines are the equations as they are.

    A person's own equation may transpose a matrix within a sum, or multiply it by itself. Then the order in
    which NumPy adds depends on which intermediate results share memory, so none may be shared.
    """
    names = {name: name for name in program.tensors}
    module = ast.parse(_function(program, drawn, [], [], names, inserts))
    loop = _loop(module)
    lines: list[ast.stmt] = []
    for at, step in enumerate(program.steps):
        lines.append(ast.Assign([ast.Name(step.name, ast.Store())], step.lowered))
        for k, _ in _injections_at(inserts, at):
            lines += ast.parse(f"_insert_{k}").body
    begin = 1 if inserts else 0
    loop.body = [*loop.body[:begin], *lines, *loop.body[begin:]]
    return module


def _loop(module: ast.Module) -> ast.For:
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    return next(line for line in function.body if isinstance(line, ast.For))


def _inject(module: ast.Module, inserts: Injections) -> None:
    """Put every insertion in its place."""
    loop, lines = _loop(module), []
    for line in loop.body:
        match line:
            case ast.Expr(ast.Name(id=name)):
                item = inserts.items[int(name.removeprefix("_insert_"))]
                own = ast.parse("\n".join(item.lines)).body
                lines += [substitute(statement, "_test", item.test) for statement in own]
            case _:
                lines.append(line)
    loop.body = lines


def compile_iteration(program: Program, drawn: bool, inserts: Injections | None = None) -> CompiledIteration:
    """The function `advance`, which runs whole iterations, compiled from `iteration_source`."""
    scope = {**evaluation_scope(), "isfinite": np.isfinite}
    if program.replaced:
        module = _unshared_iteration(program, drawn, inserts)
    else:
        module = ast.parse(iteration_source(program, drawn, inserts))
    if inserts:
        _inject(module, inserts)
    # Compiled from trees that the grammar has accepted.
    exec(compile(ast.fix_missing_locations(module), "<iteration>", "exec"), scope)
    advance: CompiledIteration = scope["advance"]
    return advance
