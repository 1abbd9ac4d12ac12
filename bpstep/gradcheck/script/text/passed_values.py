"""Statements that only pass a result on, as equations of a pass: a derivative may be missing in one.

`dZ = dA` and `return grad` compute nothing, so a pass has no equation for them. Where something is wrong they
are looked at like any other line.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.text_lines import last_part, target_of
from bpstep.script.equations.equations import OtherName, ScriptEquation, ScriptIteration


@dataclass
class _Copy:
    """A statement that passes a result on, as an equation before those from `before` on."""

    passed: OtherName
    target: str
    """The identifier it gives the result; empty for `return`."""
    equation: ScriptEquation


def with_copies(iteration: ScriptIteration, starts: Mapping[int, int]) -> ScriptIteration:
    """The pass with the statements that pass the results of some equations on.

    `starts` has the equations by their numbers, each with the number of the first equation before which a
    statement may do so. What is computed after such a statement reads the result from it, unless the author's
    line names another. A copy of a result, as `d = dh.copy()`, passes it on, too. The pass itself if there is
    no such statement.
    """
    iteration = _with_own_copies(iteration, starts)
    names = {each.name for each in iteration.equations} | iteration.initial.keys() | iteration.feeds.keys()
    copies: dict[int, list[_Copy]] = {}
    for at, start in starts.items():
        found = _copies(iteration.equations[at], at, start, names)
        if found:
            copies[at] = found
    if not copies:
        return iteration
    sources = {iteration.equations[at].name: (at, found) for at, found in copies.items()}
    result: list[ScriptEquation] = []
    waiting = sorted((one for found in copies.values() for one in found), key=lambda one: one.passed.before)
    for at in range(len(iteration.equations)):
        while waiting and waiting[0].passed.before <= at:
            result.append(waiting.pop(0).equation)
        result.append(_reading(iteration.equations, at, sources))
    result += [one.equation for one in waiting]
    return replace(iteration, equations=tuple(result))


def _with_own_copies(iteration: ScriptIteration, starts: Mapping[int, int]) -> ScriptIteration:
    """The pass with those of its equations marked as copies that are nothing but another one's result, and
    that no statement stores into afterwards."""
    places = {each.name: at for at, each in enumerate(iteration.equations)}
    count = Counter((base_name(each.name), each.call) for each in iteration.equations)
    made = [
        replace(each, copy_of=each.source)
        if places.get(each.source, at) < at
        and at >= starts.get(places[each.source], at + 1)
        and not each.opaque
        and count[base_name(each.name), each.call] == 1
        else each
        for at, each in enumerate(iteration.equations)
    ]
    return replace(iteration, equations=tuple(made)) if any(each.copy_of for each in made) else iteration


def _copies(equation: ScriptEquation, at: int, start: int, names: set[str]) -> list[_Copy]:
    own = _own_name(equation)
    found: list[_Copy] = []
    for passed in equation.other_names:
        value = _passed_value(passed.written)
        # What the backward pass takes out of a cache is still a result of the forward pass.
        is_late = start > 0 and (passed.before < start or not _is_renaming(passed.written))
        if value is None or equation.opaque or is_late:
            continue
        target = target_of(passed.written)
        base = target or own
        count = 1
        while (name := f"{base}:{passed.line_in_name}:{count}") in names:
            count += 1
        names.add(name)
        before = next((one for one in reversed(found) if one.target == value), None)
        if before is None and value != own and found:
            before = found[-1]
        source = equation.name if before is None else before.equation.name
        copy = replace(
            equation,
            name=name,
            source=source,
            written=passed.written,
            file=passed.file,
            line=passed.line,
            call=passed.call,
            called=(),
            other_names=(),
            copy_of=equation.name,
        )
        # What a function returns may get its own name later.
        found.append(_Copy(replace(passed, before=max(passed.before, at + 1)), target, copy))
    return found


def _passed_value(written: str) -> str | None:
    """The identifier of what a statement passes on, for an entry that of its list; None where it is the
    result of a call."""
    returned = re.match(r"\s*return\s+([\w.]+)\s*(,.*)?$", written)
    if returned:
        return returned[1].split(".")[-1]
    try:
        (statement,) = ast.parse(written.strip()).body
    except (SyntaxError, ValueError):
        return None
    match statement:
        case ast.Assign(value=ast.Name(id=name)) | ast.Assign(value=ast.Attribute(attr=name)):
            return name
        case ast.Assign(value=ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name
        case ast.Assign(value=ast.Subscript()):
            return ""
    return None


def _is_renaming(written: str) -> bool:
    """Whether a statement gives a variable or an attribute the name of another one."""
    try:
        (statement,) = ast.parse(written.strip()).body
    except (SyntaxError, ValueError):
        return False
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Name() | ast.Attribute()):
            return True
    return False


def _own_value(equation: ScriptEquation) -> str:
    """What a statement that assigns several values assigns to an equation's own name; empty for another."""
    try:
        (statement,) = ast.parse(equation.written.strip()).body
    except (SyntaxError, ValueError):
        return ""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            names = [last_part(ast.unparse(each)) for each in targets]
            own = last_part(base_name(equation.name))
            if len(targets) == len(values) and own in names:
                return ast.unparse(values[names.index(own)])
    return ""


def _own_name(equation: ScriptEquation) -> str:
    """The identifier that an equation's statement gives its result."""
    return target_of(equation.written) or last_part(equation.name)


def _reading(
    equations: Sequence[ScriptEquation], at: int, sources: dict[str, tuple[int, list[_Copy]]]
) -> ScriptEquation:
    """An equation that reads what statements pass on from the last of them that it can mean."""
    equation = equations[at]
    # The name that a statement gives its result is none that it reads.
    value = _own_value(equation) or re.sub(r"^[^=(]*[^=(<>!+*/@-]=(?!=)", "", equation.written)
    written = re.findall(r"\w+", value)
    words = set(written)
    instead: dict[str, list[str]] = {}
    # Patterns are slow where thousands of equations meet hundreds of copies.
    for name, (source, copies) in (
        (each, found) for each, found in sources.items() if each in equation.source
    ):
        there = [one for one in copies if source < at and one.passed.before <= at]
        if not there or not _reads(name).search(equation.source):
            continue
        named = [one for one in there if one.target in words]
        # What the line calls by its own name is not what was passed on.
        last = {_own_name(equations[source]): name} | {one.target: one.equation.name for one in named}
        in_order = [last[word] for word in written if word in last]
        if len(in_order) == len(_reads(name).findall(equation.source)):
            # One result may have several names in a line.
            instead[name] = in_order
        elif named:
            instead[name] = [named[-1].equation.name]
        elif _own_name(equations[source]) not in words:
            instead[name] = [there[-1].equation.name]
    text = equation.source
    for name, others in instead.items():
        first, *parts = _reads(name).split(text)
        # Where the statement's names do not tell which is which, all are the last one.
        wanted = [*others, *(others[-1:] * len(parts))]
        text = first + "".join(other + part for other, part in zip(wanted, parts))
    return equation if text == equation.source else replace(equation, source=text)


def _reads(name: str) -> re.Pattern[str]:
    """A tensor in an equation's text, maybe with a method called; no longer name that begins like it."""
    return re.compile(rf"(?<![\w.\]]){re.escape(name)}(?![\w:\[]|\.(?!T\b|\w+\())")
