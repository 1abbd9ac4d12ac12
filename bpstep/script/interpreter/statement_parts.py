"""The parts of statements that contain others, or in which a run may have to pause."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bpstep.script.interpreter.code import Block, CallFrame, Evaluator, Namespace, Runner, Store


@dataclass(frozen=True)
class ForParts:
    """`for target in items: body else: orelse`."""

    node: ast.For
    items: Evaluator
    store: Store
    body: Block
    orelse: Block | None


@dataclass(frozen=True)
class WhileParts:
    """`while test: body else: orelse`."""

    node: ast.While
    test: Evaluator
    body: Block
    orelse: Block | None


@dataclass(frozen=True)
class IfParts:
    """`if test: body else: orelse`."""

    node: ast.If
    test: Evaluator
    body: Block
    orelse: Block | None


@dataclass(frozen=True)
class Handler:
    """`except kind as name: body`."""

    kind: Evaluator | None
    store: Store | None
    forget: Runner | None
    body: Block


@dataclass(frozen=True)
class TryParts:
    """`try: body except …: … else: orelse finally: final`."""

    node: ast.Try
    body: Block
    handlers: tuple[Handler, ...]
    orelse: Block | None
    final: Block | None


@dataclass(frozen=True)
class WithParts:
    """`with manager as target: body`, one manager."""

    node: ast.With
    manager: Evaluator
    store: Store | None
    body: Block


@dataclass(frozen=True)
class CallParts:
    """A statement that uses the result of one call: `name = f(x)`, `f(x)`, `return f(x)`."""

    node: ast.stmt
    function: Evaluator
    arguments: Callable[[CallFrame], tuple[Any, ...]]
    keywords: Callable[[CallFrame], Namespace] | None
    finish: Callable[[CallFrame, Any], Any]


@dataclass(frozen=True)
class YieldParts:
    """`target = yield value`."""

    node: ast.stmt
    value: Evaluator
    finish: Callable[[CallFrame, Any], None]
    each: bool
    """Whether it is `yield from`."""


StatementParts = ForParts | WhileParts | IfParts | TryParts | WithParts | CallParts | YieldParts
