"""The published values of a network file: `[[expect]]`."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.lang.cells import cell_name, complete_index, parse_cell
from bpstep.lang.parser import listed
from bpstep.model.network import PublishedValue
from bpstep.netfile import messages
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.table import Table
from bpstep.program.position import parse_position
from bpstep.program.program import Program
from bpstep.text import closest, fill, quoted

_MAX_DECIMALS = 400
"""More decimals than the smallest float64 needs."""

MAX_DIGITS = 17
"""This many significant digits distinguish every float64 from every other."""


def read_expected_values(table: Table) -> tuple[PublishedValue, ...]:
    """Every published value, in the file's order."""
    return tuple(_expected_value(entry) for entry in table.tables("expect"))


def _expected_value(entry: Table) -> PublishedValue:
    entry.refuse_unknown(TableKeys.EXPECT.value, TableKeys.EXPECT)
    entry.require("at", "name", "value")
    if ("decimals" in entry) == ("digits" in entry):
        raise entry.error(None, fill(messages.DECIMALS_OR_DIGITS))
    return PublishedValue(
        at=entry.text("at"),
        name=entry.text("name"),
        value=entry.number("value"),
        decimals=entry.integer("decimals", 0, 0, _MAX_DECIMALS) if "decimals" in entry else None,
        digits=entry.integer("digits", 1, 1, MAX_DIGITS) if "digits" in entry else None,
        source=entry.text("source"),
        line=entry.document.line(entry.place),
    )


def check_expected_values(table: Table, program: Program) -> None:
    """Refuse published values at positions or cells that the program lacks."""
    for entry in table.tables("expect"):
        for key, check in (("at", parse_position), ("name", check_cell)):
            try:
                check(entry.text(key), program)
            except BpstepError as error:
                raise entry.error(key, str(error)) from None


def check_cell(text: str, program: Program) -> None:
    """BpstepError if `text` does not name one number of the program, as "E" or "V[0,1]" do."""
    name, index = parse_cell(text, program.shapes)
    if name not in program.shapes:
        close = closest(name, program.tensors)
        template = messages.UNKNOWN_TENSOR_DID_YOU_MEAN if close else messages.UNKNOWN_TENSOR
        slots = {"name": quoted(name), "suggestion": quoted(close), "names": listed(program.tensors)}
        raise BpstepError(fill(template, **slots))
    shape = program.shapes[name]
    index = complete_index(index, shape)
    if len(index) != len(shape):
        one = cell_name(name, (0,) * len(shape))
        raise BpstepError(fill(messages.NOT_ONE_CELL, name=name, shape=list(shape), example=one))
    if any(at >= length for at, length in zip(index, shape)):
        raise BpstepError(fill(messages.CELL_OUTSIDE, cell=text, name=name, shape=list(shape)))
