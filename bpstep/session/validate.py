"""Which events a session accepts: files from others are checked as strictly as typed input."""

from __future__ import annotations

import math
from functools import lru_cache

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.errors import BpstepError
from bpstep.lang import messages as lang_messages
from bpstep.lang.shapes import shape_text
from bpstep.model.network import Network
from bpstep.program import position
from bpstep.program.expression import parse_expression
from bpstep.program.position import MAX_N
from bpstep.program.program import Program
from bpstep.session import breakpoints, messages
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.events import Fork, Mark
from bpstep.session.watches import Watch
from bpstep.text import fill, is_plain, quoted

_MAX_MARK_LENGTH = 100

_MAX_NUMBER = 1_000_000

_MAX_LINE = 20_000


def validate(event: object, network: Network, program: Program) -> None:
    """BpstepError if an event is invalid in a session of this network."""
    match event:
        case Edit():
            _validate_edit(event, network, program)
        case EditEquation():
            _validate_n(event.at)
            _validate_equation(program, event.name, event.source)
        case EditLine():
            _validate_line(event, network)
        case Mark():
            _validate_mark(event, program)
        case Fork():
            _validate_n(event.n)
        case Breakpoint():
            _validate_number(event.id)
            breakpoints.check_breakpoint(program, event)
        case Watch():
            _validate_number(event.id)
            parse_expression(program, event.text)


def _validate_n(n: int) -> None:
    if not 0 <= n <= MAX_N:
        raise BpstepError(fill(messages.NOT_AN_N, n=n, limit=MAX_N))


def _validate_number(number: int) -> None:
    if not 1 <= number <= _MAX_NUMBER:
        raise BpstepError(fill(messages.NOT_AN_ID, id=number, limit=_MAX_NUMBER))


def _validate_line(edit: EditLine, network: Network) -> None:
    """The text of the script decides whether there is such a line, and whether it can be read."""
    if edit.file and (network.script is None or edit.file not in dict(network.script.imported)):
        raise BpstepError(fill(messages.SENT_NO_FILE, file=quoted(edit.file)))
    are_lines = 1 <= edit.line <= _MAX_NUMBER and 1 <= edit.count <= _MAX_NUMBER
    if not are_lines or len(edit.text) > _MAX_LINE:
        raise BpstepError(fill(messages.SENT_NO_LINE, line=edit.line, limit=_MAX_LINE))


# Replaying a long session meets the same few equations repeatedly.
@lru_cache(maxsize=1024)
def _validate_equation(program: Program, name: str, source: str) -> None:
    program.with_equation(name, source)


def _validate_mark(mark: Mark, program: Program) -> None:
    name = mark.name
    if not name.strip() or not is_plain(name) or position.is_position(name, program):
        raise BpstepError(fill(messages.NOT_A_MARK, name=quoted(name)))
    if len(name) > _MAX_MARK_LENGTH:
        raise BpstepError(fill(messages.MARK_TOO_LONG, name=quoted(name), limit=_MAX_MARK_LENGTH))
    if mark.n is not None:
        _validate_n(mark.n)


def _validate_edit(edit: Edit, network: Network, program: Program) -> None:
    _validate_n(edit.at)
    if edit.name not in program.shapes:
        raise BpstepError(fill(lang_messages.UNKNOWN_TENSOR_HERE, name=quoted(edit.name)))
    at = program.step_indices.get(edit.name)
    if network.script is not None and at is not None and program.steps[at].origin is None:
        raise BpstepError(fill(messages.ADDED_LOSS, name=edit.name))
    if not _is_write(edit, program):
        raise BpstepError(fill(messages.NOT_WRITTEN_THERE, name=edit.name, n=edit.at))
    shape = _shape(edit, network, program)
    if len(edit.index) != len(shape) or not all(0 <= at < size for at, size in zip(edit.index, shape)):
        slots = {"name": edit.name, "index": list(edit.index), "shape": shape_text(shape)}
        raise BpstepError(fill(messages.SENT_NO_SUCH_CELL, **slots))
    if not math.isfinite(edit.value):
        raise BpstepError(fill(lang_messages.NOT_FINITE, value=edit.value))
    program.check_index_cell(edit.name, edit.index, edit.value)


def _is_write(edit: Edit, program: Program) -> bool:
    """Whether the tensor is written at that n: initially, at an iteration's start or by its equation."""
    if edit.name in program.constants:
        return edit.at % len(program) == 0
    if edit.at == 0:
        return edit.name in program.initial
    return (edit.at - 1) % len(program) == program.step_indices[edit.name]


def _shape(edit: Edit, network: Network, program: Program) -> tuple[int, ...]:
    """The shape of the edited tensor: all data, or the tensor in that iteration's batch."""
    if edit.name in program.data:
        return network.data[edit.name].shape
    at = position.shown_iteration(edit.at, len(program))
    is_last = at % network.batches_per_epoch == network.batches_per_epoch - 1
    return program.batch_shapes[-1 if is_last else 0][edit.name]
