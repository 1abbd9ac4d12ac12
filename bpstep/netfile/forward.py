"""A network given by its forward pass: `[program] forward`, and the tables of the tensors it reads."""

from __future__ import annotations

import ast
import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from keyword import iskeyword
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError, FileError
from bpstep.files import MAX_NUMBERS
from bpstep.lang.functions import NAMES
from bpstep.lang.parser import canonical, is_plain_name, parse
from bpstep.lang.products import canonical_dots
from bpstep.lang.shapes import shape_of, shape_text, value_shape, whole_names
from bpstep.lang.trees import index_parts
from bpstep.model.network import RUNNING, Array, ForwardPass, Network, RunningValue
from bpstep.netfile import messages
from bpstep.netfile.csv import OTHERS, read_columns
from bpstep.netfile.equation_errors import statement_problem, syntax_problem
from bpstep.netfile.initial_values import InitialValues
from bpstep.netfile.table import Table, describe_value, finite_numbers
from bpstep.netfile.weights_layout import weights_of
from bpstep.text import fill, fill_plural

MAX_FORWARD_LENGTH = 100_000

_MAX_AXES = 4

_INDEX_LIMIT = 2**31
"""Indices are smaller, so that a number computed from several fits into 64 bits."""

Indices = dict[str, Callable[[object], FileError]]
"""The tensors used as indices: for each, the error for a number in it that can't be an index."""

_DRAWN_KEYS = ("shape", "init")

_RUNNING_KEYS = ("start", "next")


def read_forward_pass(table: Table, initial: InitialValues, turned: bool) -> ForwardPass:
    """The forward equations of a network file, its data, constants and initial parameters.

    `initial` draws the parameters that are not given. If weights are `turned`, the file has a row of them for
    each unit, and the equations one for each input. FileError, with the line, if one is invalid.
    """
    program = table.table("program")
    lines = list(_equations(program))
    indices = _indices(table, lines)
    data = _read_data(table.table("data"), indices)
    constants = {
        key: _read_array(table.table("constants"), key, indices) for key in _keys(table, "constants")
    }
    weights = weights_of((name, canonical(written)) for name, written, _ in lines) if turned else set()
    parameters = {
        key: _read_parameter(table.table("parameters"), key, initial, at, key in weights)
        for at, key in enumerate(_keys(table, "parameters"))
    }
    if not parameters:
        raise table.error("parameters", fill(messages.NO_PARAMETERS))
    running = {key: _read_running(table.table("running"), key, lines) for key in _keys(table, "running")}
    _refuse_repeated_names(table, data, constants, parameters, running)
    count = table.integer("batch_size", 0, 0, max(map(len, data.values()), default=1)) or None
    start = {**{name: value[:count] for name, value in data.items()}, **constants, **parameters}
    equations = tuple(_in_language(program, lines, start))
    return ForwardPass(equations, data, constants, parameters, running)


def stored_weights(table: Table, forward: ForwardPass) -> list[Array]:
    """The weights of units that come from other files; the layout of those in this file is given
    beside them.
    """
    parameters = table.table("parameters").values
    names = (
        name
        for name in weights_of(forward.equations) & parameters.keys()
        if isinstance(parameters[name], dict) and "file" in parameters[name]
    )
    return [forward.parameters[name] for name in names if forward.parameters[name].ndim == 2]


def _in_language(
    program: Table, lines: list[tuple[str, str, int]], start: dict[str, Array]
) -> Iterator[tuple[str, str]]:
    """The forward equations in the language's own forms; the shapes known so far decide what a dot means."""
    has_dots = any("dot" in written for _, written, _ in lines)
    shapes = {"t": (), **{name: value_shape(value) for name, value in start.items()}}
    for name, written, line in lines:
        try:
            source = canonical_dots(written, shapes)
        except ExpressionError as error:
            slots = {"equation": name, "problem": error}
            raise program.error_at(line, fill(messages.ABOUT_EQUATION, **slots)) from None
        yield name, source
        if has_dots:
            # Errors are reported when the program is derived.
            with contextlib.suppress(ExpressionError):
                shapes[name] = shape_of(parse(source, shapes, max_length=None), shapes)


def forward_error(table: Table, equation: str | None, reason: str) -> FileError:
    """The error for an equation of the forward pass, or an equation derived from it, that is invalid."""
    program = table.table("program")
    places = {name: line for name, _, line in _equations(program)}
    if equation in places:
        return program.error_at(places[equation], reason)
    if equation in table.table("running").values:
        return table.table("running").error(equation, reason)
    return program.error("forward", reason)


