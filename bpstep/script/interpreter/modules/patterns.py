"""Regular expressions, `re`, if their time can be bounded before they run: Python can't interrupt them.

A pattern of single characters, groups, alternatives and repetitions is tried at each place of a text. A
repetition of variable length is tried with each of its lengths, several ones with each combination; one with
nothing after it that can fail only once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.methods import METHODS, READABLE
from bpstep.script.interpreter.protocols import Library
from bpstep.script.interpreter.values import Builtin, Module
from bpstep.script.limits import check_items
from bpstep.script.refusal import OutOfBounds, ScriptRefused
from bpstep.text import fill

MAX_PATTERN = 1_000
"""The most characters of a pattern."""

MAX_STEPS = 10**8
"""The most steps of one call: a second or two."""

FLAGS = "A ASCII I IGNORECASE M MULTILINE S DOTALL U UNICODE X VERBOSE"
SEARCHING = "search match fullmatch findall finditer"
MATCH = "group groups groupdict start end span expand"

_REPEATS = (parser.MAX_REPEAT, parser.MIN_REPEAT)
_SINGLE = (parser.LITERAL, parser.NOT_LITERAL, parser.ANY, parser.IN, parser.AT)


def patterns(interpreter: Library) -> Module:
    """The module `re`, with patterns and texts limited so that a match takes bounded time."""

    def compiled(pattern: Any, flags: Any = 0) -> re.Pattern[str]:
        if isinstance(pattern, re.Pattern):
            return pattern
        if not isinstance(pattern, str):
            raise ScriptRefused(fill(messages.PATTERN_OF_BYTES))
        check_pattern(pattern)
        made = re.compile(pattern, flags)
        matching_steps(made, 0)
        return made

    def searching(name: str) -> Callable[..., Any]:
        def run(pattern: Any, string: str, *args: Any, flags: Any = 0) -> Any:
            if args and not isinstance(pattern, re.Pattern):
                flags, args = args[0], args[1:]
            made = compiled(pattern, flags)
            check_text(made, string)
            found = getattr(made, name)(string, *args)
            return iter(list(found)) if name == "finditer" else found

        return run

    def split(pattern: Any, string: str, maxsplit: int = 0, flags: Any = 0) -> list[Any]:
        made = compiled(pattern, flags)
        check_text(made, string)
        return made.split(string, maxsplit)

    def substituted(pattern: Any, repl: Any, string: str, count: int = 0, flags: Any = 0) -> tuple[str, int]:
        made = compiled(pattern, flags)
        check_text(made, string)
        if isinstance(repl, str):
            # Each match is replaced by the text, in which each character may stand for a part of the match.
            check_items((2 * len(string) + 1) * (len(repl) + 1))
            return made.subn(repl, string, count)
        return made.subn(lambda match: interpreter.call(repl, (match,), {}), string, count)

    functions: dict[str, Callable[..., Any]] = {name: searching(name) for name in SEARCHING.split()}
    functions |= {
        "split": split,
        "sub": lambda *args, **kwargs: substituted(*args, **kwargs)[0],
        "subn": substituted,
    }
    METHODS[re.Pattern] = dict(functions)
    READABLE[re.Pattern] = frozenset({"pattern", "flags", "groups"})
    METHODS[re.Match] = {name: getattr(re.Match, name) for name in MATCH.split()}
    METHODS[re.Match]["__getitem__"] = re.Match.__getitem__
    READABLE[re.Match] = frozenset({"string", "pos", "endpos", "lastindex", "lastgroup", "re"})
    functions |= {"compile": compiled, "escape": re.escape}
    names: dict[str, Any] = {name: Builtin(name, run) for name, run in functions.items()}
    names |= {name: getattr(re, name) for name in FLAGS.split()}
    return Module("re", names | {"error": re.error})


def check_pattern(pattern: str) -> None:
    """Raise OutOfBounds for a pattern that is too long to compile."""
    if len(pattern) > MAX_PATTERN:
        raise OutOfBounds(fill(messages.PATTERN_TOO_SLOW))


def check_text(pattern: re.Pattern[str], text: Any) -> None:
    """Raise OutOfBounds if a pattern might take too long in a text."""
    if not isinstance(text, str):
        raise TypeError(f"expected string or bytes-like object, got '{type(text).__name__}'")
    if matching_steps(pattern, len(text)) > MAX_STEPS:
        raise OutOfBounds(fill(messages.PATTERN_TOO_SLOW))


def matching_steps(pattern: re.Pattern[str], length: int) -> float:
    """An upper bound for the steps of a pattern in a text. OutOfBounds if there is none."""
    tree = list(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    return float(length + 1) * (len(pattern.pattern) + 1) * _tries(tree, length, is_last=True)


def _tries(items: list[Any], length: int, is_last: bool = False) -> float:
    """In how many ways items in order may be tried at one place."""
    ways = 1.0
    for at, (kind, value) in enumerate(items):
        ends = is_last and all(other in _REPEATS and rest[0] == 0 for other, rest in items[at + 1 :])
        if kind in _SINGLE:
            continue
        if kind is parser.SUBPATTERN:
            ways *= _tries(list(value[3]), length, ends)
        elif kind is parser.BRANCH:
            ways *= sum(_tries(list(branch), length, ends) for branch in value[1])
        elif kind in _REPEATS:
            ways *= _tries_of_repeat(value, length, ends)
        else:
            raise OutOfBounds(fill(messages.PATTERN_TOO_SLOW))
    return ways


def _tries_of_repeat(value: Any, length: int, ends: bool) -> float:
    least, most, body = value
    inner = _tries(list(body), length)
    if most <= 1:
        return 1.0 + inner
    if inner > 1:
        raise OutOfBounds(fill(messages.PATTERN_TOO_SLOW))
    is_one = len(body) == 1 and body[0][0] in _SINGLE
    lengths = min(least if ends and is_one else most, length)
    return float(lengths + 1)
