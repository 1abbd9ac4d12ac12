"""The published values of a network file: `[[expect]]`."""

from __future__ import annotations

import re

from bpstep.errors import BpstepError
from bpstep.files import quoted
from bpstep.network import Expect, Network
from bpstep.position import resolve
from bpstep.program import Program
from bpstep.reading.fields import Table, did_you_mean

_CELL = re.compile(r"(\w+)(?:\[ *(\d{1,9}(?: *, *\d{1,9})*) *\])?", re.ASCII)


def read_expects(table: Table) -> tuple[Expect, ...]:
    """Every published value, in the file's order."""
    return tuple(_expect(entry) for entry in table.tables("expect"))


def _expect(entry: Table) -> Expect:
    entry.refuse_others(("at", "name", "value", "decimals", "source"))
    entry.require("at", "name", "value", "decimals")
    return Expect(
        at=entry.text("at"),
        name=entry.text("name"),
        value=entry.number("value"),
        decimals=entry.whole("decimals", 0, 0, 15),
        source=entry.text("source"),
        line=entry.document.line(entry.place),
    )


def check_expects(table: Table, network: Network, program: Program) -> None:
    """Refuse published values that are at no position of the program or of no cell that it has."""
    for entry, expect in zip(table.tables("expect"), network.expects):
        try:
            resolve(expect.at, program)
        except BpstepError as error:
            raise entry.error("at", str(error)) from None
        problem = cell_problem(expect.name, program)
        if problem:
            raise entry.error("name", problem)


def cell_problem(text: str, program: Program) -> str:
    """What is wrong with `text` as the name of one number, "E" or "V[0,1]"; empty where nothing is."""
    match = _CELL.fullmatch(text)
    if match is None:
        return f'{quoted(text)} is no cell: expected a tensor, "E", or a cell, "V[0,1]"'
    name, index = match[1], [int(part) for part in match[2].split(",")] if match[2] else []
    if name not in program.shapes:
        hint = did_you_mean(name, program.tensors) or "expected one that the program has"
        return f"there is no tensor {quoted(name)}: {hint}"
    shape = program.shapes[name]
    size = f"{name} has shape {list(shape)}"
    if index and len(index) != len(shape):
        return f"{quoted(text)}: {size}, expected {len(shape)} numbers in the brackets"
    if any(at >= length for at, length in zip(index, shape)):
        return f"{quoted(text)} is outside: {size}, cells are counted from 0"
    if not index and any(length != 1 for length in shape):
        return f"{size}: expected one cell of it, like {name}[{','.join('0' * len(shape))}]"
    return ""
