"""`match` statements: each pattern as a closure that returns whether a value matches, and binds its names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.code import CallFrame
from bpstep.script.interpreter.expressions import ExpressionCompiler
from bpstep.script.interpreter.values import is_script_instance
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

Fits = Callable[[CallFrame, Any], bool]

_Bound = list[tuple[Callable[[CallFrame, Any], None], Any]]
"""How each name is bound, and to what: done only if the whole pattern matches, as in Python."""

_Part = Callable[[CallFrame, Any, _Bound], bool]

_ATOMS = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


def pattern(compiler: ExpressionCompiler, node: ast.pattern) -> Fits:
    """The closure of a pattern."""
    part = _part(compiler, node)

    def fits(f: CallFrame, given: Any) -> bool:
        bound: _Bound = []
        if not part(f, given, bound):
            return False
        for store, value in bound:
            store(f, value)
        return True

    return fits


def _part(compiler: ExpressionCompiler, node: ast.pattern) -> _Part:
    if isinstance(node, ast.MatchValue):
        value = compiler.expression(node.value)
        return lambda f, given, bound: bool(given == value(f))
    if isinstance(node, ast.MatchSingleton):
        constant = node.value
        return lambda f, given, bound: given is constant
    if isinstance(node, ast.MatchAs):
        return _named(compiler, node)
    if isinstance(node, ast.MatchOr):
        return _either(compiler, node)
    if isinstance(node, ast.MatchSequence):
        return _sequence(compiler, node)
    if isinstance(node, ast.MatchMapping):
        return _mapping(compiler, node)
    if isinstance(node, ast.MatchClass):
        return _class(compiler, node)
    raise ScriptRefused(fill(messages.PATTERN), node.lineno)


def _either(compiler: ExpressionCompiler, node: ast.MatchOr) -> _Part:
    parts = [_part(compiler, part) for part in node.patterns]

    def fits(f: CallFrame, given: Any, bound: _Bound) -> bool:
        before = len(bound)
        for part in parts:
            if part(f, given, bound):
                return True
            del bound[before:]
        return False

    return fits


def _named(compiler: ExpressionCompiler, node: ast.MatchAs) -> _Part:
    inner = _part(compiler, node.pattern) if node.pattern is not None else None
    store = compiler.variable(node, node.name) if node.name is not None else None

    def fits(f: CallFrame, given: Any, bound: _Bound) -> bool:
        if inner is not None and not inner(f, given, bound):
            return False
        if store is not None:
            bound.append((store, given))
        return True

    return fits


def _sequence(compiler: ExpressionCompiler, node: ast.MatchSequence) -> _Part:
    star = next((place for place, part in enumerate(node.patterns) if isinstance(part, ast.MatchStar)), None)
    starred = node.patterns[star] if star is not None else None
    name = starred.name if isinstance(starred, ast.MatchStar) else None
    store = compiler.variable(node, name) if name is not None else None
    parts = [_part(compiler, part) for part in node.patterns if not isinstance(part, ast.MatchStar)]

    def fits(f: CallFrame, given: Any, bound: _Bound) -> bool:
        if not isinstance(given, Sequence) or isinstance(given, str | bytes | bytearray):
            return False
        extra = len(given) - len(parts)
        if extra < 0 or (star is None and extra):
            return False
        items = list(given)
        if star is not None:
            rest = items[star : star + extra]
            items = [*items[:star], *items[star + extra :]]
        if not all(part(f, item, bound) for part, item in zip(parts, items)):
            return False
        if star is not None and store is not None:
            bound.append((store, rest))
        return True

    return fits


def _mapping(compiler: ExpressionCompiler, node: ast.MatchMapping) -> _Part:
    keys = compiler.expressions(node.keys)
    parts = [_part(compiler, part) for part in node.patterns]
    store = compiler.variable(node, node.rest) if node.rest is not None else None

    def fits(f: CallFrame, given: Any, bound: _Bound) -> bool:
        if not isinstance(given, Mapping):
            return False
        wanted = [key(f) for key in keys]
        if not all(key in given and part(f, given[key], bound) for key, part in zip(wanted, parts)):
            return False
        if store is not None:
            bound.append((store, {key: item for key, item in given.items() if key not in wanted}))
        return True

    return fits


def _class(compiler: ExpressionCompiler, node: ast.MatchClass) -> _Part:
    kind = compiler.expression(node.cls)
    positional = [_part(compiler, part) for part in node.patterns]
    named = [
        (compiler.name(name), _part(compiler, part)) for name, part in zip(node.kwd_attrs, node.kwd_patterns)
    ]
    attributes = compiler.interpreter.attributes

    def fits(f: CallFrame, given: Any, bound: _Bound) -> bool:
        wanted = kind(f)
        if not isinstance(wanted, type):
            raise TypeError("called match pattern must be a class")
        if not isinstance(given, wanted):
            return False
        if positional and wanted in _ATOMS:
            return positional[0](f, given, bound)
        names = _positions(given, wanted)
        if len(positional) > len(names):
            raise TypeError(f"{wanted.__name__}() accepts {len(names)} positional sub-patterns")
        for name, part in [*zip(names, positional), *named]:
            if not attributes.has(given, name) or not part(f, attributes.get(given, name), bound):
                return False
        return True

    return fits


def _positions(given: Any, wanted: type) -> tuple[str, ...]:
    if is_script_instance(given) or (isinstance(given, tuple) and hasattr(wanted, "_fields")):
        return tuple(getattr(wanted, "__match_args__", ()))
    return ()
