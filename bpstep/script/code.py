"""A function's compiled form: its parameters, what runs it, and the frame that it runs in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Namespace = dict[str, Any]


class Variable:
    """A variable that functions share with the function around them. Without `value` it is unbound."""

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
"""Stores a value in a frame, or in what it reaches."""

Runner = Callable[[CallFrame], Any]
"""Runs a statement in a frame: None, or one of the signals below where control leaves its block."""


class Signal:
    """Why a block ended before its last statement."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


BREAK = Signal("break")
CONTINUE = Signal("continue")
RETURN = Signal("return")
"""The value stands in the frame's `result`."""


@dataclass
class Block:
    """Statements in order: one by one for who steps, or all at once by `run`."""

    runners: list[Runner]
    lines: list[int]
    run: Runner
    generated: Runner | None = None
    """Runs them all at once by generated code, where there is some: see `generated`."""


@dataclass
class Code:
    """A function, lambda or generator. `simple` where it has positional parameters only.

    `shared` are its variables that inner functions share, `free` those it shares with the functions around.
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
    """Runs a call by generated code, where there is some; takes all parameters by position."""
    arity: int = -1
    """How many arguments such a call has to have to be run without binding them first."""
