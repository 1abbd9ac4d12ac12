"""The published values of a network file: `[[expect]]`."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.lang.cells import cell_name, complete_index, parse_cell
from bpstep.model.network import PublishedValue
from bpstep.netfile.table import Table, did_you_mean
from bpstep.program.position import parse_position
from bpstep.program.program import Program
from bpstep.text import quoted


def read_expected_values(table: Table) -> tuple[PublishedValue, ...]:
    """Every published value, in the file's order."""
    return tuple(_expected_value(entry) for entry in table.tables("expect"))


def _expected_value(entry: Table) -> PublishedValue:
    entry.refuse_unknown(("at", "name", "value", "decimals", "source"))
    entry.require("at", "name", "value", "decimals")
    return PublishedValue(
        at=entry.text("at"),
        name=entry.text("name"),
        value=entry.number("value"),
        decimals=entry.integer("decimals", 0, 0, 15),
        source=entry.text("source"),
        line=entry.document.line(entry.place),
    )


def check_expected_values(table: Table, program: Program) -> None:
    """Refuse published values that are at no position of the program or of no cell that it has."""
    for entry in table.tables("expect"):
        for key, check in (("at", parse_position), ("name", check_cell)):
            try:
                check(entry.text(key), program)
            except BpstepError as error:
                raise entry.error(key, str(error)) from None


def check_cell(text: str, program: Program) -> None:
    """BpstepError where `text` does not name one number of the program, as "E" or "V[0,1]" do."""
    name, index = parse_cell(text)
    if name not in program.shapes:
        hint = did_you_mean(name, program.tensors) or "expected one that the program has"
        raise BpstepError(f"there is no tensor {quoted(name)}: {hint}")
    shape = program.shapes[name]
    index = complete_index(index, shape)
    if len(index) != len(shape):
        one = cell_name(name, (0,) * len(shape))
        raise BpstepError(f"{name} has shape {list(shape)}: expected one cell of it, like {one}")
    if any(at >= length for at, length in zip(index, shape)):
        raise BpstepError(f"{text} is outside: {name} has shape {list(shape)}, cells are counted from 0")
