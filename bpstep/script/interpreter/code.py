"""A function's compiled form: its parameters, what runs it, and its frame."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Namespace = dict[str, Any]


class Variable:
    """A variable that functions share with the surrounding function. Without `value` it is unbound."""

    __slots__ = ("value",)
    value: Any


class CallFrame:
    """One call: its variables, and those that it shares with functions inside or around it."""

    __slots__ = ("code", "result", "shared", "variables")

    def __init__(self, code: Code | None, variables: Namespace, shared: dict[str, Variable]) -> None:
        self.code = code
        self.variables = variables
        self.shared = shared
        self.result: Any = None


Evaluator = Callable[[CallFrame], Any]
"""Evaluates an expression in a frame."""

Store = Callable[[CallFrame, Any], None]
"""Stores a value in a frame, or in an object reached from it."""

Runner = Callable[[CallFrame], Any]
"""Runs a statement in a frame: None, or one of the signals below if control leaves its block."""


class Signal:
    """Why a block ended before its last statement."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


BREAK = Signal("break")
CONTINUE = Signal("continue")
RETURN = Signal("return")
"""The value is in the frame's `result`."""


@dataclass
class Block:
    """Statements in order: one by one for a stepping caller, or all at once by `run`."""

    runners: list[Runner]
    lines: list[int]
    run: Runner
    generated: Runner | None = None
    """Runs them all at once by generated code, if there is any: see `generated`."""


@dataclass
class Code:
    """A function, lambda or generator. `simple` if it has only positional parameters.

    `shared` are its variables that inner functions share, `free` those that it shares with surrounding
    functions.
    """

    name: str
    qualified_name: str
    line: int
    node: ast.AST | None
    positional: tuple[str, ...] = ()
    positional_only: int = 0
    star: str | None = None
    keyword_only: tuple[str, ...] = ()
    double_star: str | None = None
    shared: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    doc: str | None = None
    block: Block | None = None
    value: Evaluator | None = None
    is_generator: bool = False
    simple: bool = True
    shared_parameters: tuple[str, ...] = field(default=())
    generated: Callable[..., Any] | None = None
    """Runs a call by generated code, if there is any; takes all parameters by position."""
    arity: int = -1
    """The number of arguments with which a call can run without binding them first."""