def equation_of_one_size(network: Network, forward: ForwardPass) -> str:
    """The first equation with a number, or a tensor that is not data, of the size of a usual batch; empty if
    there is none.
    """
    usual = network.batch_sizes[0]
    given = {**forward.constants, **forward.parameters}
    for name, source in forward.equations:
        for node in ast.walk(ast.parse(source, mode="eval")):
            if isinstance(node, ast.Constant) and node.value == usual:
                return name
            if isinstance(node, ast.Name) and usual in np.shape(given.get(node.id, 0)):
                return name
    return ""


def _keys(table: Table, part: str) -> Iterator[str]:
    """The names that a table gives to tensors."""
    inner = table.table(part)
    for name in inner.values:
        if not is_plain_name(name):
            raise inner.error(name, fill(messages.NOT_A_TENSOR_NAME, name=name))
        if iskeyword(name):
            raise inner.error(name, fill(messages.KEYWORD_AS_NAME, name=name))
        yield name


def _equations(program: Table) -> Iterator[tuple[str, str, int]]:
    """(name, right-hand side as written, line of the file) of every forward equation."""
    text, first = program.lines("forward")
    if len(text) > MAX_FORWARD_LENGTH:
        raise program.error("forward", fill(messages.FORWARD_TOO_LONG, limit=MAX_FORWARD_LENGTH))
    try:
        statements = ast.parse(text).body
    except SyntaxError as error:
        line = first + (error.lineno or 1) - 1
        raise program.error_at(line, syntax_problem(text, error)) from None
    except (RecursionError, MemoryError, ValueError):
        raise program.error("forward", fill(messages.NOT_AN_EQUATION)) from None
    if not statements:
        raise program.error("forward", fill(messages.NO_EQUATIONS))
    for statement in statements:
        line = first + statement.lineno - 1
        match statement:
            case ast.Assign(targets=[ast.Name(name)], value=value) if not isinstance(value, ast.Starred):
                yield name, _one_line(ast.get_source_segment(text, value) or "", value), line
            case _:
                raise program.error_at(line, statement_problem(statement))


def _one_line(source: str, value: ast.expr) -> str:
    """An expression as written, on one line; one with a comment inside is printed anew."""
    return ast.unparse(value) if "#" in source else " ".join(source.replace("\\\n", " ").split())


def _indices(table: Table, lines: list[tuple[str, str, int]]) -> Indices:
    """The tensors that occur in an index, and so have to be whole numbers: tokens in C[tokens].

    Those from which an equation computes such a tensor have to be, too.
    """
    found: Indices = {}
    program = table.table("program")
    tensors = {name for name, _, _ in lines}
    tensors.update(*(table.table(part).values for part in ("data", "constants", "parameters")))
    for equation, written, line in reversed(lines):
        tree = ast.parse(canonical(written), mode="eval").body
        inside = [tree] if equation in found else []
        for node in ast.walk(tree):
            match node:
                case ast.Subscript(value=ast.Name(name)) if name in NAMES and name not in tensors:
                    continue  # tanh[X], which is refused as a function without an argument
                case ast.Subscript():
                    inside += index_parts(node)
                case ast.Call(func=ast.Name("one_hot"), args=[first, *_]):
                    inside.append(first)
        for part in inside:
            for name in whole_names(part):
                found[name] = partial(_index_error, program, line, equation, name)
    return found


def _index_error(program: Table, line: int, equation: str, key: str, value: object) -> FileError:
    """The error for a number of `key` that the equation uses as an index."""
    slots = {"equation": equation, "key": key, "value": describe_value(value)}
    return program.error_at(line, fill(messages.INDEX_NOT_WHOLE, **slots))


def _read_data(data: Table, indices: Indices) -> dict[str, Array]:
    """All samples: one row per sample in each tensor."""
    if "file" in data:
        found = _read_columns(data, indices)
    else:
        found = {key: _read_array(data, key, indices) for key in data.values}
    rows = {name: len(value) if value.ndim else 0 for name, value in found.items()}
    for name, count in rows.items():
        first = next(iter(rows))
        if count == 0:
            raise data.error(name, fill(messages.NO_ROWS, name=name))
        if count != rows[first]:
            one, many = messages.DATA_ROWS_ONE, messages.DATA_ROWS_MANY
            raise data.error(
                name, fill_plural(count, one, many, name=name, other=first, expected=rows[first])
            )
    return found


def _read_columns(data: Table, indices: Indices) -> dict[str, Array]:
    path = data.sibling("file")
    header = data.flag("header", True)
    tensors = {key: data.columns(key) for key in data.values if key not in ("file", "header")}
    found = {}
    named = {name for names in tensors.values() for name in names}
    for key, columns in tensors.items():
        with data.errors_of_file("file"):
            apart = sorted(named - {OTHERS, *columns})
            value = read_columns(path, columns, [], apart, header)[0]
        if key in indices:
            value = _whole_numbers(value, indices[key])
            if isinstance(data.values[key], str) and value.shape[1] == 1:
                # A column that is named without brackets and counts something is a vector, as in y = [0, 1].
                value = value[:, 0].copy()
        found[key] = value
    return found


def _whole_numbers(value: Array, error: Callable[[object], FileError]) -> Array:
    """The numbers of a file as integers; the error for the first that can't be an index."""
    wrong = value[(value != np.floor(value)) | (np.abs(value) >= _INDEX_LIMIT)]
    if wrong.size:
        raise error(float(wrong[0]))
    return value.astype(np.int64)


def _read_array(table: Table, key: str, indices: Indices) -> Array:
    """A number or nested lists of numbers; whole numbers stay integers if they are indices."""
    value = table.values[key]
    cells: list[Any] = []
    shape = _shape(table, key, value, cells)
    numbers = finite_numbers(cells)
    if numbers is None:
        wrong = next(cell for cell in cells if finite_numbers([cell]) is None)
        if key in indices:
            raise indices[key](wrong)
        raise table.error(key, fill(messages.NOT_A_NUMBER, key=key, value=describe_value(wrong)))
    if key in indices:
        for cell in cells:
            if type(cell) is not int or abs(cell) >= _INDEX_LIMIT:
                raise indices[key](cell)
        return np.array(cells, dtype=np.int64).reshape(shape)  # type: ignore[return-value]
    return np.float64(numbers[0]) if shape == () else numbers.reshape(shape)  # type: ignore[return-value]


def _shape(table: Table, key: str, value: Any, cells: list[Any]) -> tuple[int, ...]:
    """The shape of nested lists; their numbers are added to `cells`."""
    if not isinstance(value, list):
        cells.append(value)
        return ()
    shapes = {_shape(table, key, each, cells) for each in value}
    if not shapes:
        raise table.error(key, fill(messages.EMPTY_ARRAY, key=key))
    if len(shapes) > 1:
        raise table.error(key, fill(messages.RAGGED_ARRAY, key=key))
    shape = (len(value), *shapes.pop())
    if len(shape) > _MAX_AXES:
        raise table.error(key, fill(messages.TOO_MANY_AXES, key=key, limit=_MAX_AXES))
    return shape


def _read_parameter(table: Table, key: str, initial: InitialValues, at: int, turned: bool) -> Array:
    """The initial values of a parameter: given, or drawn by an initialiser.

    A `turned` matrix has rows and columns exchanged in the file.
    """
    value = table.values[key]
    if isinstance(value, str):
        raise table.error(key, fill(messages.NOT_A_PARAMETER, key=key, value=describe_value(value)))
    if not isinstance(value, dict):
        return _turned(_read_array(table, key, {}), turned)
    drawn = table.table(key)
    if "file" in drawn:
        stored = table.stored(key)
        assert stored is not None
        if stored.ndim > _MAX_AXES:
            raise table.error(key, fill(messages.TOO_MANY_AXES, key=key, limit=_MAX_AXES))
        return np.float64(stored) if stored.ndim == 0 else _turned(stored, turned)  # type: ignore[return-value]
    drawn.refuse_unknown(_DRAWN_KEYS)
    drawn.require("shape")
    shape = drawn.values["shape"]
    whole = isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape)
    if not whole or len(shape) > _MAX_AXES:
        raise drawn.value_error("shape", fill(messages.A_SHAPE, limit=_MAX_AXES))
    if math.prod(shape) > MAX_NUMBERS:
        slots = {"shape": shape_text(tuple(shape)), "limit": MAX_NUMBERS}
        raise drawn.error("shape", fill(messages.SHAPE_TOO_LARGE, **slots))
    return initial.read(drawn, tuple(shape), at, ("ones",), turned=turned and len(shape) == 2)


def _turned(array: Array, turned: bool) -> Array:
    return array.T.copy() if turned and array.ndim == 2 else array


def _read_running(running: Table, key: str, lines: list[tuple[str, str, int]]) -> RunningValue:
    """The running value of a tensor of the forward pass, for test samples: its start, and its equation."""
    names = {name for name, _, _ in lines}
    if not key.startswith(RUNNING) or key.removeprefix(RUNNING) not in names or key in names:
        raise running.error(key, fill(messages.RUNNING_NAME, name=key))
    value = running.table(key)
    value.refuse_unknown(_RUNNING_KEYS)
    value.require(*_RUNNING_KEYS)
    try:
        return RunningValue(_read_array(value, "start", {}), canonical(value.text("next")))
    except ExpressionError as error:
        raise value.error("next", fill(messages.ABOUT_EQUATION, equation=key, problem=error)) from None


def _refuse_repeated_names(table: Table, *parts: Mapping[str, object]) -> None:
    seen: set[str] = set()
    for place, part in zip(("data", "constants", "parameters", "running"), parts):
        for name in part:
            if name in seen:
                raise table.table(place).error(name, fill(messages.REPEATED_TENSOR, name=name))
            seen.add(name)
